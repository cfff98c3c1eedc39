"""How blurred is a picture, and what can be had back by arithmetic alone."""

import cv2
import numpy as np

from gesso.engine.image import LUMINANCE, Picture

AGAIN = 1.0  # blur that is added to see how much an edge loses by it, pixels
STRONG = 0.01  # share of the pixels that are taken for edges
SHARPEST = 0.3  # the edges are blurred at least this much: share of them below the answer
OWN = 0.65  # what the pixels of a sharp photograph look like by this measure, pixels
MISSED = 1.1  # photographs blurred by 1 to 3 pixels measure a tenth too little
SEEN = 2048  # side of the part that is looked at, from the middle
TRUST = 0.009  # share of noise in the picture's power at the finest waves, for noise of 1/255
ROUNDING = 1 / 12  # variance of rounding to 8 bits


def measure_blur(picture: Picture) -> float:
    """Standard deviation of the Gaussian that blurred the picture's sharpest edges, pixels; 0 where it is sharp.

    Zhuo & Sim, "Defocus map estimation from a single image", 2011: blurred once more, a sharp edge loses more of its
    slope than a soft one.
    """
    left, top = (max(0, (side - SEEN) // 2) for side in (picture.width, picture.height))
    part = Picture(picture.array[top : top + SEEN, left : left + SEEN], picture.curve)
    luma = (part.rgb() @ LUMINANCE)[..., 0]
    first = slopes(luma)
    edges = first >= max(np.quantile(first, 1 - STRONG), 1e-3)
    if not edges.any():
        return 0.0
    ratio = first[edges] / np.maximum(slopes(cv2.GaussianBlur(luma, (0, 0), AGAIN))[edges], 1e-6)
    widths = AGAIN / np.sqrt(np.maximum(np.square(ratio) - 1, 1e-3))
    return MISSED * float(max(0.0, np.quantile(widths, SHARPEST) ** 2 - OWN**2)) ** 0.5


def slopes(luma: np.ndarray) -> np.ndarray:
    """HxW -> length of the gradient, HxW."""
    return np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1))


def deconvolve(pixels: np.ndarray, blur: float, noise: float) -> np.ndarray:
    """HxWx3 float32 without a Gaussian blur of `blur` pixels, as far as `noise` (standard deviation of 255) allows.

    Wiener's filter, in the cosine domain, where a symmetric blur with reflected borders is a plain product. The power
    of a photograph is taken to fall with the wave number. Sides must be even.
    """
    rows, columns = (np.pi * np.arange(side, dtype=np.float32) / side for side in pixels.shape[:2])
    square = rows[:, None] ** 2 + columns**2
    kept = np.exp(-0.5 * blur * blur * square)
    gain = kept / (kept * kept + TRUST * (noise * noise + ROUNDING) * np.sqrt(square))
    gain = gain.astype(np.float32)
    planes = [cv2.dct(np.ascontiguousarray(plane)) * gain for plane in cv2.split(pixels)]
    return cv2.merge([cv2.dct(plane, flags=cv2.DCT_INVERSE) for plane in planes])
