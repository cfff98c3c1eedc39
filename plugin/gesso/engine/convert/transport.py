"""Moving one set of colours onto another. Sets are N x 3 float32, perceptual RGB, 0..1."""

from dataclasses import dataclass

import numpy as np

FLOOR = 1e-5  # variance below which a direction of colour is as good as flat
STEEPEST = 4.0  # contrast is not raised more often than this: a flat picture has noise, too
ROUNDS = 30
STIFFNESS = 1e-3  # of the bend, against the fit to every single colour


def linear_transport(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(matrix 3x3, offset 3): x @ matrix + offset gives `source` the mean and covariance of `target`.

    Of all such maps it moves the colours least: the Monge-Kantorovich map of two Gaussians (Pitié & Kokaram, "The
    linear Monge-Kantorovitch linear colour mapping for example-based colour transfer", CVMP 2007).
    """
    means = source.mean(axis=0), target.mean(axis=0)
    have, want = (np.cov(colours, rowvar=False, bias=True) + FLOOR * np.eye(3) for colours in (source, target))
    root, inverse = _power(have, 0.5), _power(have, -0.5)
    matrix = inverse @ _power(root @ want @ root, 0.5) @ inverse
    values, vectors = np.linalg.eigh(matrix)
    matrix = (vectors * values.clip(0, STEEPEST)) @ vectors.T
    return matrix.astype(np.float32), (means[1] - means[0] @ matrix).astype(np.float32)


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Of a symmetric positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, FLOOR**2) ** exponent) @ vectors.T


@dataclass(frozen=True)
class Bend:
    """A smooth map of colours: a linear one and a cubic polynomial added, so that it makes no new edges or grain."""

    matrix: np.ndarray
    offset: np.ndarray
    cubic: np.ndarray

    @classmethod
    def between(cls, source: np.ndarray, target: np.ndarray) -> "Bend":
        """The bend that moves the colours of `source` to those of `target`; both sets have one size."""
        matrix, offset = linear_transport(source, target)
        linear = source @ matrix + offset
        lacking = sliced_transport(linear, target) - linear
        known = terms(source)
        normal = known.T @ known + STIFFNESS * len(source) * np.eye(known.shape[1], dtype=np.float32)
        return cls(matrix, offset, np.linalg.solve(normal, known.T @ lacking).astype(np.float32))

    def apply(self, rgb: np.ndarray) -> np.ndarray:
        """HxWx3 float32 -> HxWx3; beyond 0..1 the bend stays as it is at the border."""
        flat = rgb.reshape(-1, 3)
        return (flat @ self.matrix + self.offset + terms(flat) @ self.cubic).reshape(rgb.shape)


def terms(rgb: np.ndarray) -> np.ndarray:
    """N x 3 -> N x 20: all products of up to three of the colours."""
    r, g, b = centred = (rgb.clip(0, 1) - np.float32(0.5)).T
    squares = r * r, g * g, b * b, r * g, g * b, b * r
    cubes = [squares[0] * r, squares[1] * g, squares[2] * b, squares[3] * b]
    cubes += [squares[i] * other for i, pair in enumerate(((g, b), (r, b), (r, g))) for other in pair]
    return np.stack([np.ones_like(r), *centred, *squares, *cubes], axis=1)


def sliced_transport(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """`source` moved until, seen from any side, it is distributed as `target`; both are N x 3.

    Each round sorts both along three axes of a random turn (Rabin et al., "Wasserstein barycenter and its application
    to texture mixing", SSVM 2011).
    """
    random = np.random.default_rng(0)
    moved = source.copy()
    for _ in range(ROUNDS):
        turn, _ = np.linalg.qr(random.standard_normal((3, 3)))
        have, want = moved @ turn, np.sort(target @ turn, axis=0)
        change = np.empty_like(have)
        np.put_along_axis(change, have.argsort(axis=0), want, axis=0)
        moved += (change - have) @ turn.T
    return moved
