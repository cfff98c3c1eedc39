"""generate variation: the picture painted again, after words, by a Stable Diffusion model that the user added.

process_input   the picture at the size that the model likes
run             noise put into it, and taken out again as the words say (engine/diffusion/painting.py)
process_output  brought back to the picture's size
composite       the difference added to the picture's own numbers
"""

from functools import partial

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.convert.small import reduced, resized
from gesso.engine.diffusion.painting import Start, Wish, paint
from gesso.engine.diffusion.parts import Folder
from gesso.engine.diffusion.request import best, folder_of, notes, wish_of
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import changed, enlarged
from gesso.engine.session import Models

PAINTED = 0.95  # how much of the work is over then


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer over the job's image for each candidate; candidate k depends on seed + k alone."""
    assert job.image is not None
    picture, folder = job.image, folder_of(job, models)
    wish, start = process_input(job, picture, folder)
    pictures = paint(folder, wish, job.seeds, progress.part(0, PAINTED), start)
    layers = []
    for seed, rgb in zip(job.seeds, pictures, strict=True):
        result = changed(picture, partial(process_output, picture, rgb), progress.part(PAINTED, 1))
        layers.append(Layer(result, "Variation", settings={"seed": seed, "candidates": 1}))
    return Outcome(layers, [folder.card], notes(job, folder, wish))


def process_input(job: Job, picture: Picture, folder: Folder) -> tuple[Wish, Start]:
    """The wish, and the picture that the painting begins with."""
    width, height = best(folder, picture.width, picture.height)
    rgb, _ = reduced(picture, max(1, min(picture.width // width, picture.height // height)))
    start = Start(resized(rgb, width, height).clip(0, 1), job.settings["strength"] / 100)
    return wish_of(job, folder, width, height), start


def process_output(picture: Picture, rgb: np.ndarray, part: Box) -> np.ndarray:
    """The change from the pixels of `part` to the painting `rgb` (hxwx3), HxWx3 float32."""
    return enlarged(rgb, part, picture.box) - picture.rgb(part)
