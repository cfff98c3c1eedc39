"""generate animate: a closed walk, as frames that can be shown again and again.

    process_input   how many frames, and where each is on the circle that the walk goes round
    run             the walk: through the latent input of an abstract picture's network, the noise of a backdrop from
                    words, or the maps of a texture
    process_output  the frames, 8 bits each, painted one after the other
    composite       one layer a frame, the last on top, as GIMP's animations have it

The first frame is the still picture of the same seed: an abstract one with the default complexity, one from words
with detail or without. Detail is painted from the same noise in every frame, so that it follows the backdrop and does
not flicker.
"""

from collections.abc import Callable, Iterator

import numpy as np

from gesso.contract.actions.generate import COMPLEXITY, GUIDANCE
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.contract.params import Seed
from gesso.engine.abstracts import STYLES, draw_pattern, paint_strips, palette_for
from gesso.engine.backdrops import enlarge, soften
from gesso.engine.bank import learnt_map, new_map, paint, resize_torus, word_row
from gesso.engine.cards import Card
from gesso.engine.cppn import latent_point
from gesso.engine.dither import to_8_bits
from gesso.engine.drafts import best_draft
from gesso.engine.image import Picture
from gesso.engine.job import LARGEST, Job, Layer, Outcome
from gesso.engine.layouts import Layouts
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise
from gesso.engine.session import Models

TOGETHER = 8  # backdrops that are painted in one go
DENSE = 4  # points of the walk that are looked at for each frame
SKETCH = 40  # side of the sketches of abstract pictures, pixels
PAINTING, SKETCHING = 0.8, 0.2  # how much of the work that is, and where each frame is painted in detail
MAP = 0.15  # how much of the work a new map of a texture is

Walk = Callable[[Job, np.ndarray, Models, Progress], tuple[list[Card], Iterator[np.ndarray]]]


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each frame, the last first."""
    angles = process_input(job)
    kind = job.settings["kind"]
    walk: Walk = walk_words if kind == "words" else walk_abstract if kind in STYLES else walk_texture
    cards, frames = walk(job, angles, models, progress)
    return Outcome(process_output(frames), cards)


def process_input(job: Job) -> np.ndarray:
    """The angle of each frame on the circle, radians. Raises BadInput where so many do not fit into memory."""
    count = job.settings["frames"]
    if count * job.settings["width"] * job.settings["height"] * 3 > LARGEST:
        raise BadInput("So many frames of this size do not fit into memory.", "Ask for fewer, or for smaller ones.")
    return np.arange(count) * (2 * np.pi / count)


def walk_abstract(
    job: Job, angles: np.ndarray, models: Models, progress: Progress
) -> tuple[list[Card], Iterator[np.ndarray]]:
    """Round a circle of the network's latent input, at a pace that small sketches of the pictures make even."""
    seed, size = job.settings["seed"], Box(0, 0, *job.size)
    palette = palette_for(job.settings["words"], None, models, seed)
    cppn = draw_pattern(seed, COMPLEXITY.default, size.width / size.height)
    kind, movement = job.settings["kind"], job.settings["movement"] / 100
    scale = SKETCH / np.sqrt(size.width * size.height)
    small = Box(0, 0, max(1, round(size.width * scale)), max(1, round(size.height * scale)))

    def painted(angle: float, size: Box) -> Iterator[np.ndarray]:
        for _, rgb in paint_strips(cppn, latent_point(angle, movement), palette, kind, size):
            progress.check()
            yield rgb

    def frames() -> Iterator[np.ndarray]:
        dense = np.arange(DENSE * len(angles)) * (2 * np.pi / (DENSE * len(angles)))
        places = even_places([np.concatenate(list(painted(angle, small))) for angle in dense], len(angles))
        for number, place in enumerate(places):
            progress.step(number / len(angles))
            noise = np.random.default_rng([seed, 1])  # the same in every frame, so that it does not flicker
            strips = painted(place * 2 * np.pi / len(dense), size)
            yield np.concatenate([to_8_bits(rgb, noise) for rgb in strips])

    return [], frames()


