"""Where a picture is damaged: scratches, dust, hairs and creases, found by their shape. No network.

What is thinner than SIDE pixels and brighter (or darker) than what lies on all sides of it stands out as a top-hat
(Meyer 1979); what is long, too, as a ridge: the mean along a line against the means beside it, in any direction, which
texture does not survive. Both are measured against their own level around, so that grass is no dust. Connected pixels
that stand out are a candidate; logistic regression on eight numbers about it decides (the weights are fitted by
`python -m export.inpaint.defects`). Found twice: on the picture, and on one half as large.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.inpaint.weights import BIAS, WEIGHTS
from gesso.engine.progress import Progress
from gesso.engine.tiling import run_tiled

TILE, SEEN = 1024, 96  # pixels
SIDE = 9  # pixels: what is thinner can be found
AROUND = 61  # side of the surroundings, pixels
LINE, BESIDE, DIRECTIONS = 31, 4, 16  # length of a ridge and distance of what lies beside it, pixels
NOISE = {"spot": 1.5 / 255, "line": 0.5 / 255}  # added to the level around, of full scale
OUTSTANDING = {"spot": 2.5, "line": 3.0}  # times the level around: a candidate
LEAST = 4  # pixels
CLEAR, LONG = 15.0, 300.0  # what stands out more, or is longer, counts as this much: the weights know no more
RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))  # the soft edge of what was found belongs to it


def find_defects(picture: Picture, sensitivity: float, progress: Progress) -> np.ndarray:
    """HxW bool, True on defects. sensitivity: 0 to 100, in percent; 10 more make a candidate 2.7 times as likely."""
    found = np.zeros((picture.height, picture.width), bool)
    doubt = 5.5 - sensitivity / 10

    def write(part: Box, marked: np.ndarray) -> None:
        found[part.slices] = marked[..., 0] > 0

    run_tiled(picture.box, picture.rgb, lambda rgb: marks(rgb.mean(axis=2), doubt), write, progress, TILE, SEEN, 2)
    return found


def marks(grey: np.ndarray, doubt: float) -> np.ndarray:
    """HxWx1 uint8, 1 on the defects of `grey` (HxW float32, perceptual, sides even) whose log odds exceed `doubt`."""
    height, width = grey.shape
    result = np.zeros((height, width), bool)
    for view in (grey, cv2.resize(grey, (width // 2, height // 2), interpolation=cv2.INTER_AREA)):
        sure = np.zeros(view.shape, bool)
        for kind, labels, numbers in candidates(view):
            sure |= (odds(kind, numbers) > doubt)[labels]
        result |= cv2.resize(sure.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return cv2.dilate(result.astype(np.uint8), RIM)[..., None]


def odds(kind: str, numbers: np.ndarray) -> np.ndarray:
    """Log odds, N, that candidates with these `numbers` (see `candidates`) are defects; background is none."""
    known = np.isfinite(numbers[:, 0])
    return np.where(known, squares(np.nan_to_num(numbers)) @ np.array(WEIGHTS[kind]) + BIAS[kind], -np.inf)


def squares(numbers: np.ndarray) -> np.ndarray:
    """NxM numbers and their products in pairs, NxM(M+3)/2."""
    first, second = np.triu_indices(numbers.shape[1])
    return np.concatenate([numbers, numbers[:, first] * numbers[:, second]], axis=1)


def candidates(grey: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Spots and lines, bright and dark: the kind, HxW int32 labels (0: none) and one row of numbers for each label.

    The numbers are logarithms of: how far it stands out against the level around, on average, and its peak against
    that; its contrast; its length and width in pixels; how many other pixels stand out around it; how far it spreads
    sideways against its width; how far it stands out as the other kind. NaN for 0 and for what is too small.
    """
    side = np.ones((SIDE, SIDE), np.uint8)
    hats = (grey - cv2.morphologyEx(grey, cv2.MORPH_OPEN, side), cv2.morphologyEx(grey, cv2.MORPH_CLOSE, side) - grey)
    lines = ridges(grey)
    usual_hat = np.maximum(usual(hats[0]), usual(hats[1])) + NOISE["spot"]
    usual_line = np.maximum(usual(lines[0]), usual(lines[1])) + NOISE["line"]
    for hat, line in zip(hats, lines, strict=True):
        spot_level, line_level = (np.minimum(part, CLEAR) for part in (hat / usual_hat, line / usual_line))
        yield "spot", *measured(spot_level > OUTSTANDING["spot"], spot_level, hat, line_level)
        thin = (line_level > OUTSTANDING["line"]) & (hat > line / 2)
        yield "line", *measured(thin, line_level, line, spot_level)


