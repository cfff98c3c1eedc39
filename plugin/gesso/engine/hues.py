"""Words for colour and brightness: not learnt but measured, so that they are true of the picture."""

import cv2
import numpy as np

COLOURS = (
    "black", "grey", "white", "red", "orange", "brown", "yellow", "green", "turquoise", "blue", "purple", "pink",
)  # fmt: skip
TONES = ("dark", "bright")

COLOUR_SHARE = 0.25  # of the pixels: from here on a picture "is" of that colour
DARK, BRIGHT = 0.3, 0.6  # mean of perceptual RGB
HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (160, "green"), (195, "turquoise"), (255, "blue"),
        (300, "purple"), (345, "pink"), (361, "red"))  # fmt: skip


def colour_shares(crops: np.ndarray) -> np.ndarray:
    """N x H x W x 3 uint8 RGB -> N x 12: the share of the pixels that a person would call by each of COLOURS."""
    count, height, width, _ = crops.shape
    flat = np.ascontiguousarray(crops).reshape(count * height, width, 3).astype(np.float32) / 255
    hue, saturation, value = np.moveaxis(cv2.cvtColor(flat, cv2.COLOR_RGB2HSV), 2, 0)
    edges, names = zip(*HUES, strict=True)
    name = np.array([COLOURS.index(n) for n in names])[np.searchsorted(edges, hue, side="right")]
    ruddy = (name == COLOURS.index("red")) | (name == COLOURS.index("orange"))
    name[ruddy & (value < 0.6) & (hue < 90)] = COLOURS.index("brown")
    name[(name == COLOURS.index("red")) & (value > 0.75) & (saturation < 0.5)] = COLOURS.index("pink")
    pale = saturation < 0.15
    name[pale] = COLOURS.index("grey")
    name[pale & (value > 0.8)] = COLOURS.index("white")
    name[value < 0.18] = COLOURS.index("black")
    name = name.reshape(count, -1)
    return np.stack([(name == index).mean(1) for index in range(len(COLOURS))], 1)


def tones(crops: np.ndarray) -> np.ndarray:
    """N x H x W x 3 uint8 RGB -> N x 2 bool: whether each of TONES holds."""
    level = crops.mean((1, 2, 3)) / 255
    return np.stack([level < DARK, level > BRIGHT], 1)
