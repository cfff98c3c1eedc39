"""Eight bits without bands: triangular noise of one step, in which wide soft gradients dissolve."""

import numpy as np

from gesso.engine import colour


def to_8_bits(rgb: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """HxWx3 float32, perceptual 0..1 -> uint8."""
    array = np.empty(rgb.shape, np.uint8)
    for row, line in enumerate(rgb):
        noise = random.random(line.shape, np.float32) - random.random(line.shape, np.float32)
        array[row] = colour.encode(line + noise / 255, array.dtype, "perceptual")
    return array
