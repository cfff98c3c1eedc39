"""Pictures <-> latents, by the folder's VAE.

Pictures are HxWx3 float32 perceptual RGB in 0..1, latents 1x4xhxw float32.
"""

import numpy as np

from gesso.contract.errors import ModelError
from gesso.engine.diffusion.parts import Folder, Part
from gesso.engine.diffusion.samplers import Draw
from gesso.engine.progress import Progress

CHANNELS = 4
FACTOR, FACTOR_XL = 0.18215, 0.13025  # of the latents' scale, where the folder does not say
LEAST, MOST = -30.0, 20.0  # of the logarithm of the variance, as in diffusers
FLAT = 1e-3


def factor(folder: Folder) -> float:
    """What the VAE's own numbers are multiplied by."""
    usual = FACTOR_XL if folder.two_encoders else FACTOR
    for part in ("vae_decoder", "vae_encoder"):
        if "scaling_factor" in (config := folder.config(f"{part}/config.json")):
            return float(config["scaling_factor"])
    return usual


def encode(encoder: Part, rgb: np.ndarray, progress: Progress) -> np.ndarray:
    """What the encoder gives for a picture: 1x8xhxw, mean and logarithm of the variance; or 1x4xhxw, drawn already."""
    return encoder.answer(rgb.transpose(2, 0, 1)[None] * 2 - 1, progress)


def drawn(given: np.ndarray, scale: float, draw: Draw) -> np.ndarray:
    """Latents from what `encode` gave."""
    if given.shape[1] == CHANNELS:
        return given * np.float32(scale)
    mean, log_variance = np.split(given, 2, axis=1)
    noise = draw(mean.shape)
    return (mean + np.exp(log_variance.clip(LEAST, MOST) / 2) * noise) * np.float32(scale)


def decode(decoder: Part, latents: np.ndarray, scale: float, progress: Progress) -> np.ndarray:
    """The picture, 0..1. Raises ModelError for one flat colour."""
    made = decoder.answer(latents / np.float32(scale), progress)
    if np.ptp(made) <= FLAT:
        raise ModelError(f"{decoder.title} gave one flat color.", "Try other words or settings, or another model.")
    return (made[0].transpose(1, 2, 0) / 2 + 0.5).clip(0, 1)


def small(hole: np.ndarray, pixels: int) -> np.ndarray:
    """HxW bool -> 1x1xhxw float32: 1 where any of the pixels x pixels of a latent is in the hole."""
    height, width = hole.shape[0] // pixels, hole.shape[1] // pixels
    blocks = hole[: height * pixels, : width * pixels].reshape(height, pixels, width, pixels)
    return np.asarray(blocks.any(axis=(1, 3)), np.float32)[None, None]
