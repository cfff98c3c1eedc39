"""convert style: repaint a picture with a network of the user's own that knows one style."""

from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image, named after the model."""
    assert job.image is not None
    network, watch = models.network("style", job.settings["model"]), Watch()
    result = retouch(job.image, network, progress, watch)
    return Outcome([Layer(result, network.card.name)], [network.card], watch.warnings(network, repaints=True))
