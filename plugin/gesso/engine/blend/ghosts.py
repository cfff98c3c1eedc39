"""What moved between two exposures of one view."""

import cv2
import numpy as np

SIZE = 1024  # longer side of what is compared: movement shows there, noise does not
BLUR = 2.0  # pixels at that size, standard deviation: how far two photos may be out of line
GAP = (0.03, 0.1)  # perceptual brightness beyond the ordinary: none of it counts as movement .. all of it
NEAR = 5  # pixels at that size: what another pixel as near shows is ordinary too, since edges mix brightness
CUT = 0.01  # of brightness: as near to black or white the reference is cut off
BINS = 64
SHARES = (20, 50, 80)  # percentiles of brightness that tell what is ordinary
MARGIN = 9  # pixels at that size, by which moved things are taken larger than they look


def stayed(reference: np.ndarray, other: np.ndarray) -> np.ndarray:
    """HxW float32, 1 where the two show the same, 0 where something moved; both HxW float32 perceptual brightness.

    What `other` should show is told by what it mostly shows where the reference is as bright: the exposures may differ
    by any amount (the comparagram of Mann 2000; Grossberg & Nayar, "Determining the camera response from images", PAMI
    2003). Where the reference is cut off, all brightness is ordinary in the other, and nothing is held to have moved.
    """
    shape = reference.shape[::-1]
    scale = min(1.0, SIZE / max(shape))
    small = [cv2.resize(p, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for p in (reference, other)]
    base, have = (cv2.GaussianBlur(picture, (0, 0), BLUR) for picture in small)
    levels, (low, middle, high) = ordinary(base, have)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (NEAR, NEAR))
    darkest, brightest = cv2.erode(base, around), cv2.dilate(base, around)
    ends = np.interp(darkest, levels, middle), np.interp(brightest, levels, middle)
    beyond = np.maximum(np.minimum(*ends) - have, have - np.maximum(*ends)) - np.interp(base, levels, high - low)
    moved = ((beyond - GAP[0]) / (GAP[1] - GAP[0])).clip(0, 1).astype(np.float32)
    moved[(darkest <= CUT) | (brightest >= 1 - CUT)] = 0
    moved = cv2.dilate(moved, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (MARGIN, MARGIN)))
    return 1 - cv2.resize(cv2.GaussianBlur(moved, (0, 0), BLUR), shape, interpolation=cv2.INTER_LINEAR)


def ordinary(base: np.ndarray, have: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(levels N, percentiles 3xN): the SHARES of brightness of `have` wherever `base` is at each level."""
    bins = (base.clip(0, 1) * (BINS - 1)).round().astype(int).ravel()
    order = np.argsort(bins)
    there, starts = np.unique(bins[order], return_index=True)
    parts = np.split(have.ravel()[order], starts[1:])
    return there / (BINS - 1), np.transpose([np.percentile(part, SHARES) for part in parts])