def ridges(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far a line through each pixel is brighter, and how far darker, than what is on both sides; 0 and more."""
    bright, dark = np.zeros_like(grey), np.zeros_like(grey)
    picture = Box(0, 0, grey.shape[1], grey.shape[0])
    for angle in np.pi * np.arange(DIRECTIONS) / DIRECTIONS:
        along = np.array((np.cos(angle), np.sin(angle)))
        middle = np.full(2, LINE // 2)
        start, end = (np.round(16 * (middle + way * along * middle)).astype(int).tolist() for way in (-1, 1))  # 1/16 px
        pen = np.zeros((LINE, LINE), np.uint8)
        cv2.line(pen, start, end, (255,), 1, cv2.LINE_AA, 4)
        mean = cv2.filter2D(grey, -1, pen / np.float32(pen.sum()), borderType=cv2.BORDER_REFLECT_101)
        wide = cv2.copyMakeBorder(mean, *(BESIDE,) * 4, cv2.BORDER_REFLECT_101)
        down, right = np.round(BESIDE * along).astype(int).tolist()  # at right angles to (right, down)
        places = (picture.shift(BESIDE - right, BESIDE + down), picture.shift(BESIDE + right, BESIDE - down))
        beside = [wide[place.slices] for place in places]
        np.maximum(bright, mean - np.maximum(*beside), out=bright)
        np.maximum(dark, np.minimum(*beside) - mean, out=dark)
    return bright, dark


def usual(values: np.ndarray) -> np.ndarray:
    """The mean around each pixel, of which what stands out far is no part."""
    return around(np.minimum(values, 2 * around(values)))


def around(values: np.ndarray) -> np.ndarray:
    return cv2.blur(values, (AROUND, AROUND), borderType=cv2.BORDER_REFLECT_101)


def measured(
    standing: np.ndarray, level: np.ndarray, contrast: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of the connected parts of `standing` (HxW bool), and their numbers (see `candidates`), Nx8."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(standing.astype(np.uint8), connectivity=8)
    of = labels[standing]
    area = np.maximum(np.bincount(of, minlength=count), 1).astype(float)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(of, weights=values, minlength=count) / area

    peak = np.zeros(count)
    np.maximum.at(peak, of, level[standing])
    rows, columns = (steps - mean(steps)[of] for steps in np.nonzero(standing))
    down, right, slant = mean(rows * rows) + 1 / 12, mean(columns * columns) + 1 / 12, mean(rows * columns)
    half = np.hypot((down - right) / 2, slant)  # of the difference between the two principal moments
    longer, shorter = ((down + right) / 2 + half, np.maximum((down + right) / 2 - half, 1 / 12))
    length = np.maximum(np.sqrt(12 * longer), 0.7 * np.hypot(boxes[:, 2], boxes[:, 3]))
    width = area / length
    near = mean(around(standing.astype(np.float32))[standing]) * AROUND**2
    crowd = 1 + np.maximum(near - np.minimum(area, AROUND * width), 0)
    out, sideways = mean(level[standing]), np.sqrt(12 * shorter) / width
    numbers = (out, peak / np.maximum(out, 1e-3), mean(contrast[standing]), np.minimum(length, LONG), width, crowd,
               sideways, mean(other[standing]))  # fmt: skip
    table = np.log(np.maximum(np.stack(numbers, axis=1), 1e-3))
    table[area < LEAST] = np.nan
    table[0] = np.nan
    return labels, table
