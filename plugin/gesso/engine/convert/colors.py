"""convert colors: give the picture the colours of another one. Classical, no network.

    process_input   samples of the colours of both pictures
    run             a smooth map from the one to the other (transport.py)
    process_output  the map applied to the picture's own pixels: a change for each of them
    composite       the change added to the picture's own numbers

As the map knows colours only, it keeps every edge, and works at any depth.
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.composite import add_change
from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.convert.transport import Bend
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models

SIDE = 512  # of the small pictures that samples are taken from: noise is no colour
SAMPLES = 8000
BLOCK = 256  # side of what is worked on at once


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the selection, or the image."""
    assert job.image is not None
    picture, settings = job.image, job.settings
    bend = Bend.between(process_input(picture, job.mask), process_input(job.others["style"], None))
    box = selected_box(job.mask) if job.mask is not None else picture.box
    result = np.empty((box.height, box.width, picture.array.shape[2]), picture.array.dtype)
    corners = [(x, y) for y in range(box.y, box.bottom, BLOCK) for x in range(box.x, box.right, BLOCK)]
    for number, (x, y) in enumerate(corners):
        progress.step(number / len(corners))
        block = Box(x, y, BLOCK, BLOCK).clip(box)
        change = process_output(picture, block, bend, settings["keep-brightness"]) * (settings["strength"] / 100)
        result[block.shift(-box.x, -box.y).slices] = add_change(picture, block, change)
    return Outcome([Layer(Picture(result, picture.curve), "Recolored", box.x, box.y)], notes={"method": "transport"})


def process_input(picture: Picture, mask: np.ndarray | None) -> np.ndarray:
    """SAMPLES x 3 float32, 0..1: colours of what is selected and visible. Raises BadInput where nothing is."""
    if mask is not None:
        box = selected_box(mask)
        picture, mask = picture.crop(box), mask[box.slices]
    factor = factor_for(picture, SIDE)
    rgb, weight = reduced(picture, factor)
    if mask is not None:
        weight = weight * cv2.resize(mask, weight.shape[::-1], interpolation=cv2.INTER_AREA)
    if not weight.any():
        raise BadInput("One of the two pictures has no visible colors here.", "Choose layers with something on them.")
    chance = weight.ravel() / weight.sum(dtype=np.float64)
    chosen = np.random.default_rng(0).choice(len(chance), SAMPLES, p=chance)
    return rgb.reshape(-1, 3)[chosen].clip(0, 1)


def process_output(picture: Picture, block: Box, bend: Bend, keep: bool) -> np.ndarray:
    """The change of colour of the pixels of `block`, HxWx3 float32; keep: not of their luminance."""
    rgb = picture.rgb(block)
    change = bend.apply(rgb) - rgb
    return change - change @ LUMINANCE if keep else change
