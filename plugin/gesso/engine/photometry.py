"""How bright, contrasty, tinted and colourful a picture is, as five numbers: those of export/vae/model.py."""

import numpy as np

from gesso.engine import oklab

LEAST = (0.02, 0.01)  # deviation of light and of colour that a picture is taken to have at least


def photometry(rgb: np.ndarray) -> np.ndarray:
    """5 numbers of HxWx3 perceptual RGB: mean and deviation of Oklab's L, means of a and b, deviation of both."""
    lab = oklab.to_lab(rgb).reshape(-1, 3)
    light, red, yellow = lab.mean(0)
    square = lab.var(0)
    spreads = np.sqrt([square[0] + LEAST[0] ** 2, square[1] + square[2] + LEAST[1] ** 2])
    return np.array([light, spreads[0], red, yellow, spreads[1]])
