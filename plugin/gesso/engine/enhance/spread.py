"""Numbers known in a few places, spread over a picture up to its edges; and brought from small to full size."""

import numpy as np

from gesso.contract.geometry import Box

FAR = 900.0  # how much more likeness to neighbours counts than what is known, at no edge
EDGE = 2.0  # difference of L between neighbours that is half an edge
ROUNDS = 3
ALIKE = 12.0  # difference of L at which a cell loses most of its say
LEAST = 1e-3  # say of a cell unlike all the others, of one alike


def spread(values: np.ndarray, known: np.ndarray, light: np.ndarray) -> np.ndarray:
    """`values` (hxwxC), where `known` (hxw, 0..1, somewhere above 0), continued over all of `light` (hxw, L 0..100).

    Neighbours are alike as their lightness is (Levin, Lischinski & Weiss, "Colorization using optimization", SIGGRAPH
    2004), solved by rows and columns in turn (Min et al., "Fast global image smoothing", IEEE TIP 2014).
    """
    both = np.dstack([values * known[..., None], known]).astype(np.float64)
    rows, columns = (np.exp(-np.abs(np.diff(plane, axis=1)) / EDGE) for plane in (light, light.T))
    for turn in range(1, ROUNDS + 1):
        far = FAR * 1.5 * 4 ** (ROUNDS - turn) / (4**ROUNDS - 1)
        both = smooth_rows(both, far * rows)
        both = smooth_rows(both.swapaxes(0, 1), far * columns).swapaxes(0, 1)
    return (both[..., :-1] / np.maximum(both[..., -1:], 1e-300)).astype(np.float32)


def smooth_rows(values: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """hxwxC -> the u of least sum (u - values)^2 + alike (u - its right neighbour's)^2; alike is hx(w-1).

    A tridiagonal system a row (Thomas' algorithm), all rows at once.
    """
    right = -np.pad(alike, ((0, 0), (0, 1)))
    left = -np.pad(alike, ((0, 0), (1, 0)))
    result, ratio = np.array(values), np.zeros_like(right)
    for x in range(values.shape[1]):
        pivot = 1 - left[:, x] - right[:, x]
        if x:
            pivot -= ratio[:, x - 1] * left[:, x]
            result[:, x] -= result[:, x - 1] * left[:, x, None]
        ratio[:, x] = right[:, x] / pivot
        result[:, x] /= pivot[:, None]
    for x in range(values.shape[1] - 2, -1, -1):
        result[:, x] -= ratio[:, x, None] * result[:, x + 1]
    return result


def along_edges(small: np.ndarray, cells: np.ndarray, light: np.ndarray, part: Box, full: Box) -> np.ndarray:
    """The pixels `part` of `small` (hxwxC) stretched to the size of `full`, each taking more of those cells around it
    whose L, `cells` (hxw), is like its own, `light` (HxW): joint bilateral upsampling (Kopf et al., SIGGRAPH 2007).
    """
    rows, down = nearest(part.y, part.height, cells.shape[0], full.height)
    columns, across = nearest(part.x, part.width, cells.shape[1], full.width)
    total, say = np.zeros((*light.shape, small.shape[2]), np.float32), np.zeros_like(light)
    for row, high in zip(rows, down, strict=True):
        for column, wide in zip(columns, across, strict=True):
            here = np.ix_(row, column)
            near = np.exp(np.square(light - cells[here]) * np.float32(-0.5 / ALIKE**2)) + np.float32(LEAST)
            near *= high[:, None] * wide
            total += near[..., None] * small[here]
            say += near
    return total / say[..., None]


def nearest(start: int, count: int, length: int, full: int) -> tuple[np.ndarray, np.ndarray]:
    """The two of `length` cells next to each of `count` pixels from `start` of `full`, and their weights: 2 x count."""
    at = (np.arange(start, start + count) + 0.5) * length / full - 0.5
    places = np.floor(at).astype(int) + np.array([[0], [1]])
    return places.clip(0, length - 1), (1 - np.abs(at - places)).astype(np.float32)
