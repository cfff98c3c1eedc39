"""How a hole is filled, for every action that has one: cut into windows (windows.py), each solved on its own grid.

The membrane over the hole, then the network's change to it; back to full size, without a step at the rim, with the
picture's grain. The network sees shapes and colours; it does not invent texture. Holes thinner than six pixels get the
membrane alone.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.inpaint.windows import Window, cells, levels, windows
from gesso.engine.job import selected_box
from gesso.engine.membrane import fill_membrane
from gesso.engine.progress import Progress
from gesso.engine.session import Network
from gesso.engine.tiling import pad

STRIP = 32  # rows of the picture that are looked at at once, so that a huge window is never decoded as a whole
PART = 1024  # side of what is enlarged at once, pixels
MOST_GRAIN = 0.03  # standard deviation, of full scale
IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
LOWER_QUARTILE = 0.3186  # of the absolute value of a standard normal number


@dataclass(frozen=True)
class Canvas:
    """The picture, `hole` (HxW bool, to be filled) and `unknown` (HxW bool, the hole and what is transparent)."""

    picture: Picture
    hole: np.ndarray
    unknown: np.ndarray


def fill_hole(picture: Picture, hole: np.ndarray, network: Network | None, seed: int, progress: Progress) -> np.ndarray:
    """The picture's own numbers (HxWxC) in the bounding box of `hole` (HxW bool), with the hole filled.

    network: of the role inpaint; None fills with the membrane alone. Outside the hole not one bit differs.
    Raises BadInput where nothing is known, Cancelled.
    """
    unknown = hole | (picture.array[..., -1] <= 0) if picture.has_alpha else hole
    if unknown.all():
        raise BadInput(
            "The selection leaves nothing of the picture to look at.",
            "Select less: a hole is filled from what is around it.",
        )
    canvas, level_of = Canvas(picture, hole, unknown), levels(hole, unknown)
    box = selected_box(hole)
    result = picture.array[box.slices].copy()
    plan = list(windows(level_of))
    for number, window in enumerate(plan):
        progress.step(number / len(plan))
        small = predict(*reduced(canvas, window), network if window.level > 1 else None, progress)
        here = level_of[window.kept.slices] == window.level
        strength = grain_around(canvas, window.kept) if window.level > 1 else 0.0
        parts = list(cells(here, Box(0, 0, window.kept.width, window.kept.height), PART))
        for at, inner in enumerate(parts):
            progress.step((number + at / len(parts)) / len(plan))
            part = inner.shift(window.kept.x, window.kept.y)
            random = np.random.default_rng((seed, part.x, part.y))
            grain = strength * random.standard_normal((part.height, part.width, 1), np.float32)
            values, where = full_size(canvas, window, small, part, grain), here[inner.slices]
            result[part.shift(-box.x, -box.y).slices][where] = values[where]
    progress.step(1.0)
    return result


def reduced(canvas: Canvas, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """What the window sees, on its grid: hxwx3 float32 perceptual RGB and hxw bool, True where nothing is known.

    A grid point is the mean of the known pixels in its square, and is known where these are half of it or more;
    where no square has as many, where they are most.
    """
    factor, seen = window.factor, window.seen
    if factor == 1:
        return canvas.picture.rgb(seen), canvas.unknown[seen.slices]
    colours: list[np.ndarray] = []
    shares: list[np.ndarray] = []
    width = -(-seen.width // factor)
    rows = factor * -(-STRIP // factor)
    for top in range(0, seen.height, rows):
        strip = Box(seen.x, seen.y + top, seen.width, min(rows, seen.height - top))
        size = (width, -(-strip.height // factor))
        known = (~canvas.unknown[strip.slices]).astype(np.float32)
        edges = (0, size[1] * factor - strip.height, 0, size[0] * factor - strip.width)
        for plane, parts in ((canvas.picture.rgb(strip) * known[..., None], colours), (known, shares)):
            whole = cv2.copyMakeBorder(plane, *edges, cv2.BORDER_CONSTANT)
            parts.append(cv2.resize(whole, size, interpolation=cv2.INTER_AREA))
    share = np.concatenate(shares)
    return np.concatenate(colours) / np.maximum(share, 1e-6)[..., None], share < min(0.5, float(share.max()))


def predict(rgb: np.ndarray, unknown: np.ndarray, network: Network | None, progress: Progress) -> np.ndarray:
    """Fill `unknown` (HxW bool) of `rgb` (HxWx3 float32): the membrane, and the network's change to it where given.

    The network works within 0..1; as its change is added, the wider range of a float picture survives.
    """
    filled = fill_membrane(rgb, unknown, cycles=1)
    if network is None:
        return filled
    height, width = unknown.shape
    multiple = network.card.multiple
    padded = pad(
        np.dstack((filled.clip(0, 1), unknown.astype(np.float32))),
        -(-height // multiple) * multiple,
        -(-width // multiple) * multiple,
    )
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1)[None])  # 1 x 4 x H x W
    answer = network.run({"image": planes[:, :3], "mask": planes[:, 3:]}, progress)["image"]
    change = (answer - planes[:, :3])[0].transpose(1, 2, 0)[:height, :width]
    return filled + change * unknown[..., None]


def full_size(canvas: Canvas, window: Window, small: np.ndarray, part: Box, grain: np.ndarray) -> np.ndarray:
    """The pixels of `part` in the picture's own encoding, from the window's grid `small`; `grain` is added to them.

    Enlarging leaves a difference at the rim: the detail that the grid has not. A membrane spreads it into the hole,
    where it fades within about one grid point; so a part need not see more of the rim than two points around it.
    """
    picture = canvas.picture
    near = part.grow(2 * window.factor).clip(window.seen)
    inside = part.shift(-near.x, -near.y).slices
    unknown = canvas.unknown[near.slices]
    rgb = enlarged(small, window.factor, near.shift(-window.seen.x, -window.seen.y))
    if window.factor > 1 and not unknown.all():
        rgb += fill_membrane(picture.rgb(near) - rgb, unknown, cycles=1)
    rgb[inside] += grain
    alpha = None
    if picture.has_alpha:
        alpha = fill_membrane(picture.alpha(near), canvas.hole[near.slices], cycles=1)[inside]
    return picture.like(rgb[inside], alpha).array


def enlarged(small: np.ndarray, factor: int, box: Box) -> np.ndarray:
    """The pixels `box` of `small` (HxWx3) enlarged `factor` times, by cubic interpolation."""
    if factor == 1:
        return small[box.slices].copy()
    height, width = small.shape[:2]
    need = Box(box.x // factor, box.y // factor, -(-box.width // factor) + 1, -(-box.height // factor) + 1)
    need = need.grow(2).clip(Box(0, 0, width, height))
    large = cv2.resize(small[need.slices], None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return large[box.shift(-need.x * factor, -need.y * factor).slices]


def grain_around(canvas: Canvas, kept: Box) -> float:
    """Standard deviation of the noise in the known pixels along the four sides of `kept` (Immerkaer 1996).

    Full scale is 1. It is that of the calmer half of them, since texture is no noise; 0 where too few are known.
    """
    wide = kept.grow(STRIP)
    sides = (
        Box(wide.x, wide.y, wide.width, STRIP),
        Box(wide.x, kept.bottom, wide.width, STRIP),
        Box(wide.x, kept.y, STRIP, kept.height),
        Box(kept.right, kept.y, STRIP, kept.height),
    )
    rough = []
    for side in (side.clip(canvas.picture.box) for side in sides):
        if not side.empty:
            known = cv2.erode((~canvas.unknown[side.slices]).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
            rough.append(np.abs(cv2.filter2D(canvas.picture.rgb(side).mean(axis=2), -1, IMMERKAER))[known > 0])
    found = np.concatenate(rough or [np.zeros(0)])
    return min(MOST_GRAIN, float(np.quantile(found, 0.25)) / LOWER_QUARTILE) if len(found) >= 64 else 0.0
