"""Square pieces of pictures: cut out, looked up in a dictionary, laid over one another into a new picture.

Positions are (row, column) of a piece's upper left corner, int arrays whose last axis is 2 long.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gesso.contract.geometry import Box
from gesso.engine.progress import Progress

NUMBERS = 48  # a piece is compared by this many of its principal components
ENTRIES = 26_000  # pieces a dictionary has, at most
AT_ONCE = 128  # pieces looked up together: the table of distances stays in the cache
LIKENESS, FLAT = 1.5, 2e-4  # a piece may be this many times as far, plus this per number, to fit its neighbour


def lattice(height: int, width: int, side: int, step: int) -> np.ndarray:
    """Rows x columns of pieces that cover a picture, `step` apart, the last ones at its far edges."""
    rows, columns = (
        np.append(np.arange(0, length - side, step), length - side) for length in (height, width)
    )  # a picture as small as a piece has one
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)


def cut(picture: np.ndarray, positions: np.ndarray, side: int) -> np.ndarray:
    """... x 3*side*side float32: the pieces of a picture HxWx3."""
    windows = sliding_window_view(picture, (side, side), axis=(0, 1))
    return windows[positions[..., 0], positions[..., 1]].reshape(*positions.shape[:-1], -1)


@dataclass(frozen=True)
class Dictionary:
    """The pieces of `picture` (HxWx3 float32), or every so many, by their principal components.

    whole: HxW bool, where a piece may begin.
    """

    picture: np.ndarray
    whole: np.ndarray
    side: int
    positions: np.ndarray
    mean: np.ndarray
    basis: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, usable: np.ndarray, side: int) -> "Dictionary":
        """Of the pieces that are `usable` (HxW bool) everywhere; where none is, of all."""
        whole = np.zeros(usable.shape, bool)
        complete = sliding_window_view(usable, (side, side)).all(axis=(2, 3))
        whole[: complete.shape[0], : complete.shape[1]] = complete if complete.any() else True
        step = 1
        while len(positions := np.argwhere(whole[::step, ::step]) * step) > ENTRIES:
            step += 1
        sample = cut(picture, positions[:: -(-len(positions) // 4000)], side)
        mean = sample.mean(axis=0)
        _, vectors = np.linalg.eigh((sample - mean).T @ (sample - mean))
        basis = np.ascontiguousarray(vectors[:, -NUMBERS:])
        parts = np.array_split(positions, -(-len(positions) // 4096))
        codes = np.concatenate([(cut(picture, part, side) - mean) @ basis for part in parts])
        return cls(picture, whole, side, positions, mean, basis, codes)

    def nearest(self, wanted: np.ndarray, places: np.ndarray, progress: Progress) -> np.ndarray:
        """For each piece of `wanted` (HxWx3) at `places` the position of the piece of the dictionary most like it."""
        half = 0.5 * np.square(self.codes).sum(axis=1)
        flat, found = places.reshape(-1, 2), []
        for start in range(0, len(flat), AT_ONCE):
            progress.check()
            codes = (cut(wanted, flat[start : start + AT_ONCE], self.side) - self.mean) @ self.basis
            found.append((codes @ self.codes.T - half).argmax(axis=1))
        return self.positions[np.concatenate(found)].reshape(places.shape)

    def continued(self, wanted: np.ndarray, places: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """`sources` as `nearest` found them, but each goes on where its neighbour's ends if that is about as like.

        Else flat regions would repeat one piece. After Ashikhmin, "Synthesizing natural textures", I3D 2001.
        """
        sources = sources.copy()
        rows, columns = places.shape[:2]
        bound = LIKENESS * self._distance(wanted, places, sources) + FLAT * 3 * self.side**2
        lines: list[tuple[Any, Any]] = [(np.s_[row], np.s_[row - 1]) for row in range(1, rows)]
        lines += [(np.s_[:, column], np.s_[:, column - 1]) for column in range(1, columns)]
        for here, before in lines:
            there = sources[before] + places[here] - places[before]
            inside = (there <= np.array(self.whole.shape) - self.side).all(axis=-1)
            there = np.where(inside[:, None], there, sources[here])
            fits = self.whole[there[:, 0], there[:, 1]] & (self._distance(wanted, places[here], there) <= bound[here])
            sources[here] = np.where(fits[:, None], there, sources[here])
        return sources

    def _distance(self, wanted: np.ndarray, places: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Squared, of the pieces of `wanted` at `places` to those of the dictionary's picture at `sources`."""
        return np.square(cut(wanted, places, self.side) - cut(self.picture, sources, self.side)).sum(axis=-1)


@dataclass(frozen=True)
class Collage:
    """Where each piece of a picture comes from: the piece at `places` shows `sources` of the style.

    side: of a piece, on the grid that places and sources count in. sharpness: 1 blends overlapping pieces evenly;
    with more, the nearest prevails.
    """

    places: np.ndarray
    sources: np.ndarray
    side: int
    sharpness: float

    def paint(self, style: np.ndarray, box: Box, zoom: float = 1.0, style_zoom: float = 1.0) -> np.ndarray:
        """The part `box` of the picture, HxWx3 float32, `zoom` times as large as the grid.

        style: HxWx3 float32, `style_zoom` times as large as the grid the sources count in.
        """
        total = np.zeros((box.height, box.width, 3), np.float32)
        weights = np.zeros((box.height, box.width, 1), np.float32)
        places = self.places.reshape(-1, 2)
        first, last = (np.rint(ends * zoom).astype(int) for ends in (places, places + self.side))
        low, high = (box.y, box.x), (box.bottom, box.right)
        for number in np.flatnonzero(((last > low) & (first < high)).all(axis=1)).tolist():
            (top, left), (bottom, right) = first[number], last[number]
            rows = slice(max(top, box.y) - box.y, min(bottom, box.bottom) - box.y)
            columns = slice(max(left, box.x) - box.x, min(right, box.right) - box.x)
            inside = np.s_[rows.start + box.y - top : rows.stop + box.y - top,
                           columns.start + box.x - left : columns.stop + box.x - left]  # fmt: skip
            size = (int(right - left), int(bottom - top))
            weight = window(size, self.sharpness)[inside]
            total[rows, columns] += weight * self._piece(style, number, size, style_zoom)[inside]
            weights[rows, columns] += weight
        return total / weights

    def _piece(self, style: np.ndarray, number: int, size: tuple[int, int], style_zoom: float) -> np.ndarray:
        """A piece of the style at that size (width, height)."""
        (top, left), side = self.sources.reshape(-1, 2)[number], self.side
        row, column = int(top * style_zoom), int(left * style_zoom)
        reach = max(1, round(side * style_zoom))
        piece = style[row : row + reach, column : column + reach]
        if piece.shape[1::-1] == size:
            return piece
        return cv2.resize(piece, size, interpolation=cv2.INTER_AREA if size[0] < piece.shape[1] else cv2.INTER_CUBIC)


@lru_cache(maxsize=64)
def window(size: tuple[int, int], sharpness: float) -> np.ndarray:
    """The weights of the pixels of a piece of size (width, height), from 1 in its middle down: height x width x 1."""
    across, down = (np.hanning(length + 2)[1:-1] for length in size)
    return ((down[:, None] * across) ** sharpness + 1e-6)[..., None].astype(np.float32)
