"""generate vary: the picture painted anew, after words or as it is, from any part of the way back to noise.

process_input   the picture made as small as it is to be painted
run             its layout laid out anew (engine/layouts.py), then detail painted over (engine/painter.py)
process_output  brought back to the picture's size
composite       the difference added to the picture's own numbers
"""

from functools import partial

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.brush import LAYING, SIDE, Brush
from gesso.engine.convert.small import fitted, resized
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.painter import sketch_size, stages
from gesso.engine.progress import Progress
from gesso.engine.retouch import changed, enlarged
from gesso.engine.session import Models

FINE, SHAPES = 0.25, 0.5  # strengths up to which fine shapes stay, and large ones: only their colours and light change
PAINTED = 0.9  # how much of the work is over then


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer over the job's image for each candidate; candidate k depends on seed + k alone."""
    assert job.image is not None
    picture, brush = job.image, Brush(job, models, needed=False)
    small, layers = process_input(picture), []
    for number, seed in enumerate(job.seeds):
        part = progress.part(number / len(job.seeds), (number + 1) / len(job.seeds))
        rgb = vary(brush, small, job.settings["strength"] / 100, seed, part.part(0, PAINTED))
        result = changed(picture, partial(process_output, picture, rgb), part.part(PAINTED, 1))
        layers.append(Layer(result, "Variation", settings={"seed": seed, "candidates": 1}))
    return Outcome(layers, brush.cards)


def process_input(picture: Picture) -> np.ndarray:
    """hxwx3 float32, 0..1, of at most SIDE."""
    return fitted(picture, SIDE)


def vary(brush: Brush, small: np.ndarray, strength: float, seed: int, progress: Progress) -> np.ndarray:
    """`small`, hxwx3 float32, 0..1, painted anew; what stays of it is the sketch of the first painting."""
    laying, painting = progress.part(0, LAYING), progress.part(LAYING, 1)
    size = small.shape[1], small.shape[0]
    sketch, first = brush.layouts.like(small, strength, seed, laying), 0
    if strength <= FINE:  # fine shapes are those that the last stage begins with, even of a small picture
        size = tuple(max(1, round(side * SIDE / max(size))) for side in size)  # type: ignore[assignment]
    if strength <= SHAPES:
        first = stages(*size) - 1 if strength <= FINE else 1
        shapes = resized(small, *sketch_size(*size, first))
        sketch = shapes + resized(sketch - brush.layouts.like(small, 0, seed, laying), *shapes.shape[1::-1])
    sketch = resized(sketch, *sketch_size(*size, first)).clip(0, 1)
    painted = brush.painter.paint(sketch, size, seed, brush.guidance, painting, first=first)
    return resized(painted, small.shape[1], small.shape[0])


def process_output(picture: Picture, rgb: np.ndarray, part: Box) -> np.ndarray:
    """The change from the pixels of `part` to the painting `rgb` (hxwx3), HxWx3 float32."""
    return enlarged(rgb, part, picture.box) - picture.rgb(part)