def walk_words(
    job: Job, angles: np.ndarray, models: Models, progress: Progress
) -> tuple[list[Card], Iterator[np.ndarray]]:
    """Round a circle on the sphere of the noise, any point of which is as likely a draw as the first picture's.

    The backdrops change by leaps there: more are painted than there are frames, and the walk goes through them evenly.
    """
    seed, layouts = job.settings["seed"], Layouts(models, job.settings["words"], GUIDANCE.default)
    dense = np.arange(DENSE * len(angles)) * (2 * np.pi / (DENSE * len(angles)))
    painter = Painter(models, layouts.words) if job.settings["detailed"] else None
    first, readers = best_draft(models, layouts, painter, job.size, seed, progress.part(0, 0))
    draws = np.concatenate([first.noise, draw_noise(seed, (3, layouts.numbers))[1:]])
    noise = noise_circle(draws, dense, job.settings["movement"])
    backdrops = SKETCHING if painter else PAINTING

    def frames() -> Iterator[np.ndarray]:
        painted: list[np.ndarray] = []
        for start in range(0, len(noise), TOGETHER):
            part = progress.part(*(backdrops * min(1.0, at / len(noise)) for at in (start, start + TOGETHER)))
            painted += list(layouts.fresh(noise[start : start + TOGETHER], part))
        soft = [soften(rgb) for rgb in painted]
        for number, place in enumerate(even_places(soft, len(angles))):
            part = progress.part(*(backdrops + (1 - backdrops) * at / len(angles) for at in (number, number + 1)))
            part.step(0)
            if painter:
                large = painter.paint(between(painted, place), job.size, seed, GUIDANCE.default, part)
            else:
                large = enlarge(between(soft, place), *job.size)
            yield to_8_bits(large, np.random.default_rng([seed, 1]))

    return [layouts.card, *readers, *(painter.cards if painter else ())], frames()


def between(loop: list[np.ndarray], place: float) -> np.ndarray:
    """The picture at a place of a closed loop, which may lie between two."""
    before, after = loop[int(place)], loop[(int(place) + 1) % len(loop)]
    return before + np.float32(place % 1) * (after - before)


def noise_circle(draws: np.ndarray, angles: np.ndarray, movement: float) -> np.ndarray:
    """3xK independent normal numbers -> NxK float32 on a circle through the first of them, at angle 0.

    movement: 0 to 100 percent of a great circle.
    """
    wide = np.pi / 2 * movement / 100
    still, aside, ahead = draws
    middle = np.cos(wide) * still + np.sin(wide) * aside
    outward = np.sin(wide) * still - np.cos(wide) * aside
    around = np.cos(angles)[:, None] * outward + np.sin(angles)[:, None] * ahead
    return (np.cos(wide) * middle + np.sin(wide) * around).astype(np.float32)


def even_places(loop: list[np.ndarray], count: int) -> np.ndarray:
    """Where in a closed loop of pictures `count` are to be taken, from 0 on, so that all steps are equally large."""
    steps = [float(np.abs(after - one).mean()) for one, after in zip(loop, [*loop[1:], loop[0]], strict=True)]
    way = np.concatenate([[0.0], np.cumsum(steps)])
    return np.interp(np.arange(count) * (way[-1] / count), way, np.arange(len(way))) % len(loop)


def walk_texture(
    job: Job, angles: np.ndarray, models: Models, progress: Progress
) -> tuple[list[Card], Iterator[np.ndarray]]:
    """From one map of the texture to the next of three, and back to the first; the contrast stays what it was."""
    width, height, network = job.settings["width"], job.settings["height"], models.network("texture")
    words = word_row(network.card, job.settings["kind"])
    learnt = learnt_map(network, words, progress)
    mean, movement = learnt.mean((0, 1)), job.settings["movement"] / 100
    maps = []
    for number in range(3):
        seed, part = (job.settings["seed"] + number) % (Seed.high + 1), progress.part(number * MAP, (number + 1) * MAP)
        maps.append(new_map(learnt, width, height, network.card.scale, seed, part) - mean)

    def frames() -> Iterator[np.ndarray]:
        for number, angle in enumerate(angles):
            start, share = len(maps) * MAP, (1 - len(maps) * MAP) / len(angles)
            part = progress.part(start + number * share, start + (number + 1) * share)
            weights = map_weights(angle, movement)
            latent = mean + sum(weight * one for weight, one in zip(weights, maps, strict=True))
            yield resize_torus(paint(network, words, latent, part), width, height)

    return [network.card], frames()


def map_weights(angle: float, movement: float) -> np.ndarray:
    """How much of each of three maps is seen, 3 float32 whose squares add up to 1; of the first alone at angle 0."""
    away = np.abs((angle - np.arange(3) * (2 * np.pi / 3) + np.pi) % (2 * np.pi) - np.pi)
    weights = (1 - away * 1.5 / np.pi).clip(0, 1) * (1, movement, movement)  # 0 from the next map on
    weights[0] += 1 - weights.sum()
    return (weights / np.linalg.norm(weights)).astype(np.float32)


def process_output(frames: Iterator[np.ndarray]) -> list[Layer]:
    """A layer for each frame (HxWx3 uint8), the last first."""
    return [Layer(Picture(frame), "Frame") for frame in reversed(list(frames))]
