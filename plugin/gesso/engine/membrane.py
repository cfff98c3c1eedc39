"""The membrane: the smoothest surface through known values, by multigrid.

`fill_membrane` solves the discrete Laplace equation: known pixels keep their value, every other pixel
becomes the mean of its surroundings. With `source` it solves Poisson's equation instead, which is
gradient-domain editing (Pérez, Gangnet & Blake, "Poisson image editing", SIGGRAPH 2003).

"Surroundings" is the 3x3 binomial kernel (1 2 1 / 2 4 2 / 1 2 1) / 16, and one sweep of relaxation is
one blur with it. The blur halves, or better, every wave shorter than four pixels; what is longer is
short on a coarser grid (Brandt, "Multi-level adaptive solutions to boundary-value problems", 1977).
"""

import cv2
import numpy as np

SWEEPS = 2  # of relaxation on each grid, before and after its coarse correction
COARSEST = 4  # pixels on the long side of the grid that is only relaxed


def fill_membrane(
    values: np.ndarray, unknown: np.ndarray, source: np.ndarray | None = None, cycles: int = 4
) -> np.ndarray:
    """Continue `values` from the known pixels into the unknown ones.

    values: HxW or HxWxC float32, C <= 4, any range; read only where known.
    unknown: HxW bool. Nothing pulls at the picture's border (zero slope), so an unknown area may touch it.
    source: shaped like `values`: what `lack` of the result shall be in the unknown pixels; None is zero.
    cycles: V-cycles after the coarse-to-fine start; each leaves about a third of the error.
    Returns float32 of the shape of `values`, equal to it where known; all of it where nothing is known.
    """
    result = values.astype(np.float32)
    if unknown.all() or not unknown.any():
        return result
    rows, columns = np.flatnonzero(unknown.any(axis=1)), np.flatnonzero(unknown.any(axis=0))
    box = np.s_[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]  # a known rim
    hole = unknown[box].astype(np.uint8)
    force = np.zeros_like(result[box]) if source is None else source[box].astype(np.float32)
    surface = _start(cv2.copyTo(result[box], 1 - hole), hole, force)
    for _ in range(cycles):
        surface += _correction(cv2.copyTo(force - lack(surface), hole), hole)
    result[box] = np.where(_plane(hole, surface) > 0, surface, result[box])
    return result


def lack(values: np.ndarray) -> np.ndarray:
    """How far each pixel stands out from its surroundings (the negative Laplacian); float32, shaped like `values`."""
    return values - _surroundings(values)


def _surroundings(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (3, 3), 0, borderType=cv2.BORDER_REPLICATE)  # sigma 0: the binomial kernel


def _start(values: np.ndarray, unknown: np.ndarray, force: np.ndarray) -> np.ndarray:
    """First guess, coarse to fine: halve what is known until nothing is unknown, then enlarge and relax."""
    if not unknown.any():
        return values
    share = _halve((1 - unknown).astype(np.float32))  # of each 2x2 that is known: 0, 1/4 .. 1
    coarse = _halve(values) / _plane(np.maximum(share, 1 / 8), values)
    coarse = _start(coarse, (share == 0).astype(np.uint8), 4 * _halve(force))
    surface = cv2.copyTo(_double(coarse, unknown.shape), unknown, values.copy())
    for _ in range(SWEEPS):
        cv2.copyTo(_surroundings(surface) + force, unknown, surface)
    return surface


def _correction(force: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """One V-cycle from zero: roughly the surface whose `lack` is `force`, zero where nothing is unknown."""
    coarsest = max(unknown.shape) <= COARSEST
    surface = force  # what the first sweep makes of zero
    for _ in range(4 * SWEEPS if coarsest else SWEEPS - 1):
        surface = cv2.copyTo(_surroundings(surface) + force, unknown)
    if coarsest:
        return surface
    inside = (_halve(unknown.astype(np.float32), cv2.BORDER_REPLICATE) == 1).astype(np.uint8)
    if inside.any():
        missing = cv2.copyTo(force - lack(surface), unknown)
        # The same bend on a grid twice as wide stands out four times as far.
        coarse = _correction(cv2.copyTo(4 * _halve(missing), inside), inside)
        surface += cv2.copyTo(_double(coarse, unknown.shape), unknown)
    for _ in range(SWEEPS):
        surface = cv2.copyTo(_surroundings(surface) + force, unknown)
    return surface


def _halve(values: np.ndarray, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """Means of 2x2 pixels, after an odd last row or column got a partner: zeros, so that sums stay what they are."""
    height, width = values.shape[:2]
    odd = [side % 2 if side > 1 else 0 for side in (height, width)]
    even = cv2.copyMakeBorder(values, 0, odd[0], 0, odd[1], border)
    size = ((width + 1) // 2, (height + 1) // 2)
    return cv2.resize(even, size, interpolation=cv2.INTER_AREA)


def _double(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bilinear, cut to `shape` (height, width): the way back from `_halve`."""
    size = tuple(side if side == 1 else 2 * half for side, half in zip(shape[::-1], values.shape[1::-1], strict=True))
    return cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]]


def _plane(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`mask` with as many axes as `values`."""
    return mask if values.ndim == 2 else mask[..., None]
