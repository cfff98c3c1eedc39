"""Alignment: how one photo of a view must be bent to lie on another, taken with other exposure, focus or hands.

From coarse to fine: a shift by phase correlation (Kuglin & Hines 1975), then a homography by maximal correlation (ECC:
Evangelidis & Psarakis, "Parametric image alignment using enhanced correlation coefficient maximization", PAMI 2008),
or a plainer motion where that does as well: of two photos that share little, a homography would follow the noise.
Pictures are freed from their local brightness and contrast first, which differ between exposures.
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput

SIZES = (192, 512, 1280)  # longer side of the pictures compared, in turn; the kind of motion is chosen at the second
MOTIONS = (cv2.MOTION_TRANSLATION, cv2.MOTION_EUCLIDEAN, cv2.MOTION_AFFINE, cv2.MOTION_HOMOGRAPHY)
GAIN = 0.001  # of correlation that a richer kind of motion must bring
SURROUNDINGS = 0.015  # of the longer side: what "local" brightness and contrast are measured over
DARK = 0.01  # contrast below which a place counts as flat
STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-5)
BLUR = 5  # pixels, of the kernel that ECC smooths both pictures with
THIN = 16  # pixels: the shorter side is not shrunk below this, and where it is shorter nothing can be told
LEAST = 0.2  # correlation below which two pictures are not of one view


def find_alignment(still: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """The 3x3 float64 homography from places (x, y, 1) of `still` to places of `moving`, both HxW float32, perceptual.

    For cv2.warpPerspective with WARP_INVERSE_MAP. Of pictures too thin to tell, the identity. Raises BadInput where the
    two are not alike.
    """
    if min(still.shape) < THIN:
        return np.eye(3)
    matrix, motions, score = np.eye(3), MOTIONS[1:2], 0.0
    for step, size in enumerate(SIZES):
        scale = min(1.0, max(size / max(still.shape), THIN / min(still.shape)))
        below, above = (_flattened(_shrunk(picture, scale)) for picture in (still, moving))
        if step == 0:
            window = cv2.createHanningWindow(below.shape[::-1], cv2.CV_32F)
            matrix[:2, 2] = np.divide(cv2.phaseCorrelate(below, above, window)[0], scale)
        zoom = np.diag([scale, scale, 1.0])
        start, score = zoom @ matrix @ np.linalg.inv(zoom), -1.0
        for motion in MOTIONS if step == 1 else motions:
            reached, found = _correlated(below, above, start, motion)
            if reached > score + GAIN:
                score, matrix, motions = reached, np.linalg.inv(zoom) @ found @ zoom, (motion,)
    if score < LEAST:
        raise BadInput(
            "The layers do not show the same view, or one of them is too dark, too bright or too blurred to tell.",
            "Take the odd one out, or align them by hand and turn the alignment off.",
        )
    return matrix


def _correlated(still: np.ndarray, moving: np.ndarray, start: np.ndarray, motion: int) -> tuple[float, np.ndarray]:
    """(correlation, 3x3) by ECC from `start` on; no correlation where it does not converge."""
    rows = 3 if motion == cv2.MOTION_HOMOGRAPHY else 2
    begin = start[:rows].astype(np.float32)
    if motion == cv2.MOTION_TRANSLATION:
        begin[:, :2] = np.eye(2)
    everywhere = np.ones(moving.shape, np.uint8)
    try:
        reached, found = cv2.findTransformECC(still, moving, begin, motion, STOP, everywhere, BLUR)
    except cv2.error:
        return 0.0, start
    return reached, np.vstack([found, np.eye(3)[rows:]]).astype(np.float64)


def movement(matrix: np.ndarray, shape: tuple[int, ...]) -> float:
    """How far the homography moves the corner, of a picture of this height and width, that it moves most; pixels."""
    height, width = shape[:2]
    corners = np.array([[[0, 0]], [[width, 0]], [[0, height]], [[width, height]]], np.float64)
    return float(np.linalg.norm(cv2.perspectiveTransform(corners, matrix) - corners, axis=2).max())


def _shrunk(picture: np.ndarray, scale: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def _flattened(picture: np.ndarray) -> np.ndarray:
    """Each pixel's distance from the local mean in local standard deviations."""
    sigma = SURROUNDINGS * max(picture.shape)
    detail = picture - cv2.GaussianBlur(picture, (0, 0), sigma)
    return detail / (np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), sigma)) + DARK)
