"""blend fuse: one picture out of several of the same view, each good in another place.

    process_input   how good each pixel of each picture is: well exposed, or sharp
    run             the shares of the pictures, and the pictures mixed by them, band by band
    composite       a new layer, opaque where any of them shows something

Exposures: Mertens, Kautz & Van Reeth, "Exposure fusion", Pacific Graphics 2007. No high dynamic range picture is made
and no camera data is needed: each pixel counts by its contrast, saturation and distance from black and white.

Focus: each pixel comes from the picture that is the sharpest there, by the energy of the Laplacian (Subbarao, Choi &
Nikzad, "Focusing techniques", Optical Engineering 1993).
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from gesso.engine.composite import spread_colours
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.pyramid import mix
from gesso.engine.session import Models

WIDTH = 0.2  # of the bell of good exposure around mid grey; the paper's
NEIGHBOURHOOD = 8.0  # pixels (standard deviation) over which sharpness is averaged
FLOOR = 1e-6  # so that a pixel that is good in no picture gets the mean of them


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer of the size of the given ones."""
    quality = {"exposures": well_exposed, "focus": sharpness}[job.settings["kind"]]
    shares = process_input(job.layers, quality, progress.part(0, 0.5))
    progress = progress.part(0.5, 1)

    def parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number, (picture, share) in enumerate(zip(job.layers, shares, strict=True)):
            progress.step(number / len(shares))
            yield spread_colours(picture.rgb(), picture.alpha()), share

    first = job.layers[0]
    covered = np.max([picture.alpha() for picture in job.layers], axis=0) if first.has_alpha else None
    return Outcome([Layer(first.like(mix(parts()), covered), "Fused")])


def process_input(
    layers: tuple[Picture, ...], quality: Callable[[np.ndarray], np.ndarray], progress: Progress
) -> list[np.ndarray]:
    """The share of each layer in each pixel, HxW float32; they sum up to 1. A layer has none where it is clear."""
    shares = []
    for number, layer in enumerate(layers):
        progress.step(number / len(layers))
        shares.append((quality(layer.rgb()) + FLOOR) * np.maximum(layer.alpha(), FLOOR))
    total = sum(shares)
    return [share / total for share in shares]


def well_exposed(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 perceptual -> HxW: contrast x saturation x good exposure."""
    grey = (rgb @ LUMINANCE)[..., 0]
    contrast = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    bell = np.exp(-((rgb - 0.5) ** 2).sum(axis=2) / (2 * WIDTH**2))
    return contrast * rgb.std(axis=2) * bell


def sharpness(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 perceptual -> HxW: the Laplacian's energy around each pixel."""
    energy = cv2.Laplacian((rgb @ LUMINANCE)[..., 0], cv2.CV_32F) ** 2
    return cv2.GaussianBlur(energy, (0, 0), NEIGHBOURHOOD) ** 4
