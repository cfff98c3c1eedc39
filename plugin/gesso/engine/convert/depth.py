"""convert depth: a grey picture of how near things are, white = near, by a network of the user's own."""

import numpy as np

from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import enlarged, parts, whole
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One opaque layer over the job's image, in its encoding."""
    assert job.image is not None
    picture, network = job.image, models.network("depth", job.settings["model"])
    small = predict(picture, network, progress)
    result = np.empty_like(picture.array)
    for part in parts(picture.box, progress):
        result[part.slices] = composite(picture, enlarged(small, part, picture.box))
    return Outcome([Layer(Picture(result, picture.curve), "Depth")], [network.card])


def predict(picture: Picture, network: Network, progress: Progress) -> np.ndarray:
    """hxwx1 float32, the nearest point 1 and the farthest 0. The network's own unit is arbitrary."""
    depth = network.paint(whole(picture, network), progress, gives="depth")
    return (depth - depth.min()) / max(float(np.ptp(depth)), 1e-6)


def composite(picture: Picture, near: np.ndarray) -> np.ndarray:
    """HxWx1 -> the picture's own encoding."""
    grey = np.repeat(near.clip(0, 1), 3, axis=2)
    return picture.like(grey, np.ones(grey.shape[:2], np.float32) if picture.has_alpha else None).array
