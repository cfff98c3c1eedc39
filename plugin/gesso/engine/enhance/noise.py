"""How noisy is a picture: the strength of white noise, from where the picture itself is quiet."""

import numpy as np

from gesso.engine.colour import decode
from gesso.engine.image import Picture

FULL = 255  # strengths are in 8-bit steps, as in the papers
UNSEEN = 0.5  # below this strength the rounding to 8 bits is the larger error: nothing is to be done
PATCH = 8
PATCHES = 20_000  # looked at, spread over the picture
QUIET = 0.03  # share of them that is measured, but not fewer than FEWEST
FEWEST = 50
CLIPPED = 3  # pixels: where more of a patch is black or white, its noise has been cut off
TEXTURE = 0.2  # how much of the variance of a texture's coarse waves its fine waves have
CUT_NOISE = 0.5  # the variance of pure noise's coarse waves in the patches chosen for having little of it

_k = np.arange(PATCH)
DCT = np.where(_k[:, None] > 0, 1, 0.5**0.5) * np.cos(np.pi * (2 * _k + 1) * _k[:, None] / (2 * PATCH)) / 2
WAVE = _k[:, None] + _k  # 0 is the mean, 14 a chess board


def measure_noise(picture: Picture) -> float:
    """Standard deviation of the noise in 8-bit steps, median of the channels; 0 for pictures too small to tell.

    Ponomarenko et al., "An automatic approach to lossy compression of AVIRIS images", IGARSS 2007: the fine waves of
    the patches that have the weakest coarse waves. White noise has as much of both; what a texture adds to the fine
    waves is estimated from its coarse ones and taken off, so that a clean lawn is not taken for noise.
    """
    if min(picture.width, picture.height) < 2 * PATCH:
        return 0.0
    colours = picture.array[..., : picture.colours]
    windows = np.lib.stride_tricks.sliding_window_view(colours, (PATCH, PATCH), axis=(0, 1))
    step = max(1, int((windows.shape[0] * windows.shape[1] / PATCHES) ** 0.5))
    channels = np.moveaxis(decode(windows[::step, ::step], picture.curve), 2, 0)
    return FULL * float(np.median([_spread(channel.reshape(-1, PATCH, PATCH)) for channel in channels]))


def _spread(patches: np.ndarray) -> float:
    """Standard deviation of the noise in NxPATCHxPATCH numbers of full scale 1."""
    whole = ((patches <= 0) | (patches >= 1)).sum(axis=(1, 2)) <= CLIPPED
    if whole.sum() >= FEWEST:
        patches = patches[whole]
    energy = np.square(DCT @ patches @ DCT.T)
    coarse = energy[:, (WAVE > 0) & (WAVE <= 6)].mean(axis=1)
    quiet = np.argsort(coarse)[: max(FEWEST, int(QUIET * len(coarse)))]
    fine = np.median(energy[quiet][:, WAVE >= 9].mean(axis=0))
    variance = (fine - TEXTURE * coarse[quiet].mean()) / (1 - TEXTURE * CUT_NOISE)
    return float(max(0.0, variance)) ** 0.5
