"""generate text: a picture from a handful of words that the model's card lists.

process_input   the words that the model knows
run             the network paints it, small (engine/layouts.py), several times; the best goes on (engine/drafts.py)
process_output  detail painted over it (engine/painter.py), or only enlarged as an out-of-focus lens shows it; 8 bits
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.engine.backdrops import enlarge, soften
from gesso.engine.cards import Card
from gesso.engine.dither import to_8_bits
from gesso.engine.drafts import best_noise
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.layouts import Layouts
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.session import Models

SKETCHING, DRAFTING = 0.4, 0.7  # how much of the work the small picture is, and of that choosing it


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate. Candidate k depends on seed + k alone: asked for by its own seed, it is the same."""
    job.check_memory(3)
    layouts, count = process_input(job, models), job.settings["candidates"]
    painter = Painter(models, layouts.words, job.settings["painter"]) if job.settings["detailed"] else None
    layers: list[Layer] = []
    readers: list[Card] = []
    for number, seed in enumerate(job.seeds):
        part = progress.part(number / count, (number + 1) / count)
        sketching = part.part(0, SKETCHING if painter else 1)
        noise, readers = best_noise(models, layouts, seed, sketching.part(0, DRAFTING))
        (rgb,) = layouts.fresh(noise, sketching.part(DRAFTING, 1))
        picture = process_output(job, painter, rgb, seed, part.part(SKETCHING, 1))
        layers.append(Layer(picture, " ".join(layouts.words), settings={"seed": seed, "candidates": 1}))
    return Outcome(layers, [layouts.card, *readers, *(painter.cards if painter else ())])


def process_input(job: Job, models: Models) -> Layouts:
    """The words' layouts. Raises BadInput that lists what is known."""
    return Layouts(models, job.settings["words"], job.settings["guidance"], job.settings["model"])


def process_output(job: Job, painter: Painter | None, rgb: np.ndarray, seed: int, progress: Progress) -> Picture:
    """`rgb`: HxWx3 float32 as it was painted."""
    size = job.settings["width"], job.settings["height"]
    if painter:
        large = painter.paint(rgb, size, seed, job.settings["guidance"], progress)
    else:
        large = enlarge(soften(rgb), *size)
    return Picture(to_8_bits(large, np.random.default_rng([seed, 1])))
