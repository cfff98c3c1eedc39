"""What a network of your own learns to undo. Change this file."""

import io

import cv2
import numpy as np
from PIL import Image


def damage(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """H x W x 3 uint8 RGB, a good picture -> the same, as bad as the ones you have.

    As it stands: a little out of focus, then saved as JPEG of quality 10 to 60.
    """
    blurred = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.1, 1.2))
    file = io.BytesIO()
    Image.fromarray(blurred).save(file, "JPEG", quality=int(rng.integers(10, 61)))
    return np.asarray(Image.open(file))
