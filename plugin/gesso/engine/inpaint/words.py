"""inpaint words: paint what words say into the selection, with a Stable Diffusion model that the user added.

process_input   the hole: every pixel that is selected at all
run             each piece of it painted together with what is around it (crops.py)
process_output  a layer for each candidate
composite       only the hole's pixels are written
"""

from functools import partial

import numpy as np

from gesso.engine.diffusion.request import fill, folder_of, notes, wish_of
from gesso.engine.image import Picture
from gesso.engine.inpaint.crops import fill_crops
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """Layers that cover the selection's bounding box; where the mask is 0 they have the image's own numbers.

    Candidate k depends on seed + k alone: asked for by its own seed, it is the same picture.
    """
    picture, hole = process_input(job)
    folder = folder_of(job, models)
    wish = wish_of(job, folder, 0, 0)
    layers = []
    for number, seed in enumerate(job.seeds):
        share = progress.part(number / len(job.seeds), (number + 1) / len(job.seeds))
        made = fill_crops(picture, hole, folder.facts["size"], partial(fill, folder, wish, seed), share)
        layers.append(process_output(picture, hole, made, seed))
    return Outcome(layers, [folder.card], notes(job, folder, wish))


def process_input(job: Job) -> tuple[Picture, np.ndarray]:
    """The picture and the hole, HxW bool."""
    assert job.image is not None and job.mask is not None  # the action reads both
    return job.image, job.mask > 0


def process_output(picture: Picture, hole: np.ndarray, made: np.ndarray, seed: int) -> Layer:
    """made: HxWxC, the picture's numbers in the hole's box."""
    box = selected_box(hole)
    alone = {"seed": seed, "candidates": 1}
    return Layer(Picture(made, picture.curve), "Painted", box.x, box.y, settings=alone)
