"""What the restoration nets learn to undo. Each damage takes a batch of good pictures and gives what the net is told.

A damage: (N x H x W x 3 uint8 crops, N levels, rng, device) -> (the inputs of the net, the truth N x 3 x H x W).
"""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from gesso.engine.enhance.focus import deconvolve
from gesso.engine.enhance.jpeg import expected_error
from torch.nn import functional as F

from export.training import images

Damage = Callable[
    [np.ndarray, np.ndarray, np.random.Generator, torch.device], tuple[tuple[torch.Tensor, ...], torch.Tensor]
]
FULL = 255  # levels of noise are in 8-bit steps, as in the papers
CORRELATED, GREY = 0.2, 0.1  # shares of the noisy samples
SUBSAMPLED, SHIFTED = 0.7, 0.25  # shares of the JPEG samples
GRAIN = 2.0  # strongest noise of a blurred picture


def column(values: np.ndarray, device: torch.device) -> torch.Tensor:
    """N numbers -> N x 1 x 1 x 1 float32."""
    return torch.from_numpy(np.asarray(values, np.float32)).to(device)[:, None, None, None]


def share(part: float, count: int, rng: np.random.Generator, device: torch.device) -> torch.Tensor:
    """1 for a random `part` of the samples and 0 for the others, count x 1 x 1 x 1."""
    return column(rng.random(count) < part, device)


def noisy(
    batch: np.ndarray, levels: np.ndarray, rng: np.random.Generator, device: torch.device
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """White Gaussian noise of 0..55, clipped and rounded to 8 bits as a picture file would have it.

    A share of it is correlated between neighbours, as demosaicing and scaling leave it, and some pictures are grey,
    with the same noise in every channel.
    """
    clean, sigma = images(batch, device), column(levels / FULL, device)
    correlated, grey = (share(part, len(batch), rng, device) for part in (CORRELATED, GREY))
    clean = torch.lerp(clean, clean.mean(1, keepdim=True), grey)
    noise = torch.from_numpy(rng.standard_normal(clean.shape, np.float32)).to(device)
    noise = torch.lerp(noise, noise[:, :1], grey)
    smooth = torch.tensor([[1.0, 2, 1], [2, 8, 2], [1, 2, 1]], device=device)
    smooth = (smooth / smooth.square().sum().sqrt()).expand(3, 1, 3, 3)  # keeps the variance
    noise = torch.lerp(noise, F.conv2d(F.pad(noise, (1, 1, 1, 1), "reflect"), smooth, groups=3), correlated)
    return (((clean + sigma * noise).clamp(0, 1) * FULL).round() / FULL, sigma), clean


def compressed(
    batch: np.ndarray, levels: np.ndarray, rng: np.random.Generator, device: torch.device
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """JPEG of quality 100 minus the level. Its blocks begin at the picture's corner, but for a share of the samples."""
    quality = 100 - np.rint(levels)
    bad = []
    for picture, q in zip(batch, quality, strict=True):
        down, right = rng.integers(0, 8, 2) if rng.random() < SHIFTED else (0, 0)
        bad.append(jpeg(cv2.copyMakeBorder(picture, down, 0, right, 0, cv2.BORDER_REFLECT_101), q, rng)[down:, right:])
    sigma = column(np.array([expected_error(q) for q in quality]), device)
    return (images(np.stack(bad), device), sigma), images(batch, device)


def jpeg(picture: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """H x W x 3 uint8 RGB as it comes back from a JPEG file, most often with halved colours."""
    halved = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if rng.random() < SUBSAMPLED else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    how = [cv2.IMWRITE_JPEG_QUALITY, int(quality), cv2.IMWRITE_JPEG_SAMPLING_FACTOR, halved]
    _, file = cv2.imencode(".jpg", picture[..., ::-1], how)
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR))[..., ::-1]


def blurred(
    batch: np.ndarray, levels: np.ndarray, rng: np.random.Generator, device: torch.device
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """A Gaussian blur of `levels` pixels, faint noise, rounded to 8 bits; and what deconvolution makes of it."""
    bad, guess = [], []
    for picture, sigma in zip(batch, levels, strict=True):
        soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), max(sigma, 1e-3), borderType=cv2.BORDER_REFLECT)
        grain = rng.uniform(0, GRAIN)
        soft += grain * rng.standard_normal(soft.shape, np.float32)
        bad.append(np.clip(np.rint(soft), 0, FULL).astype(np.uint8))
        measured = grain * rng.uniform(0.8, 1.2)  # as well as the noise can be told from the picture
        guess.append(deconvolve(bad[-1] / np.float32(FULL), sigma, measured))
    sharper = torch.from_numpy(np.stack(guess)).to(device).permute(0, 3, 1, 2)
    return (images(np.stack(bad), device), sharper, column(levels, device)), images(batch, device)
