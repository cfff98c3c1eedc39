"""generate outpaint: make the canvas larger and paint what words say into the margins, with a Stable Diffusion model.

process_input   the picture with empty margins, which are the hole (margins.py)
run             the margins painted together with what is known beside them (inpaint/crops.py)
process_output  a layer of the margins
composite       a mask leaves the original pixels to the original layer
"""

from functools import partial

from gesso.engine.diffusion.request import fill, folder_of, notes, wish_of
from gesso.engine.generate.margins import extension, with_margins
from gesso.engine.image import Picture
from gesso.engine.inpaint.crops import fill_crops
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer that covers the margins, the masked picture between them where they are on opposite sides."""
    picture, hole = with_margins(job)
    folder = folder_of(job, models)
    wish = wish_of(job, folder, 0, 0)
    paint = partial(fill, folder, wish, job.settings["seed"])
    filled = fill_crops(picture, hole, folder.facts["size"], paint, progress)
    return Outcome([extension(job, Picture(filled, picture.curve), hole)], [folder.card], notes(job, folder, wish))
