"""Fill the selection with what could have been there.

    process_input   the hole, and the model to fill it with
    run             the hole filled from what is around it (holes.py)
    process_output  back into the picture's own numbers
    composite       only the hole's pixels are written

The last two happen window by window, in holes.py, so that a huge hole fits into memory.
"""

import numpy as np

from gesso.engine.image import Picture
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer that covers the selection's bounding box; where the mask is 0 it has the image's own numbers."""
    picture, hole, network = process_input(job, models)
    filled = fill_hole(picture, hole, network, job.settings["seed"], progress)
    box = selected_box(hole)
    layer = Layer(Picture(filled, picture.curve), "Fill", box.x, box.y)
    return Outcome([layer], [network.card] if network else [])


def process_input(job: Job, models: Models) -> tuple[Picture, np.ndarray, Network | None]:
    """The picture, the hole (HxW bool: every pixel with a mask above 0), and the network where one is asked for."""
    assert job.image is not None and job.mask is not None  # the action reads both
    network = None
    if job.settings["method"] == "network":
        network = models.network("inpaint-structure", job.settings["model"])
    return job.image, job.mask > 0, network
