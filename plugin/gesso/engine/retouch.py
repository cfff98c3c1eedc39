"""Networks whose picture is as large as it was: run over a picture of any size, only their change is added to it.

In tiles, or reduced as a whole where the network must see all of it at once. What a wrong card would do to a picture is
looked for and said.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.composite import add_change, spread_colours
from gesso.engine.convert.small import reduced
from gesso.engine.image import Picture
from gesso.engine.job import warning
from gesso.engine.progress import Progress
from gesso.engine.session import Network
from gesso.engine.tiling import run_tiled

PART = 1024  # side of what is enlarged at once, pixels
OUTSIDE, SHIFT = 0.1, 0.2  # share of numbers out of range, change of the mean: more is suspicious


class Watch:
    """Looks at what goes in and comes out of a network, tile by tile."""

    def __init__(self) -> None:
        self.outside: list[float] = []
        self.shift: list[float] = []

    def look(self, before: np.ndarray, after: np.ndarray) -> None:
        """Both HxWx3, 0..1."""
        self.outside.append(float(((after < -0.05) | (after > 1.05)).mean()))
        self.shift.append(float(after.mean() - before.mean()))

    def warnings(self, network: Network, repaints: bool = False) -> dict[str, list[str]]:
        """For an outcome's notes. repaints: the network is meant to change the picture's brightness."""
        if not self.outside:
            return {}
        shifted = not repaints and abs(float(np.mean(self.shift))) > SHIFT
        if float(np.mean(self.outside)) <= OUTSIDE and not shifted:
            return {}
        return warning(f"The result of {network.card.name} looks wrong: its card may name a wrong range.")


def process_input(picture: Picture, part: Box) -> np.ndarray:
    """HxWx3 float32 perceptual RGB in 0..1, without holes where the picture is transparent."""
    return spread_colours(picture.rgb(part), picture.alpha(part)).clip(0, 1)


def retouch(
    picture: Picture,
    network: Network,
    progress: Progress,
    watch: Watch,
    strength: float = 1.0,
    tell: Callable[[np.ndarray], dict[str, np.ndarray]] = lambda part: {},
) -> Picture:
    """The picture with `strength` (0..1) of the change of a network that gives `image`.

    tell: what it is told besides of a part HxWx3, by role.
    """

    def change(pixels: np.ndarray) -> np.ndarray:
        made = network.paint(pixels, progress, tell(pixels))
        watch.look(pixels, made)
        return (made.clip(0, 1) - pixels) * np.float32(strength)

    if network.card.whole:
        small = change(whole(picture, network))
        return changed(picture, lambda part: enlarged(small, part, picture.box), progress)
    result = np.array(picture.array)

    def write(part: Box, values: np.ndarray) -> None:
        result[part.slices] = add_change(picture, part, values)

    run_tiled(picture.box, lambda part: process_input(picture, part), change, write, progress, **network.card.tiling)
    return Picture(result, picture.curve)


def changed(picture: Picture, change: Callable[[Box], np.ndarray], progress: Progress) -> Picture:
    """The picture with `change(part)`, HxWx3 float32, perceptual, added to each of its parts."""
    result = np.array(picture.array)
    for part in parts(picture.box, progress):
        result[part.slices] = add_change(picture, part, change(part))
    return Picture(result, picture.curve)


def whole(picture: Picture, network: Network) -> np.ndarray:
    """All of the picture as the network can see it: hxwx3 float32 RGB 0..1, as large as its card allows."""
    card = network.card
    factor = min(1.0, card.tile / max(picture.width, picture.height))
    width, height = (max(1, round(side * factor)) for side in (picture.width, picture.height))
    if card.size:
        height, width = card.size
    rgb, _ = reduced(picture, max(1, min(picture.width // width, picture.height // height)))
    if rgb.shape[:2] != (height, width):
        larger = width * height > rgb.shape[0] * rgb.shape[1]
        rgb = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
    return rgb.clip(0, 1)


def parts(box: Box, progress: Progress) -> Iterator[Box]:
    """`box` in squares of at most PART pixels."""
    for y in range(box.y, box.bottom, PART):
        progress.step((y - box.y) / box.height)
        for x in range(box.x, box.right, PART):
            yield Box(x, y, PART, PART).clip(box)


def enlarged(small: np.ndarray, part: Box, full: Box) -> np.ndarray:
    """The pixels `part` of `small` (hxwxC) stretched to the size of `full`: cubic convolution (Keys 1981)."""
    height, width = small.shape[:2]
    if (width, height) == (full.width, full.height):
        return small[part.slices]
    rows, weights = taps(part.y, part.height, height / full.height, height)
    tall = sum(weights[k, :, None, None] * small[rows[k]] for k in range(4))
    columns, weights = taps(part.x, part.width, width / full.width, width)
    return sum(weights[k, None, :, None] * tall[:, columns[k]] for k in range(4))


def taps(start: int, count: int, step: float, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Four source places, 4 x count, and their weights, for `count` pixels from `start`; `step`: source per pixel."""
    at = (np.arange(start, start + count) + 0.5) * step - 0.5
    places = np.floor(at).astype(int) + np.arange(-1, 3)[:, None]
    far = np.abs(at - places)
    near = (1.25 * far - 2.25) * far * far + 1
    wide = ((-0.75 * far + 3.75) * far - 6) * far + 3
    return places.clip(0, length - 1), np.where(far <= 1, near, wide).astype(np.float32)
