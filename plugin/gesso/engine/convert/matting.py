"""From a coarse map of where the subject is to an alpha with the picture's own edges.

Whatever finds the subject, GrabCut or a network, gives a small map; this makes of it what hair and leaves need: the
guided filter of He, Sun & Tang, "Guided image filtering", ECCV 2010, section 4.3, with the coefficients found on a
reduced picture (He & Sun, "Fast guided filter", 2015) and applied to every pixel of the full one.
"""

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.convert.small import enlarged, factor_for, reduced
from gesso.engine.image import Picture
from gesso.engine.progress import Progress

SIDE = 1280  # of the reduced picture, at most
BLOCK = 256  # side of what is worked on at once
EPSILON = 1e-5  # variance of colour (full scale 1) below which a region counts as flat
GAIN = 1.5  # the filter leaves clear and opaque pixels slightly grey: its answer is stretched about one half


def refine(probability: np.ndarray, picture: Picture, edge: float, progress: Progress) -> np.ndarray:
    """HxW float32, 0..1: the alpha of the subject.

    probability: hxw float32, 0..1, of any size: how likely the subject is there. edge: how wide the zone is in which
    the alpha may leave it, as a share of the picture's longer side; 0 only enlarges the map.
    """
    factor = factor_for(picture, SIDE)
    guide, _ = reduced(picture, factor)
    coarse = cv2.resize(probability, guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    radius = round(edge * max(guide.shape[:2]))
    if radius:
        slope, offset = guided_filter(guide, coarse, radius)
    else:
        slope, offset = np.zeros_like(guide), coarse
    result = np.empty((picture.height, picture.width), np.float32)
    corners = [(x, y) for y in range(0, picture.height, BLOCK) for x in range(0, picture.width, BLOCK)]
    for number, (x, y) in enumerate(corners):
        progress.step(number / len(corners))
        block = Box(x, y, BLOCK, BLOCK).clip(picture.box)
        alpha = enlarged(offset, factor, block)
        here = enlarged(slope, factor, block)
        if here.any():
            alpha = alpha + (here * picture.rgb(block)).sum(axis=2)
        result[block.slices] = ((alpha - 0.5) * GAIN + 0.5).clip(0, 1)
    return result


def guided_filter(guide: np.ndarray, target: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """The coefficients (slope HxWx3, offset HxW): slope . guide + offset follows `target` with the edges of `guide`.

    guide: HxWx3 float32, 0..1. target: HxW float32. Where `target` is constant within two radii, slope is exactly 0.
    """

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(plane, -1, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    near = cv2.dilate((target != cv2.blur(target, (3, 3))).astype(np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8))
    centre, level = mean(guide), mean(target)
    spread = np.empty((*guide.shape, 3), np.float32)  # the covariance of the colours, HxWx3x3
    for i in range(3):
        for j in range(i, 3):
            spread[..., i, j] = spread[..., j, i] = (
                mean(guide[..., i] * guide[..., j]) - centre[..., i] * centre[..., j]
            )
    common = mean(guide * target[..., None]) - centre * level[..., None]
    rows, columns = np.nonzero(near)
    slope = np.zeros_like(guide)
    slope[rows, columns] = np.linalg.solve(
        spread[rows, columns] + EPSILON * np.eye(3, dtype=np.float32), common[rows, columns][..., None]
    )[..., 0]
    offset = level - (slope * centre).sum(axis=2)
    return mean(slope), mean(offset)
