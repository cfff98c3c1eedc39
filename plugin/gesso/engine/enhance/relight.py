"""enhance relight: lighten a dark picture with a network of the user's own, which gives a picture or curves."""

import numpy as np

from gesso.engine.composite import add_change
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, enlarged, parts, planes, process_input, retouch, whole
from gesso.engine.session import Models, Network

ITERATIONS = 8  # of one curve a colour; Zero-DCE gives as many curves, Zero-DCE++ the same one for all


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image."""
    assert job.image is not None
    network, watch = models.network("relight", job.settings["model"]), Watch()
    if network.card.outputs[0].role == "curves":
        result = bend(job.image, network, progress)
    else:
        result = retouch(job.image, network, progress, watch)
    return Outcome([Layer(result, "Relit")], [network.card], watch.warnings(network, repaints=True))


def bend(picture: Picture, network: Network, progress: Progress) -> Picture:
    """The picture with the network's curves, which are found on a reduced one, applied to each pixel."""
    small = network.run({"image": planes(whole(picture, network))}, progress)["curves"][0].transpose(1, 2, 0)
    result = np.array(picture.array)
    for part in parts(picture.box, progress):
        before = process_input(picture, part)
        change = light(before, enlarged(small, part, picture.box)) - before
        result[part.slices] = add_change(picture, part, change)
    return Picture(result, picture.curve)


def light(pixels: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """HxWx3 in 0..1 through curves, HxWx3 or HxWx3n in -1..1: x + a (x^2 - x) again and again (Guo et al. 2020)."""
    steps = np.split(curves, curves.shape[2] // 3, axis=2)
    for curve in steps if len(steps) > 1 else steps * ITERATIONS:
        pixels = pixels + curve * (pixels * pixels - pixels)
    return pixels.clip(0, 1)
