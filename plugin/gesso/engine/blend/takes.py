"""Several photos of one view, brought to lie on each other."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from gesso.engine.align import find_alignment, movement
from gesso.engine.composite import spread_colours
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.progress import Progress

STILL = 0.1  # pixels: less movement than this is not worth resampling for


@dataclass(frozen=True)
class Take:
    """One photo. `matrix`: the homography (see align) from the common view to it; None where it lies on it already."""

    picture: Picture
    matrix: np.ndarray | None = None

    def rgb(self) -> np.ndarray:
        """HxWx3 float32 perceptual, as it lies on the common view; continued where the photo does not reach."""
        rgb = spread_colours(self.picture.rgb(), self.picture.alpha())
        return self._laid(rgb, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)

    def alpha(self) -> np.ndarray:
        """HxW float32 0..1; 0 where the photo does not reach."""
        return self._laid(self.picture.alpha(), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)

    def _laid(self, values: np.ndarray, interpolation: int, border: int) -> np.ndarray:
        if self.matrix is None:
            return values
        size, flags = (self.picture.width, self.picture.height), interpolation | cv2.WARP_INVERSE_MAP
        return cv2.warpPerspective(values, self.matrix, size, flags=flags, borderMode=border)


def aligned(pictures: tuple[Picture, ...], order: list[int], still: int, progress: Progress) -> list[Take]:
    """The pictures as they lie on the one of number `still`. Raises BadInput where one does not show the same view.

    order: their numbers, such that neighbours are the most alike; each is laid on the one before it.
    """
    matrices = {still: np.eye(3)}
    middle = order.index(still)
    for chain in (order[middle:], order[middle::-1]):
        for before, number in pairwise(chain):
            progress.step(len(matrices) / len(pictures), "Aligning")
            found = find_alignment(grey(pictures[before]), grey(pictures[number]))
            matrices[number] = found @ matrices[before]
    shape = pictures[still].array.shape
    moves = {number: matrix for number, matrix in matrices.items() if movement(matrix, shape) >= STILL}
    return [Take(picture, moves.get(number)) for number, picture in enumerate(pictures)]


def grey(picture: Picture) -> np.ndarray:
    """HxW float32 luminance, perceptual."""
    return (picture.rgb() @ LUMINANCE)[..., 0]
