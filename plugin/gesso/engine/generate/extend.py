"""Make the canvas larger and continue the picture into the margins.

process_input   the picture with empty margins, which are the hole (margins.py)
run             the hole filled from the one side that is known (inpaint/holes.py)
process_output  a layer of the margins
composite       a mask leaves the original pixels to the original layer
"""

from gesso.engine.generate.margins import extension, with_margins
from gesso.engine.image import Picture
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer that covers the margins, the masked picture between them where they are on opposite sides."""
    picture, hole = with_margins(job)
    network = models.network("inpaint-structure", job.settings["model"])
    filled = fill_hole(picture, hole, network, job.settings["seed"], progress, texture=True)
    return Outcome([extension(job, Picture(filled, picture.curve), hole)], [network.card])
