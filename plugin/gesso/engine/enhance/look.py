"""A look: one change of tone and colour for a whole picture, applied to its pixels or written down as a table."""

from dataclasses import dataclass

import numpy as np

SIDE = 33  # of the table: the size that every program reads
KNOTS, HEIGHTS = 33, 257  # of a fitted curve: where it is fitted, and at how many even steps it is kept
POINTS, ROUNDS = 6_000, 6  # of the pictures that a look is fitted to; curves and matrix in turn
STIFF, TRUSTED = 3e-2, 1e-4  # how strongly bends, and any change where there are no points, are held down


@dataclass(frozen=True)
class Look:
    """curves: 3 x n heights at even steps from 0 to 1, for red, green and blue; matrix: 3 x 3, applied after them."""

    curves: np.ndarray
    matrix: np.ndarray

    def applied(self, rgb: np.ndarray) -> np.ndarray:
        """HxWx3 float32 RGB after it, not clipped."""
        return rgb + self.change(rgb)

    def change(self, rgb: np.ndarray) -> np.ndarray:
        """What is to be added to HxWx3 float32 RGB, sRGB-like curve. Beyond 0 and 1 the curves go straight on."""
        place = rgb * np.float32(self.curves.shape[1] - 1)
        step = np.floor(place).clip(0, self.curves.shape[1] - 2)
        bent = np.empty_like(rgb)
        for channel, curve in enumerate(self.curves):
            left = step[..., channel].astype(np.intp)
            low = curve[left]
            bent[..., channel] = low + (curve[left + 1] - low) * (place - step)[..., channel]
        return bent @ self.matrix.T - rgb

    def table(self, strength: float) -> np.ndarray:
        """SIDE x SIDE x SIDE x 3 float32 in 0..1, by blue, green, red: what `strength` (0..1) of it makes of each."""
        steps = np.linspace(0, 1, SIDE, dtype=np.float32)
        rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], axis=-1)
        change = self.change(rgb.reshape(SIDE, -1, 3)).reshape(rgb.shape)
        return (rgb + np.float32(strength) * change).clip(0, 1)


def fit_look(before: np.ndarray, after: np.ndarray) -> Look:
    """The look that makes of one picture another: both HxWx3 float32 RGB 0..1, of the same things.

    Alternating least squares: curves that bend as little as they may (P-splines, Eilers & Marx 1996) for the matrix,
    then the matrix for the curves. Equal pictures give the look that changes nothing.
    """
    every = max(1, before[..., 0].size // POINTS)
    start, end = (part.reshape(-1, 3)[::every].astype(np.float64) for part in (before.clip(0, 1), after))
    hats = np.concatenate([hat_rows(channel) for channel in start.T], 1)
    count, overlap = len(start), hats.T @ hats
    bends = np.kron(np.eye(3), np.diff(np.eye(KNOTS), 2, axis=0))
    held = count * (STIFF * bends.T @ bends + TRUSTED * np.eye(3 * KNOTS))
    matrix, raised = np.eye(3), np.zeros(3 * KNOTS)
    for _ in range(ROUNDS):
        lacking = (end - start @ matrix.T) @ matrix
        aims = np.concatenate([hats[:, k * KNOTS : (k + 1) * KNOTS].T @ lacking[:, k] for k in range(3)])
        raised = np.linalg.solve(overlap * np.kron(matrix.T @ matrix, np.ones((KNOTS, KNOTS))) + held, aims)
        bent = start + (hats.reshape(count, 3, KNOTS) * raised.reshape(3, KNOTS)).sum(2)
        apart = bent[:, [0, 2]] - bent[:, [1, 1]]  # grey has none: whatever the matrix is, it stays grey
        ridge = count * TRUSTED * np.eye(2)
        mixed = np.linalg.solve(apart.T @ apart + ridge, apart.T @ (end - bent)).T
        matrix = np.eye(3) + np.stack([mixed[:, 0], -mixed.sum(1), mixed[:, 1]], 1)
    steps = np.linspace(0, 1, HEIGHTS)
    curves = steps + np.stack([np.interp(steps, np.linspace(0, 1, KNOTS), row) for row in raised.reshape(3, KNOTS)])
    return Look(np.maximum.accumulate(curves, 1).astype(np.float32), matrix.astype(np.float32))


def hat_rows(values: np.ndarray) -> np.ndarray:
    """P x KNOTS: how much of each of P values in 0..1 belongs to each knot (linear interpolation)."""
    return np.maximum(0, 1 - np.abs(values[:, None] * (KNOTS - 1) - np.arange(KNOTS)))
