"""enhance dejpeg: take the blocks and fringes of JPEG compression out of a picture."""

import numpy as np

from gesso.engine.enhance.jpeg import BLOCK, expected_error, measure_jpeg
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome, warning
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `quality` where it was measured."""
    assert job.image is not None
    network = models.network("dejpeg", job.settings["model"])
    found, auto = measure_jpeg(job.image), job.settings["auto"]
    if auto and not found:
        missing = warning(
            "No JPEG compression was found: nothing is changed. Where you see it, give its quality yourself."
        )
        return Outcome([Layer(job.image, "Without JPEG")], [network.card], missing)
    measured, grid = found or (0, (0, 0))
    quality = measured if auto else job.settings["quality"]
    watch = Watch()
    result = clean(job.image, network, quality, grid, watch, progress)
    notes = {"quality": quality} if auto else {}
    return Outcome([Layer(result, "Without JPEG")], [network.card], notes | watch.warnings(network))


def clean(
    picture: Picture, network: Network, quality: float, grid: tuple[int, int], watch: Watch, progress: Progress
) -> Picture:
    """The picture without the damage of a JPEG file of `quality`, whose first whole block begins at `grid`.

    The network knows where blocks meet, as long as they begin at multiples of their size: where the picture was
    cropped, what is missing of its first blocks is reflected.
    """
    left, top = (-offset % BLOCK for offset in grid)
    whole = picture
    if left or top:
        whole = Picture(np.pad(picture.array, ((top, 0), (left, 0), (0, 0)), "reflect"), picture.curve)
    level = np.full((1, 1, 1, 1), expected_error(quality), np.float32)
    result = retouch(whole, network, progress, watch, tell=lambda _: {"noise-level": level})
    return Picture(result.array[top:, left:], picture.curve)
