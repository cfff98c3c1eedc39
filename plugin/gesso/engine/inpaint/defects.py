"""Where a picture is damaged: scratches, dust, hairs and creases, found by a network (export/repair).

It looks twice: at the picture, and at one half as large, where what is wide is as narrow as what it learnt. What it is
sure of counts, and what is connected with that and somewhat likely (hysteresis: Canny 1986), so that a scratch does not
end where it grows faint.
"""

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.progress import Progress
from gesso.engine.session import Network
from gesso.engine.tiling import run_tiled

RIM = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))  # the soft edge of what was found belongs to it
SURE, CONNECTED = 100.0, 6.0  # odds that a pixel is damaged, at a sensitivity of 50
PER_ODDS = 40  # percent of sensitivity that a factor of ten of the odds is worth


def find_defects(picture: Picture, network: Network, sensitivity: float, progress: Progress) -> np.ndarray:
    """HxW bool, True on defects. sensitivity: 0 to 100, in percent."""
    sure, likely = (np.zeros((picture.height, picture.width), bool) for _ in range(2))
    less = 10 ** ((50 - sensitivity) / PER_ODDS)
    card = network.card

    def marks(rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        half = cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        fine, coarse = (network.paint(view, progress, gives="mask") for view in (rgb, half))
        return np.maximum(fine, cv2.resize(coarse, (width, height))[..., None])

    def write(part: Box, chance: np.ndarray) -> None:
        for plane, odds in ((sure, SURE * less), (likely, CONNECTED * less)):
            plane[part.slices] = chance[..., 0] > odds / (1 + odds)

    run_tiled(picture.box, picture.rgb, marks, write, progress, card.tile, card.halo, 2 * card.multiple, 1, card.least)
    count, parts = cv2.connectedComponents(likely.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[parts[sure]] = True
    return cv2.dilate(kept[parts].astype(np.uint8), RIM) > 0
