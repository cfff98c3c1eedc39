"""generate text: a picture from a handful of words that the model's card lists.

process_input   the words that the model knows
run             the network lays it out, small (engine/layouts.py), several times; the best goes on (engine/drafts.py)
process_output  detail painted over it (engine/painter.py), or only enlarged as an out-of-focus lens shows it; 8 bits
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.engine.backdrops import enlarge
from gesso.engine.cards import Card
from gesso.engine.dither import to_8_bits
from gesso.engine.drafts import Draft, best_draft
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.layouts import Layouts
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.session import Models

DRAFTING, ALL_DRAFTING = 0.5, 0.9  # how much of the work it is to choose a draft, with detail and without


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate. Candidate k depends on seed + k alone: asked for by its own seed, it is the same."""
    job.check_memory(3)
    layouts, count = process_input(job, models), job.settings["candidates"]
    painter = Painter(models, layouts.words, job.settings["painter"]) if job.settings["detailed"] else None
    layers: list[Layer] = []
    readers: list[Card] = []
    for number, seed in enumerate(job.seeds):
        part = progress.part(number / count, (number + 1) / count)
        drafting = DRAFTING if painter else ALL_DRAFTING
        draft, readers = best_draft(models, layouts, painter, job.size, seed, part.part(0, drafting))
        picture = process_output(job, painter, draft, seed, part.part(drafting, 1))
        layers.append(Layer(picture, " ".join(layouts.words), settings={"seed": seed, "candidates": 1}))
    return Outcome(layers, [layouts.card, *readers, *(painter.cards if painter else ())])


def process_input(job: Job, models: Models) -> Layouts:
    """The words' layouts. Raises BadInput that lists what is known."""
    return Layouts(models, job.settings["words"], job.settings["guidance"], job.settings["model"])


def process_output(job: Job, painter: Painter | None, draft: Draft, seed: int, progress: Progress) -> Picture:
    """The draft at full size."""
    if painter:
        large = painter.paint(draft.seen, job.size, seed, job.settings["guidance"], progress, first=1)
    else:
        large = enlarge(draft.seen, *job.size)
    return Picture(to_8_bits(large, np.random.default_rng([seed, 1])))
