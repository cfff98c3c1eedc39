"""Real texture for a hole: patches of the picture itself, chosen and laid so that they follow the structure stage.

    features   what a patch looks like from afar: soft colours, and how rough it is at two scales. In the hole these are
               the structure stage's colours, and the surroundings' roughness continued by a membrane
    attend     each place of the hole against every known patch: contextual attention (Yu et al. 2018), whose winners
               are copied at full size (as in Yi et al., "Contextual residual aggregation", CVPR 2020)
    place      from the rim inwards, of the best matches the one that continues what is there already (Efros & Freeman
               2001), or that with which a neighbour's source goes on (Ashikhmin 2001)
    join       copied is how each pixel stands out from those around it, so that patches need not agree in colour (Pérez
               et al. 2003); in what is larger than a patch the structure stage keeps the say, but in wide holes, where
               its means of unlike things look like mist, the patches' own colours, too

Pictures are HxWx3 float32 RGB, perceptual.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.job import selected_box
from gesso.engine.membrane import fill_membrane
from gesso.engine.progress import Progress

CELLS = 8  # of the feature grid along a patch; patches overlap by half of them
KEYS, MATCHES = 8000, 64  # known patches that are looked at, and how many of them are tried at a place
FEWEST = 16  # known patches: fewer would repeat too plainly
ROUGHNESS = 1.0  # what counts in a match beside its shape
# The wider the hole, the less can the structure stage know. So, for patches of 16, 32, 48 and 64 pixels:
MEAN = 0.25, 0.5, 0.5, 0.5  # exponent of the mean that continues roughness; that of logarithms (0) makes wide holes too
# smooth, the plain one (1) has a thing at the rim repeated all over it
COLOUR = 1.0, 1.0, 4.0, 4.0  # what brightness and tint count in a match beside its shape,
NEARNESS = 0.1, 0.1, 0.5, 0.5  # and what 300 pixels of way: from afar, boards and a wooded hill are alike
REPEATED = 0.1, 0.1, 0.5, 0.5  # by which share of itself a patch's cost grows with each use before
OWN = 0.0, 0.0, 1.0, 1.0  # the patches' own share in what is larger than a patch,
FAINT = 0.2  # where their colours are off by about this, or more: a sky keeps the structure stage's
CONTINUITY = 20.0  # what counts in the choice beside the match
CHANCE = 0.1  # by which share of itself a choice's cost is moved at random, so that each seed gives another fill
ALIKE = 16  # cells along a place that a fill likes, or dislikes, as one
LOOSE = 5  # the structure stage rules what is larger than this part of a patch
SEAM = 4  # pixels in which a patch fades into its neighbour
RIM = 1.25  # pixels in which texture fades in, so that no outline of a patch lies on the hole's


@dataclass(frozen=True)
class Canvas:
    """The picture that patches are laid on; its sides are multiples of `side`, the pixels along a patch.

    hole: HxW bool, to be given texture. source: HxW bool, what may be copied.
    """

    picture: np.ndarray
    hole: np.ndarray
    source: np.ndarray
    side: int

    @property
    def size(self) -> int:
        """Which of the sides that a patch can have: 0 to 3."""
        return self.side // (2 * CELLS) - 1

    @property
    def cell(self) -> int:
        """Pixels along a cell of the feature grid."""
        return self.side // CELLS


def patch_side(factor: int) -> int:
    """Pixels along a patch where the structure stage's grid is `factor` times coarser than the picture."""
    return 2 * CELLS * min(factor.bit_length() - 1, 4)


