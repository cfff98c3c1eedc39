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
    values: np.ndarray, unknown: np.ndarray, source: np.ndarray | None = None, cycles: int = 2
) -> np.ndarray:
    """Continue `values` from the known pixels into the unknown ones.

    values: HxW or HxWxC float32, C <= 4, any range; read only where known.
    unknown: HxW bool. Nothing pulls at the picture's border (zero slope), so an unknown area may touch it.
    source: shaped like `values`: what `lack` of the result shall be in the unknown pixels; None is zero.
    cycles: V-cycles on each grid; one more leaves about a third of the error.
    Returns float32 of the shape of `values`, equal to it where known; all of it where nothing is known.
    """
    result = values.astype(np.float32)
    if unknown.all() or not unknown.any():
        return result
    rows, columns = np.flatnonzero(unknown.any(axis=1)), np.flatnonzero(unknown.any(axis=0))
    box = np.s_[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]  # a known rim
    hole = unknown[box] if values.ndim == 2 else np.repeat(unknown[box][..., None], values.shape[2], axis=2)
    free = hole.astype(np.float32)
    force = free * (0 if source is None else source[box])
    result[box] = _solve(np.where(hole, 0, result[box]), free, force, cycles)
    return result


def lack(values: np.ndarray) -> np.ndarray:
    """How far each pixel stands out from its surroundings (the negative Laplacian); float32, shaped like `values`."""
    return values - _surroundings(values)


def _surroundings(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (3, 3), 0, borderType=cv2.BORDER_REPLICATE)  # sigma 0: the binomial kernel


def _solve(values: np.ndarray, free: np.ndarray, force: np.ndarray, cycles: int) -> np.ndarray:
    """Full multigrid: solve on a grid half as fine, where less is unknown; enlarge that, then correct it.

    All are shaped alike. `free` is 1 where unknown and 0 where known; `values` is 0 where unknown, `force` where known.
    """
    if not free.any():
        return values
    share = _halve(1 - free)  # of each 2x2 that is known: 0, 1/4 .. 1
    unknown = (share == 0).astype(np.float32)
    coarse = _solve(_halve(values) / np.maximum(share, 1 / 8), unknown, unknown * (4 * _halve(force)), cycles)
    surface = values + free * _double(coarse, free.shape)
    for _ in range(cycles):
        surface += _correction(_missing(surface, free, force), free)
    return surface


def _correction(force: np.ndarray, free: np.ndarray) -> np.ndarray:
    """One V-cycle from zero: roughly the surface whose `lack` is `force`, zero where nothing is unknown."""
    coarsest = max(free.shape[:2]) <= COARSEST
    surface = force  # what the first sweep makes of zero
    for _ in range(4 * SWEEPS if coarsest else SWEEPS - 1):
        surface = _relaxed(surface, free, force)
    if coarsest:
        return surface
    inside = (_halve(free, cv2.BORDER_REPLICATE) == 1).astype(np.float32)
    if inside.any():
        # The same bend on a grid twice as wide stands out four times as far.
        coarse = _correction(inside * (4 * _halve(_missing(surface, free, force))), inside)
        surface = surface + free * _double(coarse, free.shape)
    for _ in range(SWEEPS):
        surface = _relaxed(surface, free, force)
    return surface


def _relaxed(surface: np.ndarray, free: np.ndarray, force: np.ndarray) -> np.ndarray:
    """One sweep; zero where known."""
    swept = _surroundings(surface)
    swept += force
    swept *= free
    return swept


def _missing(surface: np.ndarray, free: np.ndarray, force: np.ndarray) -> np.ndarray:
    """What `force` still asks for; zero where known."""
    missing = lack(surface)
    np.subtract(force, missing, out=missing)
    missing *= free
    return missing


def _halve(values: np.ndarray, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
    """Means of 2x2 pixels, after an odd last row or column got a partner: zeros, so that sums stay what they are."""
    height, width = values.shape[:2]
    odd = [side % 2 if side > 1 else 0 for side in (height, width)]
    even = cv2.copyMakeBorder(values, 0, odd[0], 0, odd[1], border) if any(odd) else values
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return half.reshape(*half.shape[:2], *values.shape[2:])  # OpenCV drops a single channel


def _double(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bilinear, cut to `shape` (height, width, ...): the way back from `_halve`."""
    height, width = (side if side == 1 else 2 * half for side, half in zip(shape, values.shape[:2], strict=False))
    full = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]]
    return full.reshape(shape)
