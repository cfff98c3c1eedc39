"""Find scratches, dust and creases, and fill only those.

process_input   what is damaged, inside the selection where there is one (defects.py)
run             the damage filled from what is around it (holes.py)
process_output  a layer of the damaged part, and the mask that was found
composite       the mask leaves everything else to the original layer
"""

import numpy as np

from gesso.contract.errors import NothingFound
from gesso.engine.image import Picture
from gesso.engine.inpaint.defects import find_defects
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer that covers what was found; elsewhere it has the image's own numbers. Raises NothingFound."""
    finder, network = models.network("defects"), models.network("inpaint-structure", job.settings["model"])
    picture, found = process_input(job, finder, progress.part(0.0, 0.6))
    filled = fill_hole(picture, found, network, job.settings["seed"], progress.part(0.6, 1.0), texture=False)
    layer = process_output(Picture(filled, picture.curve), found)
    return Outcome([layer], [finder.card, network.card], {"pixels": int(np.count_nonzero(found))})


def process_input(job: Job, finder: Network, progress: Progress) -> tuple[Picture, np.ndarray]:
    """The picture and HxW bool, True where it is damaged; nothing is found where it is transparent or not selected."""
    assert job.image is not None  # the action reads it
    found = find_defects(job.image, finder, job.settings["sensitivity"], progress)
    if job.mask is not None:
        found &= job.mask > 0
    if job.image.has_alpha:
        found &= job.image.array[..., -1] > 0
    if not found.any():
        raise NothingFound(
            "No scratches or dust were found.", "Raise the sensitivity, or select the damage and use Fill Selection."
        )
    return job.image, found


def process_output(filled: Picture, found: np.ndarray) -> Layer:
    """`filled` is the bounding box of `found`."""
    box = selected_box(found)
    return Layer(filled, "Repair", box.x, box.y, mask=found[box.slices])
