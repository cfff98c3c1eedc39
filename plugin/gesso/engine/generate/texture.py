"""generate texture: a picture that repeats without a seam, of any size, from the bank that the model has learnt.

process_input   the map that the model has of the wanted texture
run             a new map of pieces of it, on a torus, painted (engine/bank.py)
process_output  scaled to the wanted size without making a seam
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.engine.bank import learnt_map, new_map, paint, resize_torus, word_row
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size."""
    width, height, kind = job.settings["width"], job.settings["height"], job.settings["kind"]
    network = models.network("texture", job.settings["model"])
    words, learnt = process_input(network, kind, progress)
    latent = new_map(learnt, width, height, network.card.scale, job.settings["seed"], progress.part(0.0, 0.8))
    rgb = paint(network, words, latent, progress.part(0.8, 1.0))
    return Outcome([Layer(process_output(job, rgb), f"Texture: {kind}")], [network.card])


def process_input(network: Network, kind: str, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """The row of words that chooses the texture, and its map. Raises BadSetting that lists what the model knows."""
    words = word_row(network.card, kind)
    return words, learnt_map(network, words, progress)


def process_output(job: Job, rgb: np.ndarray) -> Picture:
    """`rgb`: HxWx3 uint8 on a torus."""
    return Picture(resize_torus(rgb, *job.size))
