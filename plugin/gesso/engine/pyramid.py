"""Pictures as sums of bands: the Laplacian pyramid, and mixing pictures band by band.

Burt & Adelson, "A multiresolution spline with application to image mosaics", ACM TOG 1983: where a mixture changes
from one picture to the other, coarse bands change over a wide distance and fine ones over a short one, so that neither
a step nor a double image shows.
"""

from collections.abc import Iterable

import cv2
import numpy as np

COARSEST = 8  # pixels on the short side of the last band, which is not a difference


def gaussian(values: np.ndarray) -> list[np.ndarray]:
    """HxW or HxWxC float32, and ever smaller copies of it, each half as large."""
    levels = [values]
    while min(levels[-1].shape[:2]) >= 2 * COARSEST:
        levels.append(cv2.pyrDown(levels[-1]))
    return levels


def laplacian(values: np.ndarray) -> list[np.ndarray]:
    """What each level of `gaussian` has that the next does not, and the last level. `collapse` is the inverse.

    Works in place: `values` becomes the first level.
    """
    levels = gaussian(values)
    for number, coarser in enumerate(levels[1:]):
        levels[number] -= _double(coarser, levels[number])
    return levels


def collapse(levels: list[np.ndarray]) -> np.ndarray:
    """The picture of these bands. Takes the list apart, to need no second copy."""
    picture = levels.pop()
    while levels:
        finer = levels.pop()
        finer += _double(picture, finer)
        picture = finer
    return picture


def mix(parts: Iterable[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The mixture of (picture HxWx3, weight HxW) pairs, all float32; the weights of each pixel sum up to 1.

    One pair is held at a time, and written over, so that `parts` may make any number of large pictures.
    """
    total: list[np.ndarray] = []
    for picture, weight in parts:
        bands = laplacian(picture)
        for number, share in enumerate(gaussian(weight)):
            bands[number] *= share[..., None]
            if total:
                total[number] += bands[number]
        total = total or bands
    return collapse(total)


def _double(coarse: np.ndarray, like: np.ndarray) -> np.ndarray:
    return cv2.pyrUp(coarse, dstsize=(like.shape[1], like.shape[0]))
