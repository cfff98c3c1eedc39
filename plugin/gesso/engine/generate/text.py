"""generate text: a soft backdrop from a handful of words that the model's card lists.

process_input   the words that the model knows
run             the network paints it, small (engine/backdrops.py)
process_output  enlarged to the wanted size, in 8 bits
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.engine.backdrops import enlarge, paint_backdrops, soften
from gesso.engine.dither import to_8_bits
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise
from gesso.engine.session import Models, Network
from gesso.engine.vocabulary import read_words


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size."""
    network = models.network("text", job.settings["model"])
    words = process_input(job, network)
    noise = draw_noise(job.settings["seed"], (1, network.card.facts["flow"]["numbers"]))
    rgb = paint_backdrops(network, words, noise, job.settings["guidance"], progress)[0]
    return Outcome([Layer(process_output(job, rgb), " ".join(words))], [network.card])


def process_input(job: Job, network: Network) -> list[str]:
    """The words. Raises BadInput that lists what is known."""
    return read_words(network.card, job.settings["words"], network.card.facts["words"])


def process_output(job: Job, rgb: np.ndarray) -> Picture:
    """`rgb`: HxWx3 float32 as it was painted."""
    large = enlarge(soften(rgb), job.settings["width"], job.settings["height"])
    return Picture(to_8_bits(large, np.random.default_rng([job.settings["seed"], 1])))
