"""inpaint words: paint what words say into the selection, with a Stable Diffusion model that the user added.

process_input   the hole: every pixel that is selected at all
run             each piece of it painted together with what is around it (crops.py)
process_output  a layer for each candidate
composite       only the hole's pixels are written
"""

from functools import partial

from gesso.engine.diffusion.request import fill, folder_of, notes, wish_of
from gesso.engine.inpaint.crops import paint_hole
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate, over the selection's bounding box; where the mask is 0 it has the image's numbers."""
    folder = folder_of(job, models)
    wish = wish_of(job, folder, 0, 0)
    layers = paint_hole(job, folder.facts["size"], lambda seed: partial(fill, folder, wish, seed), progress)
    return Outcome(layers, [folder.card], notes(job, folder, wish))
