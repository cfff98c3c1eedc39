"""inpaint paint: paint what a handful of words say into the selection.

process_input   the hole: every pixel that is selected at all
run             each piece of it painted together with what is around it (crops.py, engine/brush.py)
process_output  a layer for each candidate
composite       only the hole's pixels are written
"""

from functools import partial

from gesso.engine.brush import SIDE, Brush
from gesso.engine.inpaint.crops import paint_hole
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate, over the selection's bounding box; where the mask is 0 it has the image's numbers."""
    brush = Brush(job, models)
    layers = paint_hole(job, SIDE, lambda seed: partial(brush.fill, seed), progress)
    return Outcome(layers, brush.cards)
