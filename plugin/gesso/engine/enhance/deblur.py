"""enhance deblur: make a picture sharp that is a little out of focus."""

from functools import partial

import numpy as np

from gesso.engine.enhance.focus import deconvolve, measure_blur
from gesso.engine.enhance.noise import measure_noise
from gesso.engine.job import Job, Layer, Outcome, warning
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models, planes

SHARP = 0.66  # a smaller measured blur is that of any photograph, pixels
WIDEST = 3.0  # the network has seen no wider blur, pixels


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `radius` where it was measured."""
    assert job.image is not None
    network, auto = models.network("deblur", job.settings["model"]), job.settings["auto"]
    measured = measure_blur(job.image) if auto else 0.0
    radius = round(min(measured, WIDEST), 2) if auto else job.settings["radius"]
    watch, result = Watch(), job.image
    sharp = auto and radius < SHARP
    if not sharp:
        result = retouch(
            job.image, network, progress, watch, tell=partial(tell, blur=radius, noise=measure_noise(job.image))
        )
    notes = {"radius": radius} if auto else {}
    if sharp:
        notes |= warning("No blur was found: nothing is changed. Where you see it, give its radius yourself.")
    elif measured > WIDEST:
        notes |= warning("The blur is wider than can be taken away: 3 pixels. Reduce the picture first.")
    return Outcome([Layer(result, "Sharp")], [network.card], notes | watch.warnings(network))


def tell(pixels: np.ndarray, blur: float, noise: float) -> dict[str, np.ndarray]:
    """What the network mends: HxWx3 -> the deconvolved picture, and its blur, by role."""
    return {"guess": planes(deconvolve(pixels, blur, noise)), "blur": np.full((1, 1, 1, 1), blur, np.float32)}
