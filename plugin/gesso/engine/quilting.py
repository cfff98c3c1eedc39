"""Image quilting (Efros & Freeman, SIGGRAPH 2001) on a torus: new maps from pieces of a given one, without a seam.

What comes out is where each point is to be taken from, so that numbers of any format are copied as they are.
"""

from collections.abc import Callable

import cv2
import numpy as np

from gesso.engine.progress import Progress

BLOCK, OVERLAP = 24, 8
CANDIDATES = 600  # places tried for each block; few enough that a block rarely continues its neighbour word for word
COARSE = 16  # points along a block while it is looked for everywhere
WINDOW = 192  # coarse points along the part of a large exemplar that is looked through for one block
TOLERANCE = 1.1  # one of the places up to so much worse than the best is taken

# The block so far (BxBxC), which of its points are known (BxB bool), how often each place was used -> a place (y, x).
Search = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[int, int]]


def quilt(
    exemplar: np.ndarray,
    height: int,
    width: int,
    search: Search,
    progress: Progress,
    block: int = BLOCK,
    overlap: int = OVERLAP,
) -> np.ndarray:
    """HxWxC float32 -> height x width int32 on a torus: which point of the flattened exemplar; both at least 2 blocks.

    Unlike the paper's, a place of the exemplar counts as worse the more often it has been used.
    """
    points = exemplar.reshape(-1, exemplar.shape[2])
    numbers = np.arange(len(points), dtype=np.int32).reshape(exemplar.shape[:2])
    used = np.zeros((exemplar.shape[0] - block + 1, exemplar.shape[1] - block + 1), np.float32)
    made = np.zeros((height, width), np.int32)
    tops, lefts = starts(height, block, overlap), starts(width, block, overlap)
    for row, (top, above, below) in enumerate(tops):
        for column, (left, before, behind) in enumerate(lefts):
            progress.step((row * len(lefts) + column) / (len(tops) * len(lefts)))
            place = torus(made, top, left, block)
            known = np.zeros((block, block), bool)
            known[:above] = known[block - below :] = True
            known[:, :before] = known[:, block - behind :] = True
            old = points[made[place]]
            y, x = search(old, known, used)
            used[torus(used, y - block // 2, x - block // 2, block)] += 1
            difference = np.square(exemplar[y : y + block, x : x + block] - old).sum(2)
            kept = np.zeros((block, block), bool)
            kept[:above] |= before_cut(difference[:above].T).T
            kept[block - below :] |= before_cut(difference[block - below :][::-1].T).T[::-1]
            kept[:, :before] |= before_cut(difference[:, :before])
            kept[:, block - behind :] |= before_cut(difference[:, block - behind :][:, ::-1])[:, ::-1]
            made[place] = np.where(kept, made[place], numbers[y : y + block, x : x + block])
    progress.step(1.0)
    return made


def random_search(exemplar: np.ndarray, seed: int) -> Search:
    """The best of some random places; for maps of many channels."""
    random = np.random.default_rng(seed)

    def search(old: np.ndarray, known: np.ndarray, used: np.ndarray) -> tuple[int, int]:
        y, x = random.integers(used.shape[0], size=CANDIDATES), random.integers(used.shape[1], size=CANDIDATES)
        inside_y, inside_x = (places[::2] for places in known.nonzero())  # half of them tell as much
        error = exemplar[y[:, None] + inside_y, x[:, None] + inside_x] - old[inside_y, inside_x]
        best = (np.einsum("ijk,ijk->i", error, error) * (1 + used[y, x])).argmin()
        return int(y[best]), int(x[best])

    return search


def full_search(exemplar: np.ndarray, allowed: np.ndarray, seed: int, block: int) -> Search:
    """One of the best of all places, looked for every few pixels at first, then pixel by pixel around the one found.

    exemplar: HxWxC float32, C <= 4. Of a large one, only a part around a random place is looked through for each block.
    allowed: (H-block+1) x (W-block+1) bool, whether a block may be taken there; True somewhere.
    """
    random = np.random.default_rng(seed)
    choice = np.flatnonzero(allowed)
    step = max(1, block // COARSE)
    side = block // step
    small = cv2.resize(exemplar, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
    rows, columns = (
        min(len(places), extent - side + 1)
        for places, extent in zip((allowed[::step], allowed[0, ::step]), small.shape, strict=False)
    )

    def search(old: np.ndarray, known: np.ndarray, used: np.ndarray) -> tuple[int, int]:
        y, x = divmod(int(random.choice(choice)), allowed.shape[1])
        if not known.any():
            return y, x
        weight = cv2.resize(known.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
        wanted = cv2.resize(old * known[..., None], (side, side), interpolation=cv2.INTER_AREA)
        wanted = wanted / np.maximum(weight, 1e-6)[..., None]
        top = min(max(0, y // step - WINDOW // 2), max(0, rows - WINDOW))
        left = min(max(0, x // step - WINDOW // 2), max(0, columns - WINDOW))
        bottom, right = min(rows, top + WINDOW), min(columns, left + WINDOW)
        error = distance(small[top : bottom + side - 1, left : right + side - 1], wanted, weight)
        grid = np.s_[top * step : bottom * step : step, left * step : right * step : step]
        error = np.where(allowed[grid], error * (1 + used[grid]) ** 2, np.inf)
        if np.isfinite(error.min()):  # else the few places that are allowed lie between the coarse points
            good = np.argwhere(error <= TOLERANCE * error.min())
            y, x = (step * (int(start) + int(at)) for start, at in zip((top, left), random.choice(good), strict=True))
        top, left = max(0, y - step), max(0, x - step)
        near = np.s_[top : y + step + 1, left : x + step + 1]
        part = exemplar[top : y + step + block, left : x + step + block]
        error = np.where(allowed[near], distance(part, old, known.astype(np.float32)), np.inf)
        return top + int(error.argmin()) // error.shape[1], left + int(error.argmin()) % error.shape[1]

    return search


def distance(picture: np.ndarray, block: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """At each place, the weighted squared difference of the block to the picture there, at least a trace above 0."""
    weights = np.repeat(weight[..., None], block.shape[2], axis=2)
    return np.maximum(cv2.matchTemplate(picture, block, cv2.TM_SQDIFF, mask=weights), 1e-4)


def torus(array: np.ndarray, top: int, left: int, side: int) -> tuple[np.ndarray, ...]:
    """What indexes a square of `array`, whose rows and columns go on at the other end."""
    return np.ix_(np.arange(top, top + side) % array.shape[0], np.arange(left, left + side) % array.shape[1])


def starts(length: int, block: int, overlap: int) -> list[tuple[int, int, int]]:
    """(start, overlap with the block before, overlap with the first block) of each block along one axis."""
    count = -(-length // (block - overlap))
    places = [number * length // count for number in range(count)]
    before = [0] + [a + block - b for a, b in zip(places, places[1:], strict=False)]
    last = places[-1] + block - length
    return [(place, b, last if place == places[-1] else 0) for place, b in zip(places, before, strict=True)]


def before_cut(cost: np.ndarray) -> np.ndarray:
    """HxW -> HxW bool: what lies left of the cheapest path from top to bottom."""
    if not cost.shape[1]:
        return np.zeros(cost.shape, bool)
    total = np.pad(cost, ((0, 0), (1, 1)), constant_values=np.inf)
    for above, row in zip(total, total[1:], strict=False):
        row[1:-1] += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = [int(total[-1].argmin())]
    for row in total[-2::-1]:
        path.append(path[-1] - 1 + int(row[path[-1] - 1 : path[-1] + 2].argmin()))
    return np.arange(1, cost.shape[1] + 1) < np.array(path[::-1])[:, None]
