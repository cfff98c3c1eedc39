"""enhance colorize: give a grey photo colours with a network of the user's own; its brightness stays as it is."""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.composite import add_change
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import enlarged, parts, planes, process_input, whole
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image, which must have room for colours."""
    assert job.image is not None
    picture = job.image
    if picture.colours == 1:
        raise BadInput("This image has no room for color.", "Turn it to RGB first, with Image > Mode > RGB.")
    network = models.network("colorize", job.settings["model"])
    small = predict(picture, network, progress)
    result = np.array(picture.array)
    for part in parts(picture.box, progress):
        result[part.slices] = composite(picture, part, enlarged(small, part, picture.box))
    return Outcome([Layer(Picture(result, picture.curve), "Colorized")], [network.card])


def predict(picture: Picture, network: Network, progress: Progress) -> np.ndarray:
    """hxwx2 float32: a and b of CIE Lab, as the network sees the whole picture reduced."""
    grey = without_colour(whole(picture, network))
    made = network.run({"image": planes(grey)}, progress)
    if "ab" in made:
        return made["ab"][0].transpose(1, 2, 0)
    return lab(made["image"][0].transpose(1, 2, 0).clip(0, 1))[..., 1:]


def without_colour(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 RGB 0..1 with the same L of Lab, and a = b = 0."""
    made = lab(rgb)
    made[..., 1:] = 0
    return cv2.cvtColor(made, cv2.COLOR_LAB2RGB)


def lab(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 float32 sRGB 0..1 -> L 0..100, a, b."""
    return cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2LAB)


def composite(picture: Picture, part: Box, ab: np.ndarray) -> np.ndarray:
    """The pixels of `part` in the picture's own numbers, with their own L and the colours `ab` (HxWx2)."""
    before = process_input(picture, part)
    made = np.dstack([lab(before)[..., :1], ab]).astype(np.float32)
    return add_change(picture, part, cv2.cvtColor(made, cv2.COLOR_LAB2RGB) - before)
