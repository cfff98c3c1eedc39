"""How good a fill is: against the truth in the hole, in texture, and at the rim.

Pictures are HxWx3 uint8 RGB, holes HxW bool. `result` and `truth` differ in the hole alone, or little elsewhere.
"""

import cv2
import numpy as np

LEVELS, PATCH = 3, 7
PROJECTIONS, PLACES = 96, 3000  # directions looked along, and patches looked at, on each level


def hole_psnr(result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> float:
    """PSNR of the hole's pixels alone, dB, all channels."""
    error = np.square(result[hole].astype(np.float64) - truth[hole]).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-2)))


def texture_distance(result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> float:
    """Sliced Wasserstein distance (Rabin et al. 2011) between the hole's 7x7 patches in `result` and in `truth`.

    Mean over three Laplacian band-pass levels, each divided by the truth's own spread; 0 is best, a fill without
    any texture has about 0.8. Where a texture lies does not count, so it is no measure of structure.
    """
    random = np.random.default_rng(0)
    total = []
    a: np.ndarray = result.astype(np.float32)
    b: np.ndarray = truth.astype(np.float32)
    inside: np.ndarray = hole.astype(np.uint8)
    for _ in range(LEVELS):
        (a, band_a), (b, band_b) = _split(a), _split(b)
        rows, columns = np.nonzero(inside)
        chosen = random.permutation(len(rows))[:PLACES]
        axes = random.standard_normal((PATCH * PATCH * 3, PROJECTIONS)).astype(np.float32)
        axes /= np.linalg.norm(axes, axis=0)
        along = [_patches(band, rows[chosen], columns[chosen]) @ axes for band in (band_a, band_b)]
        ours, real = (np.sort(values, axis=0) for values in along)
        total.append(np.abs(ours - real).mean() / max(float(real.std(axis=0).mean()), 0.5))
        inside = cv2.resize(inside, a.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        if not inside.any():
            break
    return float(np.mean(total))


def _split(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(half size, what it lacks): one step of a Laplacian pyramid (Burt & Adelson 1983)."""
    half = cv2.pyrDown(picture)
    return half, picture - cv2.pyrUp(half, dstsize=picture.shape[1::-1])


def _patches(band: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The patches around the given places: N x (7 * 7 * 3)."""
    r = PATCH // 2
    wide = cv2.copyMakeBorder(band, r, r, r, r, cv2.BORDER_REFLECT_101)
    windows = np.lib.stride_tricks.sliding_window_view(wide, (PATCH, PATCH), axis=(0, 1))
    return windows[rows, columns].reshape(len(rows), -1)


def rim_steps(result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> tuple[float, float]:
    """The mean colour step across the hole's border in `result`, and the truth's own at the same places."""
    steps = []
    for picture in (result, truth):
        values: np.ndarray = picture.astype(np.float32)
        across = [
            np.abs(np.diff(values, axis=axis)).mean(axis=2)[np.diff(hole.astype(np.int8), axis=axis) != 0]
            for axis in (0, 1)
        ]
        steps.append(float(np.concatenate(across).mean()))
    return steps[0], steps[1]
