"""generate surround: make the canvas larger and paint what a handful of words say into the margins.

process_input   the picture with empty margins, which are the hole (margins.py)
run             the margins painted together with what is known beside them (inpaint/crops.py, engine/brush.py)
process_output  a layer of the margins
composite       a mask leaves the original pixels to the original layer
"""

from functools import partial

from gesso.engine.brush import SIDE, Brush
from gesso.engine.generate.margins import extension, with_margins
from gesso.engine.image import Picture
from gesso.engine.inpaint.crops import fill_crops
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer that covers the margins, the masked picture between them where they are on opposite sides."""
    (picture, hole), brush = with_margins(job), Brush(job, models)
    filled = fill_crops(picture, hole, SIDE, partial(brush.fill, job.settings["seed"]), progress)
    return Outcome([extension(job, Picture(filled, picture.curve), hole)], brush.cards)
