"""A picture made small, strip by strip, and maps of the small picture made large again."""

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.composite import spread_colours
from gesso.engine.image import Picture

STRIP = 256  # rows of the picture that are decoded at once


def factor_for(picture: Picture, side: int) -> int:
    """How many times to reduce the picture so that its longer side is at most `side`."""
    return max(1, -(-max(picture.width, picture.height) // side))


def reduced(picture: Picture, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """(rgb hxwx3, alpha hxw), float32, perceptual, of the picture `factor` times smaller; sides are rounded up.

    Each point is the mean of a square of `factor` pixels, colours weighted by alpha and continued into what is
    fully transparent. The picture is never decoded as a whole.
    """
    rows = factor * max(1, STRIP // factor)
    size = -(-picture.width // factor)
    strips = []
    for top in range(0, picture.height, rows):
        strip = Box(0, top, picture.width, min(rows, picture.height - top))
        alpha = picture.alpha(strip)[..., None]
        premultiplied = np.dstack([picture.rgb(strip) * alpha, alpha])
        height = -(-strip.height // factor)
        lacking = (0, height * factor - strip.height, 0, size * factor - strip.width)
        whole = cv2.copyMakeBorder(premultiplied, *lacking, cv2.BORDER_REPLICATE)
        strips.append(cv2.resize(whole, (size, height), interpolation=cv2.INTER_AREA))
    both = np.concatenate(strips)
    alpha = both[..., 3]
    return spread_colours(both[..., :3] / np.maximum(alpha, 1e-6)[..., None], alpha), alpha


def fitted(picture: Picture, side: int) -> np.ndarray:
    """hxwx3 float32, perceptual, 0..1: the picture with its longer side at most `side` pixels."""
    factor = min(1.0, side / max(picture.width, picture.height))
    width, height = (max(1, round(length * factor)) for length in (picture.width, picture.height))
    rgb, _ = reduced(picture, max(1, min(picture.width // width, picture.height // height)))
    return resized(rgb, width, height).clip(0, 1)


def enlarged(small: np.ndarray, factor: int, box: Box) -> np.ndarray:
    """The pixels `box` of `small` (hxw or hxwxC float32) made `factor` times larger, bilinearly."""
    need = Box(box.x // factor, box.y // factor, -(-box.width // factor) + 1, -(-box.height // factor) + 1)
    need = need.grow(1).clip(Box(0, 0, small.shape[1], small.shape[0]))
    large = cv2.resize(small[need.slices], None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    return large[box.shift(-need.x * factor, -need.y * factor).slices]


def resized(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """HxWx3, or HxW, stretched to another size."""
    if rgb.shape[:2] == (height, width):
        return rgb
    larger = width * height > rgb.shape[0] * rgb.shape[1]
    return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
