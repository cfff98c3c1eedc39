"""Where each pixel of a picture is found in another one: dense optical flow, and how far it is to be believed.

DIS (Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016) both ways. Where there and back does not
end near the start, the flow is wrong or the place is hidden: it follows its believable surroundings instead, and far
from all of them it stands still. Two pictures of different things so get next to no flow.
"""

import cv2
import numpy as np

SIZE = 960  # longer side of the pictures compared
NEAR = 0.008  # of the longer side: an error of there-and-back from which on a flow is not believed
SPREAD = 0.015  # of the longer side: how far believed flow reaches into places with none
FLAT = 0.01  # standard deviation of brightness below which there is nothing to compare
FEW = (0.3, 0.6)  # belief around a place: with less it is chance, with more it counts in full


def find_flow(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(flow from first to second, its belief, flow from second to first, its belief).

    first, second: HxW float32 perceptual brightness; one of them may be darker and flatter than the other.
    Flows HxWx2 float32, pixels (x, y); beliefs HxW, 0..1.
    """
    height, width = first.shape
    scale = min(1.0, SIZE / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    a, b = (
        cv2.resize(p, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR) for p in (first, second)
    )
    b = (b - b.mean()) * ((a.std() + FLAT) / (b.std() + FLAT)) + a.mean()
    a, b = ((255 * p.clip(0, 1)).astype(np.uint8) for p in (a, b))
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    there, back = (_calculated(search, *pair) for pair in ((a, b), (b, a)))
    larger, found = np.array([width / size[0], height / size[1]], np.float32), []
    for flow, other in ((there, back), (back, there)):
        gap = np.linalg.norm(flow + pulled(other, flow), axis=2) / (NEAR * max(size))
        steadied, belief = _steadied(flow, np.exp(-np.square(gap)), SPREAD * max(size))
        steadied = np.asarray(cv2.resize(steadied, (width, height))) * larger
        found += [steadied, np.asarray(cv2.resize(belief, (width, height)))]
    return found[0], found[1], found[2], found[3]


def pulled(
    values: np.ndarray,
    flow: np.ndarray,
    top: int = 0,
    interpolation: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> np.ndarray:
    """`values` (HxW or HxWxC float32) as seen from where `flow` points: result(p) = values(p + flow(p)).

    `flow` may be of some rows only, from `top` on; the result then is of these.
    """
    height, width = flow.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(top, top + height, dtype=np.float32)[:, None]
    return cv2.remap(values, x, y, interpolation, borderMode=border)


def _calculated(search: cv2.DISOpticalFlow, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.asarray(search.calc(first, second, np.zeros((*first.shape, 2), np.float32)))


def _steadied(flow: np.ndarray, belief: np.ndarray, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """The flow where it is believed, else what is believed around, which fades to none; and the belief."""
    around = cv2.GaussianBlur(belief, (0, 0), spread)
    wide = cv2.GaussianBlur(belief, (0, 0), 4 * spread)
    company = ((wide - FEW[0]) / (FEW[1] - FEW[0])).clip(0, 1)
    smooth = cv2.GaussianBlur(flow * belief[..., None], (0, 0), spread) / np.maximum(around, 1e-3)[..., None]
    steadied = smooth + (flow - smooth) * belief[..., None]
    return steadied * company[..., None], belief * company
