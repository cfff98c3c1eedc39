"""generate words: a picture from words, by a Stable Diffusion model that the user added.

process_input   the wish: words, and sizes that the model takes
run             one painting for each candidate (engine/diffusion/painting.py)
process_output  the middle of the wanted size, in 8 bits
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine import colour
from gesso.engine.diffusion.painting import Wish, paint
from gesso.engine.diffusion.parts import Folder
from gesso.engine.diffusion.request import folder_of, legal, notes, wish_of
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models

NAME = 60  # letters of the words that the layer is named after


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate. Candidate k depends on seed + k alone: asked for by its own seed, it is the same."""
    folder = folder_of(job, models)
    wish, width, height = process_input(job, folder)
    pictures = paint(folder, wish, job.seeds, progress)
    layers = [
        Layer(process_output(rgb, width, height), wish.words[:NAME], settings={"seed": seed, "candidates": 1})
        for seed, rgb in zip(job.seeds, pictures, strict=True)
    ]
    return Outcome(layers, [folder.card], notes(job, folder, wish))


def process_input(job: Job, folder: Folder) -> tuple[Wish, int, int]:
    """The wish, and the wanted width and height. Raises BadInput."""
    if not job.settings["words"]:
        raise BadInput("There are no words.", "Say what the picture is to show.")
    width, height = (job.settings[side] or folder.facts["size"] for side in ("width", "height"))
    wide, high = legal(folder, width, height)
    return wish_of(job, folder, wide, high), min(width, wide), min(height, high)


def process_output(rgb: np.ndarray, width: int, height: int) -> Picture:
    """rgb: HxWx3 float32 0..1, as large as wanted or larger."""
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return Picture(colour.encode(rgb[top : top + height, left : left + width], np.dtype(np.uint8), "perceptual"))
