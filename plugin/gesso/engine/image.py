"""Pictures in their own encoding. Nets read float; the original numbers are never lost.

Arrays are HxWxC; C = 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA (straight alpha).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine import colour

NUMBERS = {
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "half": np.float16,
    "float": np.float32,
    "double": np.float64,
}
LUMINANCE = np.array([[0.2126], [0.7152], [0.0722]], np.float32)
NAMES = {np.dtype(kind): name for name, kind in NUMBERS.items()}


@dataclass(frozen=True)
class Picture:
    """`array` HxWxC in the picture's own numbers (may be memory-mapped); `curve` is linear or perceptual."""

    array: np.ndarray
    curve: str = "perceptual"

    @property
    def width(self) -> int:
        return int(self.array.shape[1])

    @property
    def height(self) -> int:
        return int(self.array.shape[0])

    @property
    def box(self) -> Box:
        return Box(0, 0, self.width, self.height)

    @property
    def number(self) -> str:
        return NAMES[self.array.dtype]

    @property
    def colours(self) -> int:
        """Channels without alpha: 1 or 3."""
        return 1 if self.array.shape[2] < 3 else 3

    @property
    def has_alpha(self) -> bool:
        return self.array.shape[2] in (2, 4)

    def crop(self, box: Box) -> "Picture":
        """The part in `box`, which must lie inside; a view, not a copy."""
        return Picture(self.array[box.slices], self.curve)

    def extend(self, left: int, right: int, top: int, bottom: int) -> "Picture":
        """A copy with margins of zeros; all four in pixels."""
        return Picture(np.pad(self.array, ((top, bottom), (left, right), (0, 0))), self.curve)

    def rgb(self, box: Box | None = None) -> np.ndarray:
        """HxWx3 float32, sRGB-like curve, 0..1 (float pictures may go beyond). NaN and infinity read as 0."""
        part = self.array[(box or self.box).slices][..., : self.colours]
        values = colour.decode(part, self.curve)
        return np.repeat(values, 3, axis=2) if self.colours == 1 else values

    def alpha(self, box: Box | None = None) -> np.ndarray:
        """HxW float32, 0..1; all ones where the picture has no alpha."""
        box = box or self.box
        if not self.has_alpha:
            return np.ones((box.height, box.width), np.float32)
        return colour.decode(self.array[box.slices][..., -1:], "perceptual")[..., 0]

    def like(self, rgb: np.ndarray, alpha: np.ndarray | None = None) -> "Picture":
        """A new picture in this one's encoding from HxWx3 float32 perceptual RGB and HxW alpha (kept only if given)."""
        if self.colours == 1:
            rgb = rgb @ LUMINANCE
        array = colour.encode(rgb, self.array.dtype, self.curve)
        if alpha is not None:
            array = np.concatenate([array, colour.encode(alpha[..., None], self.array.dtype, "perceptual")], axis=2)
        return Picture(array, self.curve)


def alike(pictures: Sequence[Picture]) -> list[Picture]:
    """The pictures in one encoding that holds all of theirs; with colours or alpha where one of them has any."""
    number = np.result_type(*(picture.array.dtype for picture in pictures))
    curves = {picture.array.dtype.kind: picture.curve for picture in pictures}
    alpha = any(picture.has_alpha for picture in pictures)
    channels = max(picture.colours for picture in pictures) + alpha
    model = Picture(np.zeros((1, 1, channels), number), curves.get(number.kind, pictures[0].curve))

    def is_so(picture: Picture) -> bool:
        return (picture.array.dtype, picture.curve, picture.array.shape[2]) == (number, model.curve, channels)

    return [p if is_so(p) else model.like(p.rgb(), p.alpha() if alpha else None) for p in pictures]
