"""Where a hole is worked on: the grid for each of its pieces, and the windows it is cut into.

Thick pieces are laid out on a coarser grid, where they are as thick as the holes the network was trained on. Each grid
is cut into windows; so hundreds of small pieces, a scratch across the picture and one huge hole all fit into memory.
Pieces far apart get windows of their own, as the time that a window takes is that of its area.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.job import selected_box

THIN = 3.0  # pixels from the rim: a thinner piece needs no network
THICK = 10.0  # pixels from the rim: thicker pieces are laid out on a coarser grid,
ON_GRID = 12.0  # where no pixel is farther from the rim than that, but in the very thickest, on the coarsest grid
COARSEST = 5  # log2 of the coarsest grid's factor
CELL = 192  # pixels of the grid: a window fills one cell at most
HALO = 16, 32  # pixels of the grid that a window sees around that: at least, and for a whole cell
MULTIPLE = 32  # pixels of the grid: what the sides of a window come out as


@dataclass(frozen=True)
class Window:
    """A part of the hole to be solved at once: the pixels of `level` in `kept`, from what is known in `seen`."""

    level: int
    seen: Box
    kept: Box

    @property
    def factor(self) -> int:
        """Pixels of the picture along one pixel of the grid."""
        return factor_of(self.level)


def factor_of(level: int) -> int:
    """Pixels of the picture along one pixel of the grid of a level."""
    return 1 << max(0, level - 2)


def levels(hole: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """HxW uint8: 0 outside the hole, 1 in its thin pieces, else 2 + log2 of the grid's factor.

    hole: HxW bool, to be filled. unknown: HxW bool, all that cannot be looked at; includes the hole, is not all True.
    """
    around = selected_box(unknown).grow(1).clip(Box(0, 0, hole.shape[1], hole.shape[0])).slices
    here = hole[around]
    depth = cv2.distanceTransform(unknown[around].astype(np.uint8), cv2.DIST_L2, 3)
    count, labels = cv2.connectedComponents(here.astype(np.uint8), connectivity=8)
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, labels[here], depth[here])
    grids = np.where(deepest <= THICK, 0, np.ceil(np.log2(np.maximum(deepest, 1) / ON_GRID)).clip(1, COARSEST))
    level_of_piece = np.where(deepest <= THIN, 1, 2 + grids).astype(np.uint8)
    result = np.zeros(hole.shape, np.uint8)
    result[around] = np.where(here, level_of_piece[labels], 0)
    return result


def windows(level_of: np.ndarray) -> Iterator[Window]:
    """The windows that together cover every pixel of the hole once; `level_of` is what `levels` gave."""
    bounds = Box(0, 0, level_of.shape[1], level_of.shape[0])
    for level in range(1, int(level_of.max()) + 1):
        here, factor = level_of == level, factor_of(level)
        if not here.any():
            continue
        # Only as one window are the deepest pixels of the thickest pieces sure to see something known.
        side = CELL * factor if level < 2 + COARSEST else max(level_of.shape)
        for cell in cells(here, selected_box(here), side):
            for kept in apart(here, cell, factor):
                yield Window(level, with_halo(kept, factor).clip(bounds), kept)


def cells(here: np.ndarray, box: Box, side: int) -> Iterator[Box]:
    """`box` cut into squares of at most `side` pixels, each drawn in to what `here` (HxW bool) marks in it."""
    for y in range(box.y, box.bottom, side):
        for x in range(box.x, box.right, side):
            yield from drawn_in(here, Box(x, y, side, side).clip(box))


def apart(here: np.ndarray, box: Box, factor: int) -> Iterator[Box]:
    """`box`, or its parts where their windows are smaller in all: cut at the widest gap in `here`, again and again."""
    least, parts = area(with_halo(box, factor)), [box]
    for axis in (0, 1):
        marked = np.flatnonzero(here[box.slices].any(axis=1 - axis))
        if len(marked) > 1:
            at = int(marked[1 + np.argmax(np.diff(marked))])
            halves = (Box(0, 0, box.width, at), Box(0, at, box.width, box.height - at)) if axis == 0 else (
                Box(0, 0, at, box.height), Box(at, 0, box.width - at, box.height))  # fmt: skip
            cut = [part for half in halves for part in drawn_in(here, half.shift(box.x, box.y))]
            seen = sum(area(with_halo(part, factor)) for part in cut)
            if seen < least:
                least, parts = seen, cut
    if len(parts) == 1:
        yield box
    else:
        for part in parts:
            yield from apart(here, part, factor)


def drawn_in(here: np.ndarray, box: Box) -> Iterator[Box]:
    """The bounding box of what `here` (HxW bool) marks in `box`, where it marks anything."""
    if here[box.slices].any():
        yield selected_box(here[box.slices]).shift(box.x, box.y)


def with_halo(kept: Box, factor: int) -> Box:
    """What is looked at to fill `kept`: half as far again around it, within HALO; its sides are even on the grid."""
    least, most = HALO
    halo = min(most, max(least, max(kept.width, kept.height) // (2 * factor)))
    unit = MULTIPLE * factor
    width, height = (-(-(side + 2 * halo * factor) // unit) * unit for side in (kept.width, kept.height))
    return Box(kept.x - (width - kept.width) // 2, kept.y - (height - kept.height) // 2, width, height)


def area(box: Box) -> int:
    """In pixels."""
    return box.width * box.height
