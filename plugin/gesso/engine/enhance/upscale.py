"""enhance upscale: a larger picture from a super-resolution net, the whole picture whatever is selected."""

from typing import Any

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.cards import Card
from gesso.engine.composite import spread_colours
from gesso.engine.enhance.damages import without_damage
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch
from gesso.engine.session import Models, Network, free_memory
from gesso.engine.tiling import run_tiled


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer, `scale` times the size of the job's image, in its encoding. Notes: what was taken out before."""
    assert job.image is not None
    scale, strength = int(job.settings["scale"]), np.float32(job.settings["strength"] / 100)
    # three times is four times, reduced, where no network of the user's own gives it
    network = models.network(f"upscale-x{scale}", job.settings["model"], ("upscale-x4",) if scale == 3 else ())
    if job.image.array.dtype == np.uint8:
        network = models.rough(network)
    check_size(job.image, scale)
    picture, watch, rest = job.image, Watch(), progress
    cards: list[Card] = []
    notes: dict[str, Any] = {}
    if job.settings["flavor"] == "auto":
        picture, cards, notes = without_damage(picture, models, watch, progress.part(0, 0.4))
        rest = progress.part(0.4, 1)
    result = np.empty((picture.height * scale, picture.width * scale, picture.array.shape[2]), picture.array.dtype)

    def write(part: Box, enlarged: np.ndarray) -> None:
        large = part.scale(scale)
        result[large.slices] = composite(picture, enlarged, large)

    run_tiled(
        picture.box,
        lambda part: process_input(picture, part),
        lambda pixels: process_output(network, pixels, strength, watch, rest),
        write,
        rest,
        **network.card.tiling,
    )
    layer = Layer(Picture(result, picture.curve), f"{scale}x")
    return Outcome([layer], [*cards, network.ran], notes | watch.warnings(network))


def check_size(picture: Picture, scale: int) -> None:
    """Raises BadInput, before any work, where the result alone is more than the memory that is free."""
    needed, free = picture.array.nbytes * scale**2, free_memory()
    if free is not None and needed > free:
        raise BadInput(
            f"The result would take {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free.",
            "Enlarge it less, or in parts.",
        )


def process_input(picture: Picture, part: Box) -> np.ndarray:
    """HxWx4 float32: perceptual RGB without holes where the picture is transparent, and alpha."""
    alpha = picture.alpha(part)
    return np.dstack([spread_colours(picture.rgb(part), alpha), alpha])


def process_output(
    network: Network, pixels: np.ndarray, strength: np.float32, watch: Watch, progress: Progress
) -> np.ndarray:
    """HxWx4 -> the same, enlarged; a `strength` of 0 gives bicubic, 1 the net.

    The net sees 0..1; what float pictures hold beyond that is added interpolated.
    """
    rgb, scale = pixels[..., :3], network.card.scale
    seen = rgb.clip(0, 1)
    sharp = network.paint(seen, progress)
    watch.look(seen, sharp)
    sharp = sharp.clip(0, 1)
    if strength < 1:
        soft = enlarge(seen, scale).clip(0, 1)
        sharp = soft + (sharp - soft) * strength
    return np.dstack([sharp + enlarge(rgb - seen, scale), enlarge(pixels[..., 3], scale).clip(0, 1)])


def enlarge(plane: np.ndarray, scale: int) -> np.ndarray:
    """Bicubic, HxW or HxWxC."""
    return cv2.resize(plane, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def composite(picture: Picture, enlarged: np.ndarray, part: Box) -> np.ndarray:
    """HxWx4 -> the pixels of `part` of the result, in the picture's own encoding; what is too large is averaged."""
    if enlarged.shape[:2] != (part.height, part.width):
        enlarged = cv2.resize(enlarged, (part.width, part.height), interpolation=cv2.INTER_AREA)
    return picture.like(enlarged[..., :3], enlarged[..., 3] if picture.has_alpha else None).array
