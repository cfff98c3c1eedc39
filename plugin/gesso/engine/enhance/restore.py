"""enhance restore: a network of the user's own that gives back a better picture (blur, compression, rain ...)."""

from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image."""
    assert job.image is not None
    network, watch = models.network("restore", job.settings["model"]), Watch()
    result = retouch(job.image, network, progress, watch)
    return Outcome([Layer(result, "Restored")], [network.card], watch.warnings(network))