def add_detail(
    base: np.ndarray,
    hole: np.ndarray,
    source: np.ndarray,
    side: int,
    seed: tuple[int, ...],
    taste: float,
    progress: Progress,
) -> np.ndarray | None:
    """`base` (HxWx3) with texture in `hole` (HxW bool), copied from `source` (HxW bool); elsewhere as it is.

    base: the picture with its hole filled smoothly. side: what `patch_side` gave. The same seed gives the same texture.
    taste: how much rather it is copied from some places, which the seed chooses, than from others; 0 is the best guess.
    None where too few known patches are there to choose from. Raises Cancelled.
    """
    height, width = hole.shape
    below, right = -height % side, -width % side
    canvas = Canvas(
        cv2.copyMakeBorder(base, 0, below, 0, right, cv2.BORDER_REPLICATE),
        np.pad(hole, ((0, below), (0, right))),
        np.pad(source, ((0, below), (0, right))),
        side,
    )
    random = np.random.default_rng(seed)
    fits = _erode(canvas.source, side)[:: canvas.cell, :: canvas.cell]
    keys = np.argwhere(fits)
    if len(keys) < FEWEST:
        return None
    if len(keys) > KEYS:
        keys = keys[random.permutation(len(keys))[:KEYS]]
    queries = _inwards(canvas)
    copied = place(canvas, queries, keys, fits, tastes(fits.shape, taste, random), random, progress)
    return np.where(hole[..., None], join(canvas, copied)[:height, :width], base)


def features(canvas: Canvas) -> np.ndarray:
    """What patches are matched by: hxwx5 float32, soft RGB and two log roughnesses, one value a cell."""
    picture, cell, power = canvas.picture, canvas.cell, MEAN[canvas.size]

    def shrink(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, None, fx=1 / cell, fy=1 / cell, interpolation=cv2.INTER_AREA)

    known = canvas.source.astype(np.float32)
    share = shrink(known)
    soft = [picture, *(cv2.GaussianBlur(picture, (0, 0), sigma) for sigma in (1, 2, 4))]
    maps = [shrink(soft[2])]
    for fine, coarse in ((0, 1), (1, 3)):
        energy = shrink(np.square(soft[fine] - soft[coarse]).mean(axis=2) * known) / np.maximum(share, 1e-3)
        rough = fill_membrane(energy ** (power / 2), share < 0.5).clip(0) ** (1 / power)
        maps.append(ROUGHNESS * cv2.GaussianBlur(np.log(rough + 0.01), (0, 0), 1.5))
    return np.dstack(maps)


def describe(seen: np.ndarray, places: np.ndarray, colour: float) -> np.ndarray:
    """NxD float32: the patches that begin at `places` (Nx2 rows, columns of cells), so that a squared distance tells.

    colour: how much brightness and tint count beside the shape.
    """
    windows = np.lib.stride_tricks.sliding_window_view(seen, (CELLS, CELLS), axis=(0, 1))
    patches = windows[places[:, 0], places[:, 1], :, ::2, ::2].reshape(len(places), seen.shape[2], -1)
    mean = patches[:, :3].mean(axis=2, keepdims=True)
    shape = np.concatenate((patches[:, :3] - mean, patches[:, 3:]), axis=1) / np.sqrt(patches.shape[2])
    return np.hstack((shape.reshape(len(places), -1), colour * mean[..., 0]))


