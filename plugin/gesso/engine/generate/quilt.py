"""generate quilt: a seamless texture of any size from a sample, by image quilting (engine/quilting.py).

process_input   the sample: what is selected of the layer, and which squares of it can be used
run             where each pixel of the texture is to be taken from
process_output  the sample's own numbers, copied from there; the joints hidden where that is wanted (joints.py)
composite       a picture of its own: nothing of the source is changed
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.composite import add_change
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.joints import meet
from gesso.engine.progress import Progress
from gesso.engine.quilting import full_search, quilt
from gesso.engine.session import Models

LEAST = 8  # side of the smallest pieces; a sample must hold several of them
OVERLAP = 5  # a piece is so many times as wide as its overlap with the next


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size, in the picture's own numbers."""
    sample, usable = process_input(job)
    width, height, seed = job.settings["width"], job.settings["height"], job.settings["seed"]
    block, allowed = pieces(usable, min(job.settings["pieces"], width // 2, height // 2))
    rgb = sample.rgb()
    search = full_search(rgb, allowed, seed, block)
    made = quilt(rgb, height, width, search, progress, block, max(1, block // OVERLAP))
    return Outcome([process_output(job, sample, rgb, made)])


def process_input(job: Job) -> tuple[Picture, np.ndarray]:
    """The sample, and HxW bool, which pixels of it may be used: those selected that are not wholly transparent."""
    assert job.image is not None  # the action reads it
    usable = job.image.alpha() > 0
    if job.mask is not None:
        usable &= job.mask > 0
    if not usable.any():
        raise too_small()
    box = selected_box(usable)
    return job.image.crop(box), usable[box.slices]


def pieces(usable: np.ndarray, wanted: int) -> tuple[int, np.ndarray]:
    """The side of the pieces, at most `wanted`, and bool for each place whether one may be taken there.

    Pieces are at most half as wide as the sample, so that there is a choice. Raises BadInput where none fits.
    """
    block = min(wanted, min(usable.shape) // 2)
    while block >= LEAST:
        inside = cv2.erode(usable.astype(np.uint8), np.ones((block, block), np.uint8), anchor=(0, 0), borderValue=0)
        allowed = inside[: usable.shape[0] - block + 1, : usable.shape[1] - block + 1] > 0
        if allowed.any():
            return block, allowed
        block //= 2
    raise too_small()


def process_output(job: Job, sample: Picture, rgb: np.ndarray, made: np.ndarray) -> Layer:
    """rgb: the sample's HxWx3 float32. made: which of the sample's pixels, counted along its rows."""
    texture = Picture(sample.array.reshape(-1, sample.array.shape[2])[made], sample.curve)
    if job.settings["smooth"]:
        texture = Picture(add_change(texture, texture.box, meet(rgb, made)), sample.curve)
    return Layer(texture, "Texture")


def too_small() -> BadInput:
    """The error for a sample that no piece fits into; to be raised."""
    return BadInput("The sample is too small.", "Select at least 16 by 16 pixels that are not transparent.")
