"""The picture on a larger canvas: its margins are the hole, and what fills them is a layer."""

import numpy as np

from gesso.contract.actions.action import SIDES
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, selected_box


def with_margins(job: Job) -> tuple[Picture, np.ndarray]:
    """The picture on the larger canvas, and HxW bool, True in the margins. Raises BadInput."""
    assert job.image is not None  # the action reads it
    margins = {side: job.settings[side] for side in SIDES}
    if not any(margins.values()):
        raise BadInput("All four margins are 0.", "Give at least one of left, right, top and bottom.")
    if (
        max(margins["left"], margins["right"]) > job.image.width
        or max(margins["top"], margins["bottom"]) > job.image.height
    ):
        raise BadInput("A margin is larger than the picture itself.", "Extend it in several steps.")
    picture = job.image.extend(**margins)
    hole = np.ones((picture.height, picture.width), bool)
    hole[job.image.box.shift(margins["left"], margins["top"]).slices] = False
    return picture, hole


def extension(job: Job, filled: Picture, hole: np.ndarray) -> Layer:
    """`filled` (the box of `hole`) where it lies, counted from the corner of the picture as it was given."""
    box = selected_box(hole)
    x, y = box.x - job.settings["left"], box.y - job.settings["top"]
    return Layer(filled, "Extension", x, y, mask=hole[box.slices])
