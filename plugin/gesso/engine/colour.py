"""Number formats and curves. Nets see perceptual (sRGB-curve) float32; pictures keep their own.

The curve is IEC 61966-2-1 (sRGB), mirrored for negative values so that float pictures with out-of-gamut
numbers survive. The picture's primaries are never changed: a wide-gamut picture is worked on in its own space.
"""

import numpy as np


def to_perceptual(linear: np.ndarray) -> np.ndarray:
    """Linear light -> the sRGB curve, of any shape and of either sign; 0 and 1 stay where they are."""
    size = np.abs(linear)
    return np.sign(linear) * np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)


def to_linear(perceptual: np.ndarray) -> np.ndarray:
    """The way back from `to_perceptual`."""
    size = np.abs(perceptual)
    return np.sign(perceptual) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def decode(array: np.ndarray, curve: str) -> np.ndarray:
    """Any number format -> float32 with 1.0 = full scale, on the perceptual curve. NaN and infinity become 0."""
    if array.dtype.kind == "u":
        values = array.astype(np.float32) if array.dtype.itemsize < 4 else array.astype(np.float64)
        values *= 1 / np.iinfo(array.dtype).max
    else:
        values = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    if curve == "linear":
        values = to_perceptual(values)
    return values.astype(np.float32, copy=False)


def encode(values: np.ndarray, dtype: np.dtype, curve: str) -> np.ndarray:
    """float32 perceptual -> `dtype` with `curve`. Integers are rounded and clipped to 0..1.

    Floats keep what lies beyond, as far as their format reaches: half floats end at 65504, and infinity is no light.
    """
    exact = values.astype(np.float64) if np.dtype(dtype).itemsize > 2 else values
    if curve == "linear":
        exact = to_linear(exact)
    if np.dtype(dtype).kind == "u":
        top = np.iinfo(dtype).max
        return np.clip(np.rint(exact * top), 0, top).astype(dtype)
    ends = np.finfo(dtype)
    return np.clip(exact, ends.min, ends.max).astype(dtype)
