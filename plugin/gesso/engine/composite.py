"""Putting a net's change back onto the original numbers."""

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.image import Picture


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
        touched = np.abs(change.mean(axis=2, keepdims=True)) > 0
    result = np.where(touched, changed, original)
    if picture.has_alpha:
        result[..., -1] = original[..., -1]
    return result


def spread_colours(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Fill fully transparent pixels with the colours around them, so that nets see no black edges.

    rgb HxWx3 float32, alpha HxW; push-pull on a pyramid (Gortler et al. 1996). Opaque pictures come back as they are.
    """
    if alpha.min() > 0:
        return rgb
    from gesso.engine.membrane import fill_membrane

    return fill_membrane(rgb, alpha <= 0)