def tastes(shape: tuple[int, ...], strength: float, random: np.random.Generator) -> np.ndarray:
    """By what the cost of a patch is multiplied, by its place (hxw): about exp(-strength) to exp(strength), smooth."""
    height, width = shape
    coarse = random.standard_normal((height // ALIKE + 2, width // ALIKE + 2), np.float32)
    return np.exp(strength * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def attend(queries: np.ndarray, keys: np.ndarray, dear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """NxMATCHES (at most M): the keys that cost each query least, and what. NxD and MxD float32.

    The cost is the squared distance, times `dear` (M).
    """
    distance = np.square(queries).sum(1)[:, None] + np.square(keys).sum(1) - 2 * queries @ keys.T
    distance *= dear
    count = min(MATCHES, len(keys))
    best = np.argpartition(distance, count - 1, axis=1)[:, :count]
    return best, np.take_along_axis(distance, best, axis=1)


def place(
    canvas: Canvas,
    queries: np.ndarray,
    keys: np.ndarray,
    fits: np.ndarray,
    dear: np.ndarray,
    random: np.random.Generator,
    progress: Progress,
) -> np.ndarray:
    """The slopes that the hole shall have (see `slopes`), then colours: HxWx9 float32, copied patch by patch.

    0 far from the hole.

    queries, keys: Nx2 rows and columns of cells, in the order to be laid. fits: hxw bool, where a patch is known.
    dear: hxw, what `tastes` gave.
    """
    side, cell = canvas.side, canvas.cell
    seen, colour = features(canvas), COLOUR[canvas.size]
    spread = NEARNESS[canvas.size] * cell / 300  # of a cell's way
    asked, offered = (np.hstack((describe(seen, p, colour), spread * p)).astype(np.float32) for p in (queries, keys))
    matches, costs = attend(asked, offered, dear[tuple(keys.T)])
    fine = canvas.picture - _soft(canvas.picture, cell)
    coarse = np.ascontiguousarray(fine[::2, ::2])
    laid, copied = np.where(canvas.hole[..., None], np.float32(0), fine), np.zeros((*fine.shape[:2], 9), np.float32)
    near = selected_box(canvas.hole).grow(side).clip(Box(0, 0, *canvas.hole.shape[::-1])).slices
    copied[near] = np.dstack((slopes(canvas.picture[near]), canvas.picture[near]))
    done, settled = ~canvas.hole, _erode(~canvas.hole, 2)  # a slope is known where both its pixels are
    fade, used = _fade(side), np.zeros(fits.shape, np.float32)
    sources: dict[tuple[int, int], np.ndarray] = {}
    for number, (query, match, cost) in enumerate(zip(queries, matches, costs, strict=True)):
        progress.step(number / len(queries))
        tried, price = keys[match], cost
        if going_on := _going_on(query, sources, fits):
            more = np.array(going_on)
            tried = np.concatenate((tried, more))
            here = np.hstack((describe(seen, more, colour), spread * more))
            price = np.concatenate((price, np.square(here - asked[number]).sum(1) * dear[tuple(more.T)]))
        price = price * (1 + REPEATED[canvas.size] * used[tuple(tried.T)])
        at = np.s_[query[0] * cell : query[0] * cell + side, query[1] * cell : query[1] * cell + side]
        price = price + CONTINUITY * _mismatch(laid[at], done[at], coarse, tried * cell // 2)
        row, column = tried[np.argmin(price * (1 + CHANCE * random.random(len(price))))]
        sources[int(query[0]), int(query[1])] = np.array((row, column))
        used[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4] += 1
        piece = np.s_[row * cell : row * cell + side, column * cell : column * cell + side]
        weight = np.where(done[at], fade, 1)[..., None]
        laid[at] += weight * (fine[piece] - laid[at])
        weight = np.where(settled[at], fade, 1)[..., None]
        steep = slopes(canvas.picture[row * cell : row * cell + side + 1, column * cell : column * cell + side + 1])
        copied[at] += weight * (np.dstack((steep[:side, :side], canvas.picture[piece])) - copied[at])
        done[at] = settled[at] = True
    return copied


def slopes(picture: np.ndarray) -> np.ndarray:
    """HxWx6: the differences to the next pixel in the row, then to that in the column; 0 at the border."""
    return np.dstack((np.diff(picture, axis=1, append=picture[:, -1:]), np.diff(picture, axis=0, append=picture[-1:])))


def join(canvas: Canvas, copied: np.ndarray) -> np.ndarray:
    """The picture with a hole that has the slopes `copied` (HxWx9, as `place` gives it): the solution of Poisson's
    equation.

    Where patches meet they contradict each other, which the solution spreads widely; so the soft difference to the
    structure stage is taken back, and part of that to the patches where they have other colours. Nearer to the rim
    there is less of it; the very rim is the structure stage's.
    """
    near = selected_box(canvas.hole).grow(canvas.side).clip(Box(0, 0, *canvas.hole.shape[::-1])).slices
    picture, hole = canvas.picture[near], canvas.hole[near]
    along, down = copied[near][..., :3], copied[near][..., 3:6]
    along = np.diff(along, axis=1, prepend=np.zeros_like(along[:, :1]))
    down = np.diff(down, axis=0, prepend=np.zeros_like(down[:1]))
    bend = np.array([[1, -2, 1]], np.float32)
    edge = cv2.BORDER_REPLICATE
    crossed = cv2.filter2D(along, -1, bend.T, borderType=edge) + cv2.filter2D(down, -1, bend, borderType=edge)
    surface = fill_membrane(picture, hole, -(along + down) / 4 - crossed / 32)  # membrane.lack, by slopes
    sigma = canvas.side / LOOSE
    away = cv2.GaussianBlur(picture - surface, (0, 0), sigma)
    other = cv2.GaussianBlur(copied[near][..., 6:] - picture, (0, 0), sigma)
    unlike = np.square(other).sum(axis=2, keepdims=True)
    away += OWN[canvas.size] * unlike / (unlike + FAINT**2) * other
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    surface += away * np.minimum(depth / sigma, 1)[..., None]
    result = canvas.picture.copy()
    result[near] += (surface - picture) * np.minimum(depth / RIM, 1)[..., None]
    return result


def _soft(picture: np.ndarray, cell: int) -> np.ndarray:
    """What is larger than a patch; on the feature grid, where a wide blur is cheap."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // cell, height // cell), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), CELLS * 2 / 3), (width, height), interpolation=cv2.INTER_CUBIC)


def _inwards(canvas: Canvas) -> np.ndarray:
    """Nx2: rows and columns of cells at which patches begin that cover the hole, those nearest to the rim first."""
    half, side = canvas.side // 2, canvas.side
    touched = ~_erode(~canvas.hole, side)[::half, ::half]
    starts = np.argwhere(touched)
    starts = starts[(starts * half + side <= canvas.hole.shape).all(axis=1)]
    depth = cv2.distanceTransform(canvas.hole.astype(np.uint8), cv2.DIST_L2, 3)
    middle = starts * half + half
    return starts[np.argsort(depth[middle[:, 0], middle[:, 1]], kind="stable")] * (CELLS // 2)


def _erode(area: np.ndarray, side: int) -> np.ndarray:
    """HxW bool: where a square of `side` pixels that begins there lies in `area` as a whole."""
    return cv2.erode(area.astype(np.uint8), np.ones((side, side), np.uint8), anchor=(0, 0), borderValue=0) > 0


def _fade(side: int) -> np.ndarray:
    """Weight of a new patch over what is there: 1 in its middle half, falling to 0 within SEAM pixels."""
    ramp = np.minimum(np.arange(side), np.arange(side)[::-1]) + 1 - side / 4
    ramp = np.clip(ramp / SEAM + 0.5, 0, 1).astype(np.float32)
    return np.minimum.outer(ramp, ramp)


def _going_on(query: np.ndarray, sources: dict[tuple[int, int], np.ndarray], fits: np.ndarray) -> list[np.ndarray]:
    """The known patches with which the sources of the neighbours laid so far go on here."""
    step = CELLS // 2
    found = []
    for row in (-step, 0, step):
        for column in (-step, 0, step):
            neighbour = sources.get((int(query[0]) + row, int(query[1]) + column))
            if neighbour is not None:
                place = neighbour - (row, column)
                if (place >= 0).all() and (place < fits.shape).all() and fits[tuple(place)]:
                    found.append(place)
    return found


def _mismatch(laid: np.ndarray, done: np.ndarray, coarse: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Mean square difference to what is laid, of the patches of `coarse` (every other pixel, which tells as much) that
    begin at `places` (Nx2)."""
    known = done[::2, ::2].astype(np.float32)
    if not known.any():
        return np.zeros(len(places), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(coarse, known.shape, axis=(0, 1))
    pieces = windows[places[:, 0], places[:, 1]]  # N x 3 x side/2 x side/2
    pieces -= laid[::2, ::2].transpose(2, 0, 1)
    return np.einsum("ncij,ncij,ij->n", pieces, pieces, known) / (3 * known.sum())
