"""Oklab (Björn Ottosson 2020, "A perceptual color space for image processing"): mixtures in it stay clear and even.

L is 0 (black) to 1 (white), a from green to red, b from blue to yellow; chroma and hue are the polar form of (a, b).
"""

import numpy as np

from gesso.engine import colour

CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
CONES_BACK, LAB_BACK = (np.linalg.inv(matrix).astype(np.float32) for matrix in (CONES, LAB))


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """... x 3 perceptual sRGB, 0..1 -> ... x 3 Oklab, float64."""
    return np.cbrt(colour.to_linear(np.asarray(rgb, np.float64)) @ CONES.T) @ LAB.T


def to_rgb(lab: np.ndarray) -> np.ndarray:
    """... x 3 Oklab, float32 -> ... x 3 perceptual sRGB, float32; what sRGB does not hold is clipped to 0..1."""
    linear = (lab @ LAB_BACK.T) ** 3 @ CONES_BACK.T
    return colour.to_perceptual(linear.clip(0, 1))


def from_polar(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """Oklab of a lightness 0..1, a chroma (0 to about 0.3) and a hue in degrees."""
    angle = np.deg2rad(hue)
    return lightness, float(chroma * np.cos(angle)), float(chroma * np.sin(angle))
