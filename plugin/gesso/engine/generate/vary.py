"""generate vary: the picture painted anew, after words or as it is, from any part of the way back to noise.

process_input   the picture made small: the sketch of the last painting
run             its layout laid out anew (engine/layouts.py), then detail painted over (engine/painter.py)
process_output  brought back to the picture's size
composite       the difference added to the picture's own numbers
"""

from functools import partial

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.brush import LAYING, SIDE, Brush
from gesso.engine.convert.small import reduced, resized
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.painter import STAGES, sketch_size
from gesso.engine.progress import Progress
from gesso.engine.retouch import changed, enlarged
from gesso.engine.session import Models

SHAPES = 0.5  # up to this strength the shapes stay, and the layout only changes their colours and light
PAINTED = 0.9  # how much of the work is over then


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer over the job's image for each candidate; candidate k depends on seed + k alone."""
    assert job.image is not None
    picture, brush = job.image, Brush(job, models, needed=False)
    small, layers = process_input(picture), []
    for number, seed in enumerate(job.seeds):
        part = progress.part(number / len(job.seeds), (number + 1) / len(job.seeds))
        rgb = vary(brush, small, picture.box, job.settings["strength"] / 100, seed, part.part(0, PAINTED))
        result = changed(picture, partial(process_output, picture, rgb), part.part(PAINTED, 1))
        layers.append(Layer(result, "Variation", settings={"seed": seed, "candidates": 1}))
    return Outcome(layers, brush.cards)


def process_input(picture: Picture) -> np.ndarray:
    """hxwx3 float32, 0..1."""
    width, height = sketch_size(picture.width, picture.height, len(STAGES) - 1)
    rgb, _ = reduced(picture, max(1, min(picture.width // width, picture.height // height)))
    return resized(rgb, width, height).clip(0, 1)


def vary(brush: Brush, small: np.ndarray, box: Box, strength: float, seed: int, progress: Progress) -> np.ndarray:
    """HxWx3 float32, 0..1: what is painted over `small`, in the shape of `box` and at most twice SIDE."""
    laying, painting = progress.part(0, LAYING), progress.part(LAYING, 1)
    layout, first = brush.layouts.like(small, strength, seed, laying), 0
    if strength <= SHAPES:
        before = brush.layouts.like(small, 0, seed, laying)
        layout, first = small + resized(layout - before, small.shape[1], small.shape[0]), len(STAGES) - 1
    sketch = resized(layout, *sketch_size(box.width, box.height, first)).clip(0, 1)
    factor = min(1.0, 2 * SIDE / max(box.width, box.height))
    size = max(1, round(box.width * factor)), max(1, round(box.height * factor))
    return brush.painter.paint(sketch, size, seed, brush.guidance, painting, first=first)


def process_output(picture: Picture, rgb: np.ndarray, part: Box) -> np.ndarray:
    """The change from the pixels of `part` to the painting `rgb` (hxwx3), HxWx3 float32."""
    return enlarged(rgb, part, picture.box) - picture.rgb(part)
