"""enhance dejpeg: take the blocks and fringes of JPEG compression out of a picture."""

from gesso.engine.enhance.damages import without_jpeg
from gesso.engine.enhance.jpeg import measure_jpeg
from gesso.engine.job import Job, Layer, Outcome, warning
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `quality` where it was measured."""
    assert job.image is not None
    network = models.network("dejpeg", job.settings["model"])
    found, auto = measure_jpeg(job.image, progress), job.settings["auto"]
    if auto and not found:
        missing = warning(
            "No JPEG compression was found: nothing is changed. Where you see it, give its quality yourself."
        )
        return Outcome([Layer(job.image, "Without JPEG")], [network.card], missing)
    measured, grid = found or (0, (0, 0))
    quality = measured if auto else job.settings["quality"]
    watch = Watch()
    result = without_jpeg(job.image, network, quality, grid, watch, progress)
    notes = {"quality": quality} if auto else {}
    return Outcome([Layer(result, "Without JPEG")], [network.card], notes | watch.warnings(network))
