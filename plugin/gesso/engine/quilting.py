"""Image quilting (Efros & Freeman, SIGGRAPH 2001) on a torus: new maps from pieces of a given one, without a seam."""

import numpy as np

from gesso.engine.progress import Progress

BLOCK, OVERLAP = 24, 8
CANDIDATES = 600  # places tried for each block; few enough that a block rarely continues its neighbour word for word


def quilt(exemplar: np.ndarray, height: int, width: int, seed: int, progress: Progress) -> np.ndarray:
    """HxWxC float32, itself on a torus -> height x width x C, on a torus; both at least 2 BLOCK.

    Unlike the paper's, a place of the exemplar counts as worse the more often it has been used.
    """
    random = np.random.default_rng(seed)
    canvas = np.zeros((height, width, exemplar.shape[2]), np.float32)
    rows, columns, _ = exemplar.shape
    used = np.zeros((rows, columns), np.float32)
    wide = np.pad(exemplar, ((0, BLOCK - 1), (0, BLOCK - 1), (0, 0)), mode="wrap")
    tops, lefts = starts(height), starts(width)
    for row, (top, above, below) in enumerate(tops):
        for column, (left, before, behind) in enumerate(lefts):
            progress.step((row * len(lefts) + column) / (len(tops) * len(lefts)))
            place = torus(canvas, top, left, BLOCK)
            old = canvas[place]
            known = np.zeros((BLOCK, BLOCK), bool)
            known[:above] = known[BLOCK - below :] = True
            known[:, :before] = known[:, BLOCK - behind :] = True
            y, x = random.integers(rows, size=CANDIDATES), random.integers(columns, size=CANDIDATES)
            inside_y, inside_x = (places[::2] for places in known.nonzero())  # half of them tell as much
            error = wide[y[:, None] + inside_y, x[:, None] + inside_x] - old[inside_y, inside_x]
            best = (np.einsum("ijk,ijk->i", error, error) * (1 + used[y, x])).argmin()
            piece = wide[y[best] : y[best] + BLOCK, x[best] : x[best] + BLOCK]
            used[torus(used, y[best] - BLOCK // 2, x[best] - BLOCK // 2, BLOCK)] += 1
            difference = np.square(piece - old).sum(2)
            kept = np.zeros((BLOCK, BLOCK), bool)
            kept[:above] |= before_cut(difference[:above].T).T
            kept[BLOCK - below :] |= before_cut(difference[BLOCK - below :][::-1].T).T[::-1]
            kept[:, :before] |= before_cut(difference[:, :before])
            kept[:, BLOCK - behind :] |= before_cut(difference[:, BLOCK - behind :][:, ::-1])[:, ::-1]
            canvas[place] = np.where(kept[..., None], old, piece)
    progress.step(1.0)
    return canvas


def torus(array: np.ndarray, top: int, left: int, side: int) -> tuple[np.ndarray, ...]:
    """What indexes a square of `array`, whose rows and columns go on at the other end."""
    return np.ix_(np.arange(top, top + side) % array.shape[0], np.arange(left, left + side) % array.shape[1])


def starts(length: int) -> list[tuple[int, int, int]]:
    """(start, overlap with the block before, overlap with the first block) of each block along one axis."""
    count = -(-length // (BLOCK - OVERLAP))
    places = [number * length // count for number in range(count)]
    before = [0] + [a + BLOCK - b for a, b in zip(places, places[1:], strict=False)]
    last = places[-1] + BLOCK - length
    return [(place, b, last if place == places[-1] else 0) for place, b in zip(places, before, strict=True)]


def before_cut(cost: np.ndarray) -> np.ndarray:
    """HxW -> HxW bool: what lies left of the cheapest path from top to bottom."""
    if not cost.shape[1]:
        return np.zeros(cost.shape, bool)
    total = cost.copy()
    for row in range(1, len(cost)):
        edged = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(edged[:-2], edged[1:-1]), edged[2:])
    path = [int(total[-1].argmin())]
    for row in range(len(cost) - 2, -1, -1):
        first = max(0, path[-1] - 1)
        path.append(first + int(total[row, first : path[-1] + 2].argmin()))
    return np.arange(cost.shape[1]) < np.array(path[::-1])[:, None]
