"""Putting a net's change back onto the original numbers."""

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine import colour
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.membrane import fill_membrane


def add_change(picture: Picture, box: Box, change: np.ndarray) -> np.ndarray:
    """The pixels of `box` with `change` added, in the picture's own encoding, alpha kept.

    change: HxWx3 float32, perceptual. Where it is exactly 0 the original numbers come back bit for bit, whatever they
    are (NaN too); elsewhere the information below 8 bits survives, because the net's rounding never enters.
    Returns HxWxC of the picture's dtype.
    """
    original = picture.array[box.slices]
    changed = picture.like(picture.rgb(box) + change, picture.alpha(box) if picture.has_alpha else None).array
    touched = change.any(axis=2, keepdims=True)
    if picture.colours == 1:
        touched = change @ LUMINANCE != 0
    result = np.where(touched, changed, original)
    if picture.has_alpha:
        result[..., -1] = original[..., -1]
    return result


def spread_colours(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Fill fully transparent pixels with the colours around them, so that nets see no black edges.

    rgb HxWx3 float32, alpha HxW; the colours are continued by a membrane. Opaque pictures come back as they are.
    """
    if alpha.min() > 0:
        return rgb
    return fill_membrane(rgb, alpha <= 0)


def lay(base: Picture, layer: Picture, x: int, y: int, mask: np.ndarray | None, over: bool) -> Picture:
    """`base` with `layer` put at (x, y), through `mask` (HxW of base, 0..1; None = everywhere).

    over: the layer's alpha is its coverage (a pasted layer); otherwise it replaces what is there, alpha included.
    Pixels of no weight keep their numbers bit for bit, pixels of full weight take the layer's where it is of the same
    encoding; a layer of another one is brought into that of `base`.
    """
    box = Box(x, y, layer.width, layer.height).clip(base.box)
    layer = layer.crop(box.shift(-x, -y))
    weight = np.ones((box.height, box.width), np.float32) if mask is None else mask[box.slices]
    shown = weight * layer.alpha()  # of the layer
    gone = shown if over else weight  # of what is there
    covered = shown + base.alpha(box) * (1 - gone)
    share = shown / np.maximum(covered, 1e-6)
    rgb = base.rgb(box)
    mixed = base.like(rgb + (layer.rgb() - rgb) * share[..., None], covered if base.has_alpha else None).array
    alike = (layer.array.dtype, layer.curve, layer.colours) == (base.array.dtype, base.curve, base.colours)
    exact = alike and (layer.has_alpha or not base.has_alpha) and not (over and base.has_alpha)
    replaced = layer.array[..., : mixed.shape[2]] if exact else mixed
    array = np.array(base.array)
    part = np.where(gone[..., None] >= 1, replaced, mixed)
    array[box.slices] = np.where(gone[..., None] > 0, part, array[box.slices])
    return Picture(array, base.curve)


def hide(base: Picture, mask: Picture, x: int, y: int) -> Picture:
    """`base` with an alpha channel that is 0 outside of `mask` (grey, at (x, y)), colours kept bit for bit."""
    whole = np.zeros((base.height, base.width, 1), base.array.dtype)
    box = Box(x, y, mask.width, mask.height)
    whole[box.slices] = mask.array
    if base.has_alpha:
        both = base.alpha()[..., None] * colour.decode(whole, "perceptual")
        whole = colour.encode(both, base.array.dtype, "perceptual")
    return Picture(np.concatenate([base.array[..., : base.colours], whole], axis=2), base.curve)


def on_canvas(mask: np.ndarray, base: Picture, x: int, y: int) -> Picture:
    """`mask` (HxW bool) put at (x, y) of an 8-bit grey picture of the size of `base`: 255 where it is True, else 0."""
    array = np.zeros((base.height, base.width, 1), np.uint8)
    array[Box(x, y, mask.shape[1], mask.shape[0]).slices][mask] = 255
    return Picture(array)
