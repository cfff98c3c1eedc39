"""How a hole is filled, for every action that has one: cut into windows (windows.py), each solved on its own grid.

The membrane over the hole, then the network's change to it, which lays out shapes and colours; back to full size
without a step at the rim; then texture from around the hole (detail.py). Holes thinner than six pixels get the membrane
alone, and those that need no coarser grid no texture.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.inpaint.detail import add_detail, patch_side
from gesso.engine.inpaint.windows import Window, cells, levels, windows
from gesso.engine.job import selected_box
from gesso.engine.membrane import fill_membrane
from gesso.engine.progress import Progress
from gesso.engine.session import Network
from gesso.engine.tiling import pad

STRIP = 32  # rows of the picture that are looked at at once, so that a huge window is never decoded as a whole
PART = 1024  # side of what is brought to full size at once, pixels
REACH = 6, 256  # patches, but at most pixels: how far around a part texture is looked for
TASTE = 0.5  # of candidates that are not the best guess, see detail.py
MOST_GRAIN = 0.03  # standard deviation, of full scale
IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
LOWER_QUARTILE = 0.3186  # of the absolute value of a standard normal number


@dataclass(frozen=True)
class Canvas:
    """The picture and what becomes of its hole.

    hole: HxW bool, to be filled. unknown: HxW bool, the hole and what is transparent. box: the hole's bounding box.
    filled: HxWxC of the picture's dtype, the pixels of `box`. done: HxW bool, the pixels filled by now.
    """

    picture: Picture
    hole: np.ndarray
    unknown: np.ndarray
    box: Box
    filled: np.ndarray
    done: np.ndarray

    def write(self, part: Box, values: np.ndarray, where: np.ndarray) -> None:
        """Fill the pixels of `part` at `where` (HxW bool) with `values` (HxWxC, the picture's own numbers)."""
        self.filled[part.shift(-self.box.x, -self.box.y).slices][where] = values[where]
        self.done[part.slices][where] = True

    def rgb(self, box: Box) -> np.ndarray:
        """HxWx3 float32 perceptual RGB of `box`, with what is filled by now."""
        rgb = self.picture.rgb(box)
        inside = box.clip(self.box)
        if not inside.empty:
            filled = Picture(self.filled, self.picture.curve).rgb(inside.shift(-self.box.x, -self.box.y))
            done = self.done[inside.slices]
            rgb[inside.shift(-box.x, -box.y).slices][done] = filled[done]
        return rgb


def fill_hole(
    picture: Picture,
    hole: np.ndarray,
    network: Network | None,
    seed: int,
    progress: Progress,
    texture: bool,
    other: int = 0,
) -> np.ndarray:
    """The picture's own numbers (HxWxC) in the bounding box of `hole` (HxW bool), with the hole filled.

    network: None lays out with the membrane alone. texture: copy texture from around the hole, or
    else add but the picture's grain. other: 0 is the best guess; odd ones are laid out by the membrane alone, those
    from 2 like some places better to copy from. Outside the hole not one bit differs.
    Raises BadInput where nothing is known, Cancelled.
    """
    unknown = hole | (picture.array[..., -1] <= 0) if picture.has_alpha else hole
    if unknown.all():
        raise BadInput(
            "The selection leaves nothing of the picture to look at.",
            "Select less: a hole is filled from what is around it.",
        )
    level_of, box = levels(hole, unknown), selected_box(hole)
    canvas = Canvas(picture, hole, unknown, box, picture.array[box.slices].copy(), np.zeros(hole.shape, bool))
    plan = list(windows(level_of))
    for number, window in enumerate(plan):
        progress.step(number / len(plan))
        small = predict(*reduced(canvas, window), network if window.level > 1 and not other % 2 else None, progress)
        here = level_of[window.kept.slices] == window.level
        parts = list(cells(here, Box(0, 0, window.kept.width, window.kept.height), PART))
        for at, inner in enumerate(parts):
            share = progress.part((number + at / len(parts)) / len(plan), (number + (at + 1) / len(parts)) / len(plan))
            share.step(0.0)
            part, where = inner.shift(window.kept.x, window.kept.y), here[inner.slices]
            random = (seed, part.x, part.y)
            rgb = None
            if texture and window.factor > 1:
                rgb = textured(canvas, window, small, part, where, random, TASTE if other > 1 else 0.0, share)
            if rgb is None:
                rgb = laid_out(canvas, window, small, part)
                strength = grain_around(canvas, part) if window.level > 1 else 0.0
                rgb += strength * np.random.default_rng(random).standard_normal((*rgb.shape[:2], 1), np.float32)
            canvas.write(part, encoded(canvas, part, rgb), where)
    progress.step(1.0)
    return canvas.filled


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


def laid_out(canvas: Canvas, window: Window, small: np.ndarray, box: Box) -> np.ndarray:
    """The pixels of `box`, within what the window sees, with the hole as smooth as the window's grid `small` has it.

    Enlarging leaves a difference at the rim: the detail that the grid has not. A membrane spreads it into the hole,
    where it fades within about one grid point; so no more than two points around `box` need be seen.
    """
    near = box.grow(2 * window.factor).clip(window.seen)
    unknown = canvas.unknown[near.slices]
    rgb = enlarged(small, window.factor, near.shift(-window.seen.x, -window.seen.y))
    if window.factor > 1 and not unknown.all():
        rgb += fill_membrane(canvas.picture.rgb(near) - rgb, unknown, cycles=1)
    return rgb[box.shift(-near.x, -near.y).slices]


def textured(
    canvas: Canvas,
    window: Window,
    small: np.ndarray,
    part: Box,
    where: np.ndarray,
    seed: tuple[int, ...],
    taste: float,
    progress: Progress,
) -> np.ndarray | None:
    """The pixels of `part` with texture at `where` (HxW bool), from what is known or filled by now around it.

    taste: as add_detail says. None where that is too little.
    """
    side = patch_side(window.factor)
    around = part.grow(min(REACH[0] * side, REACH[1])).clip(canvas.picture.box)
    unknown = canvas.unknown[around.slices] & ~canvas.done[around.slices]
    rgb = fill_membrane(canvas.rgb(around), unknown, cycles=1)
    seen = around.clip(window.seen)
    inside = seen.shift(-around.x, -around.y).slices
    smooth = laid_out(canvas, window, small, seen)
    if canvas.done[seen.slices].any():  # it meets what is filled by now, as it meets the rim
        smooth += fill_membrane(rgb[inside] - smooth, unknown[inside], cycles=1)
    rgb[inside] = np.where(unknown[inside][..., None], smooth, rgb[inside])
    hole, middle = np.zeros(unknown.shape, bool), part.shift(-around.x, -around.y).slices
    hole[middle] = where
    detailed = add_detail(rgb, hole, ~unknown, side, seed, taste, progress)
    return None if detailed is None else detailed[middle]


def encoded(canvas: Canvas, part: Box, rgb: np.ndarray) -> np.ndarray:
    """`rgb` (HxWx3 perceptual) of `part` in the picture's own encoding, its alpha continued from around the hole."""
    alpha = None
    if canvas.picture.has_alpha:
        near = part.grow(STRIP).clip(canvas.picture.box)
        whole = fill_membrane(canvas.picture.alpha(near), canvas.hole[near.slices], cycles=1)
        alpha = whole[part.shift(-near.x, -near.y).slices]
    return canvas.picture.like(rgb, alpha).array


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
