"""How networks of others fill a hole: in a square around each piece of it, so large that half of it is known.

Takes a function that fills, and knows no network.

A piece is never cut in two. Pieces near each other share a square; a piece too large for the network's own size is
filled reduced, brought back to full size, and fitted to its rim by a membrane.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, selected_box
from gesso.engine.membrane import fill_membrane
from gesso.engine.progress import Progress
from gesso.engine.retouch import enlarged, parts

Fill = Callable[[np.ndarray, np.ndarray, Progress], np.ndarray]


@dataclass(frozen=True)
class Crop:
    """The `pieces` of the hole, which lie in `kept`, filled from what is known in `seen`; `reduced` so many times in
    length."""

    seen: Box
    kept: Box
    reduced: float
    pieces: tuple[int, ...]


def paint_hole(job: Job, side: int, fill: Callable[[int], Fill], progress: Progress) -> list[Layer]:
    """A layer for each candidate, of the selection's bounding box; where the mask is 0 it has the image's own numbers.

    fill: the function of a seed, see `fill_crops`. Candidate k depends on seed + k alone: asked for by its own seed,
    it is the same picture.
    """
    assert job.image is not None and job.mask is not None  # the action reads both
    picture, hole, layers = job.image, job.mask > 0, []
    box = selected_box(hole)
    for number, seed in enumerate(job.seeds):
        share = progress.part(number / len(job.seeds), (number + 1) / len(job.seeds))
        made = Picture(fill_crops(picture, hole, side, fill(seed), share), picture.curve)
        layers.append(Layer(made, "Painted", box.x, box.y, settings={"seed": seed, "candidates": 1}))
    return layers


def fill_crops(
    picture: Picture, hole: np.ndarray, side: int, fill: Fill, progress: Progress, opaque: bool = True
) -> np.ndarray:
    """The picture's own numbers (HxWxC) in the bounding box of `hole` (HxW bool), with the hole filled.

    fill(rgb, gone, progress): hxwx3 float32 0..1 with what is `gone` (hxw bool) filled; h and w are at most `side`.
    opaque: so is what is filled in; else it goes on with the alpha around it.
    Outside the hole not one bit differs. Raises BadInput where nothing is known, Cancelled.
    """
    unknown = hole | (picture.array[..., -1] <= 0) if picture.has_alpha else hole
    if unknown.all():
        raise BadInput(
            "The selection leaves nothing of the picture to look at.",
            "Select less: a hole is filled from what is around it.",
        )
    box = selected_box(hole)
    result = picture.array[box.slices].copy()
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    plan = list(crops(boxes[1:count].tolist(), picture.box, side))
    for number, crop in enumerate(plan):
        share = progress.part(number / len(plan), (number + 1) / len(plan))
        small = predict(picture, unknown, crop, fill, share)
        for part in parts(crop.kept, share):
            rgb, alpha = full_size(picture, hole, unknown, crop, small, part)
            values = picture.like(rgb, np.ones_like(alpha) if opaque and alpha is not None else alpha).array
            where = np.isin(labels[part.slices], crop.pieces)
            result[part.shift(-box.x, -box.y).slices][where] = values[where]
    progress.step(1.0)
    return result


def predict(picture: Picture, unknown: np.ndarray, crop: Crop, fill: Fill, progress: Progress) -> np.ndarray:
    """hxwx3 float32: the crop filled, reduced as it says. What is unknown is shown as a membrane."""
    known: np.ndarray = (~unknown[crop.seen.slices]).astype(np.float32)
    rgb: np.ndarray = picture.rgb(crop.seen) * known[..., None]
    if crop.reduced > 1:
        size = tuple(max(1, round(side / crop.reduced)) for side in (crop.seen.width, crop.seen.height))
        rgb, known = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (rgb, known))
        rgb = rgb / np.maximum(known, 1e-6)[..., None]
    gone = known < 0.5
    seen = fill_membrane(rgb, gone, cycles=1).clip(0, 1)
    progress.check()
    made = fill(seen, gone, progress)
    if crop.reduced > 1 and not gone.all():  # as a whole: parts of it at full size would each be fitted to another rim
        made = made + fill_membrane(seen - made, gone, cycles=1)
    return made


def full_size(
    picture: Picture, hole: np.ndarray, unknown: np.ndarray, crop: Crop, small: np.ndarray, part: Box
) -> tuple[np.ndarray, np.ndarray | None]:
    """The pixels of `part`, HxWx3, those of the hole from `small`; and their alpha, where the picture has any."""
    reach = round(2 * crop.reduced)
    near = part.grow(reach).clip(crop.seen)
    gone = unknown[near.slices]
    rgb = enlarged(small, near.shift(-crop.seen.x, -crop.seen.y), crop.seen)
    if crop.reduced > 1 and not gone.all():  # at the rim the detail is lacking; deep inside parts are to agree
        lack = picture.rgb(near) - rgb
        deep = cv2.distanceTransform(gone.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > reach
        lack[deep] = 0
        rgb = rgb + fill_membrane(lack, gone & ~deep, cycles=1)
    alpha = None
    inside = part.shift(-near.x, -near.y).slices
    if picture.has_alpha:
        alpha = fill_membrane(picture.alpha(near), hole[near.slices], cycles=1)[inside]
    return rgb[inside], alpha


def crops(pieces: list[list[int]], bounds: Box, side: int) -> Iterator[Crop]:
    """The crops that cover the pieces of a hole, numbered from 1, each [x, y, width, height, area].

    bounds: the picture's. side: of the network's own square.
    """
    groups: dict[tuple[int, int], tuple[Box, tuple[int, ...]]] = {}
    for number, (x, y, width, height, _) in enumerate(pieces, 1):
        piece = Box(x, y, width, height)
        if max(width, height) > side / 2:
            yield around(piece, side * max(width, height) / (side / 2), side, bounds, (number,))
        else:
            place = (x // (side // 4), y // (side // 4))
            kept, numbers = groups.get(place, (piece, ()))
            groups[place] = kept.union(piece), (*numbers, number)
    for kept, numbers in groups.values():
        yield around(kept, side, side, bounds, numbers)


def around(kept: Box, length: float, side: int, bounds: Box, pieces: tuple[int, ...]) -> Crop:
    """A square of `length` with `kept` in its middle, moved to lie inside `bounds`, and no larger than these."""
    wide = round(length)
    square = Box(kept.x + (kept.width - wide) // 2, kept.y + (kept.height - wide) // 2, wide, wide)
    seen = square.moved_into(bounds)
    return Crop(seen, kept, max(1.0, max(seen.width, seen.height) / side), pieces)
