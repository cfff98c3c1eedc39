"""Where a hole is worked on: the grid for each of its pieces, and the windows it is cut into.

Thick pieces are laid out on a coarser grid, where they are as thick as the holes the network was trained on. Each grid
is cut into windows; so hundreds of small pieces, a scratch across the picture and one huge hole all fit into memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.job import selected_box

THIN = 3.0  # pixels from the rim: a thinner piece needs no network
THICK = 8.0  # pixels of its grid from the rim; only the very thickest, on the coarsest grid, exceed it
COARSEST = 5  # log2 of the coarsest grid's factor
CELL, HALO = 192, 32  # pixels of the grid: a window fills one cell and sees the halo around it


@dataclass(frozen=True)
class Window:
    """A part of the hole to be solved at once: the pixels of `level` in `kept`, from what is known in `seen`."""

    level: int
    seen: Box
    kept: Box

    @property
    def factor(self) -> int:
        """Pixels of the picture along one pixel of the grid."""
        return 1 << max(0, self.level - 2)


def levels(hole: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """HxW uint8: 0 outside the hole, 1 in its thin pieces, else 2 + log2 of the grid's factor.

    hole: HxW bool, to be filled. unknown: HxW bool, all that cannot be looked at; includes the hole, is not all True.
    """
    outline = selected_box(hole)
    depth = cv2.distanceTransform(unknown.astype(np.uint8), cv2.DIST_L2, 3)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole[outline.slices].astype(np.uint8), connectivity=8)
    result = np.zeros(hole.shape, np.uint8)
    for number in range(1, count):
        x, y, width, height, _ = boxes[number].tolist()
        part = Box(x, y, width, height).shift(outline.x, outline.y).slices
        piece = labels[y : y + height, x : x + width] == number
        deepest = float(depth[part][piece].max())
        level = 1 if deepest <= THIN else 2 + int(np.clip(np.ceil(np.log2(deepest / THICK)), 0, COARSEST))
        result[part][piece] = level
    return result


def windows(level_of: np.ndarray) -> Iterator[Window]:
    """The windows that together cover every pixel of the hole once; `level_of` is what `levels` gave."""
    bounds = Box(0, 0, level_of.shape[1], level_of.shape[0])
    for level in range(1, int(level_of.max()) + 1):
        here = level_of == level
        if not here.any():
            continue
        side = CELL * Window(level, bounds, bounds).factor
        for kept in cells(here, selected_box(here), side):
            yield Window(level, kept.grow(HALO * side // CELL).clip(bounds), kept)


def cells(here: np.ndarray, box: Box, side: int) -> Iterator[Box]:
    """`box` cut into squares of at most `side` pixels, each drawn in to what `here` (HxW bool) marks in it."""
    for y in range(box.y, box.bottom, side):
        for x in range(box.x, box.right, side):
            cell = Box(x, y, side, side).clip(box)
            if here[cell.slices].any():
                yield selected_box(here[cell.slices]).shift(cell.x, cell.y)
