"""Train the denoising net: python -m export.denoise.train FOLDER

White Gaussian noise of a random level, clipped and rounded to 8 bits as a picture file would have it. A
share of the samples has noise that is correlated between neighbours, as demosaicing and scaling leave
it; some are grey, with the same noise in every channel; and a few are clean, so that clean pictures
are left alone.
"""

import numpy as np
import torch
from torch.nn import functional as F

from export.data import crops, detailed, load_pictures, split
from export.denoise.model import Denoise
from export.training import Run, images, options, psnr

BATCH, SIZE = 8, 96
HELD = (16, 192)  # held-out crops for validation, and their side
STRONGEST = 55  # noise level in 8-bit steps
CLEAN, CORRELATED, GREY = 0.05, 0.2, 0.1  # shares of the samples


def noise_levels(count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` noise levels in [0, STRONGEST] / 255, the weaker ones more often, float32."""
    levels = STRONGEST / 255 * rng.random(count) ** 1.5
    levels[rng.random(count) < CLEAN] = 0
    return levels.astype(np.float32)


def share(part: float, count: int, rng: np.random.Generator, device: torch.device) -> torch.Tensor:
    """1 for a random `part` of the samples and 0 for the others, count x 1 x 1 x 1."""
    return torch.from_numpy(rng.random(count) < part).to(device, torch.float32)[:, None, None, None]


def add_noise(clean: torch.Tensor, sigma: torch.Tensor, correlated: torch.Tensor, grey: torch.Tensor) -> torch.Tensor:
    """Noise of standard deviation `sigma`, smoothed where `correlated` is 1, equal in all channels where `grey` is 1.

    clean: N x 3 x H x W in [0, 1]; the others N x 1 x 1 x 1.
    """
    noise = torch.randn_like(clean)
    noise = torch.lerp(noise, noise[:, :1], grey)
    smooth = torch.tensor([[1.0, 2, 1], [2, 8, 2], [1, 2, 1]], device=clean.device)
    smooth = (smooth / smooth.square().sum().sqrt()).expand(3, 1, 3, 3)  # keeps the variance
    noise = torch.lerp(noise, F.conv2d(F.pad(noise, (1, 1, 1, 1), "reflect"), smooth, groups=3), correlated)
    return ((clean + sigma * noise).clamp(0, 1) * 255).round() / 255


@torch.no_grad()
def validate(run: Run, clean: torch.Tensor) -> str:
    """PSNR of the averaged net, and of its input, on held-out crops."""
    parts, none = [], torch.zeros(len(clean), 1, 1, 1, device=clean.device)
    for level in (5, 15, 25, 50):
        sigma = torch.full((len(clean), 1, 1, 1), level / 255, device=clean.device)
        noisy = add_noise(clean, sigma, none, none)
        parts.append(f"{level}: {psnr(run.average(noisy, sigma), clean):.2f} ({psnr(noisy, clean):.2f})")
    untouched = run.average(clean, none)
    return f"validation psnr {', '.join(parts)}, clean {psnr(untouched, clean):.1f}"


def main() -> None:
    chosen = options(__doc__, minutes=60).parse_args()
    train, held_out = split(load_pictures(chosen.data, detailed))
    run = Run("denoise", Denoise(), chosen, lr=1e-3)
    rng = np.random.default_rng(chosen.seed + run.steps)
    held = images(next(crops(held_out or train, *HELD, seed=0, scales=(0.4, 0.8))), run.device)
    for batch in crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, scales=(0.4, 0.8), leaves=0.1):
        clean = images(batch, run.device)
        sigma = torch.from_numpy(noise_levels(BATCH, rng)).to(run.device)[:, None, None, None]
        correlated, grey = (share(part, BATCH, rng, run.device) for part in (CORRELATED, GREY))
        clean = torch.lerp(clean, clean.mean(1, keepdim=True), grey)
        noisy = add_noise(clean, sigma, correlated, grey)
        with run.autocast():
            guess = run.model(noisy, sigma)
        done = run.step(F.l1_loss(guess.float(), clean))
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
