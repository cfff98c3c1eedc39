"""Make the canvas larger and continue the picture into the margins.

process_input   the picture with empty margins, which are the hole
run             the hole filled from the one side that is known (inpaint/holes.py)
process_output  a layer of the margins
composite       a mask leaves the original pixels to the original layer
"""

import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models

SIDES = ("left", "right", "top", "bottom")


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer that covers the margins, the masked picture between them where they are on opposite sides."""
    picture, hole = process_input(job)
    network = models.network("inpaint-structure", job.settings["model"])
    filled = fill_hole(picture, hole, network, job.settings["seed"], progress, texture=True)
    return Outcome([process_output(job, Picture(filled, picture.curve), hole)], [network.card])


def process_input(job: Job) -> tuple[Picture, np.ndarray]:
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


def process_output(job: Job, filled: Picture, hole: np.ndarray) -> Layer:
    """`filled` (the box of `hole`) where it lies, counted from the corner of the picture as it was given."""
    box = selected_box(hole)
    x, y = box.x - job.settings["left"], box.y - job.settings["top"]
    return Layer(filled, "Extension", x, y, mask=hole[box.slices])
