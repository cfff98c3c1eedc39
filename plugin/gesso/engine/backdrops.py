"""Soft backdrops from words: a rectified flow paints about a thousand pixels, which are enlarged.

They are enlarged as an out-of-focus lens would show them.
"""

import cv2
import numpy as np

from gesso.engine.progress import Progress
from gesso.engine.sampler import Velocity, network_velocity, sample
from gesso.engine.session import Network

SMOOTH = 8  # enlargement with blurred corners; what remains of it is linear
BLUR, COLOUR_BLUR = 1.0, 2.0  # in painted pixels; the eye forgives soft colour, and not mottled colour


def paint_backdrops(
    network: Network, words: list[str], noise: np.ndarray, guidance: float, progress: Progress
) -> np.ndarray:
    """One picture for each row of `noise` (NxK float32, standard normal): NxHxWx3 float32 perceptual RGB, 0..1, small.

    words: of the network's card. guidance: see `guided`.
    """
    known, count = network.card.facts["words"], len(noise)
    worded = np.array([[word in words for word in known]] * count, np.float32)
    rows = np.concatenate([worded, np.zeros_like(worded)])
    velocity = guided(network_velocity(network, rows, progress), guidance)
    latent = sample(velocity, noise, network.card.facts["flow"]["steps"], progress)
    end = {"latent": latent, "time": np.ones(count, np.float32), "words": worded}
    return network.run(end, progress)["image"].transpose(0, 2, 3, 1).clip(0, 1)


def guided(velocity: Velocity, guidance: float) -> Velocity:
    """Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598) of a velocity given with and without words.

    guidance 1 follows the words as they were trained, 0 ignores them, more exaggerates them.
    """

    def combined(latent: np.ndarray, time: float) -> np.ndarray:
        worded, free = np.split(velocity(np.concatenate([latent, latent]), time), 2)
        return free + guidance * (worded - free)

    return combined


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
