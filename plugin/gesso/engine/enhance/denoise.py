"""enhance denoise: take noise of a given or measured strength out of a picture."""

from gesso.engine.enhance.damages import without_noise
from gesso.engine.enhance.noise import UNSEEN, measure_noise
from gesso.engine.job import Job, Layer, Outcome, warning
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `strength` where it was measured."""
    assert job.image is not None
    picture, auto = job.image, job.settings["auto"]
    network = models.network("denoise", job.settings["model"])
    blind = network.card.port("noise-level") is None  # such a network measures by itself
    strength = round(measure_noise(picture), 1) if auto else job.settings["strength"]
    watch, result = Watch(), picture
    if strength >= UNSEEN or blind:
        result = without_noise(picture, network, strength, watch, progress)
    notes = {"strength": strength} if auto and not blind else {}
    if notes and strength < UNSEEN:
        notes |= warning("No noise was found: nothing is changed. Where you see it, give its strength yourself.")
    return Outcome([Layer(result, "Denoised")], [network.card], notes | watch.warnings(network))
