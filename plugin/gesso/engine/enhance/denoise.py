"""enhance denoise: take noise of a given or measured strength out of a picture."""

import numpy as np

from gesso.engine.enhance.noise import FULL, measure_noise
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models

UNSEEN = 0.5  # below this strength the rounding to 8 bits is the larger error: nothing is changed


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `strength` where it was measured."""
    assert job.image is not None
    picture, auto = job.image, job.settings["auto"]
    network = models.network("denoise", job.settings["model"])
    blind = network.card.port("noise-level") is None  # such a network measures by itself
    strength = round(measure_noise(picture), 1) if auto else job.settings["strength"]
    watch, result = Watch(), picture
    if strength >= UNSEEN or blind:
        level = np.full((1, 1, 1, 1), strength / FULL, np.float32)
        result = retouch(picture, network, progress, watch, tell=lambda _: {"noise-level": level})
    notes = {"strength": strength} if auto and not blind else {}
    return Outcome([Layer(result, "Denoised")], [network.card], notes | watch.warnings(network))
