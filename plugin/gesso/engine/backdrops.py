"""Soft backdrops: a layout of about a thousand pixels, enlarged as an out-of-focus lens would show it."""

import cv2
import numpy as np

SMOOTH = 8  # enlargement with blurred corners; what remains of it is linear
BLUR, COLOUR_BLUR = 1.0, 2.0  # in painted pixels; the eye forgives soft colour, and not mottled colour


def soften(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 float32 0..1, blurred as far as the network's pictures need it: luma less than colour."""
    luma, colours = np.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), [1], axis=2)
    luma, colours = (
        cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        for part, sigma in ((luma, BLUR), (colours, COLOUR_BLUR))
    )
    return cv2.cvtColor(np.dstack([luma, colours]), cv2.COLOR_YCrCb2RGB).clip(0, 1)


def enlarge(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """The middle of HxWx3, smoothly interpolated, height x width x 3 float32."""
    rows, columns = rgb.shape[0] * SMOOTH, rgb.shape[1] * SMOOTH
    smooth = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(smooth, (0, 0), 0.7 * SMOOTH, borderType=cv2.BORDER_REPLICATE)  # hides the grid
    factor = max(width / columns, height / rows)
    seen_w, seen_h = max(1, round(width / factor)), max(1, round(height / factor))
    x, y = (columns - seen_w) // 2, (rows - seen_h) // 2
    middle = smooth[y : y + seen_h, x : x + seen_w]
    return cv2.resize(middle, (width, height), interpolation=cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA)
