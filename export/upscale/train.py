"""Train the super-resolution net: python -m export.upscale.train FOLDER

The small picture is the large one reduced by antialiased bicubic and rounded to 8 bits.
"""

import torch
from torch.nn import functional as F

from export.data import crops, detailed, load_pictures, split
from export.training import Run, images, options, psnr
from export.upscale.model import Upscale

SCALE = 2
BATCH, SIZE = 12, 96  # large pictures a step, and their side
HELD = (24, 192)  # held-out crops for validation, and their side


def reduce(large: torch.Tensor) -> torch.Tensor:
    """Antialiased bicubic to 1/SCALE, rounded to 8 bits. N x 3 x H x W in [0, 1]."""
    size = (large.shape[2] // SCALE, large.shape[3] // SCALE)
    small = F.interpolate(large, size, mode="bicubic", antialias=True, align_corners=False)
    return (small.clamp(0, 1) * 255).round() / 255


@torch.no_grad()
def validate(run: Run, large: torch.Tensor) -> str:
    """PSNR of the averaged net and of bicubic on held-out crops."""
    small = reduce(large)
    bicubic = F.interpolate(small, scale_factor=SCALE, mode="bicubic", align_corners=False)
    return f"validation psnr {psnr(run.average(small), large):.2f}, bicubic {psnr(bicubic, large):.2f}"


def main() -> None:
    chosen = options(__doc__, minutes=60).parse_args()
    train, held_out = split(load_pictures(chosen.data, detailed))
    run = Run(f"upscale-x{SCALE}", Upscale(SCALE), chosen, lr=1e-3)
    held = images(next(crops(held_out or train, *HELD, seed=0, scales=(0.4, 0.8))), run.device)
    batches = crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, scales=(0.4, 1.0), leaves=0.1)
    for batch in batches:
        large = images(batch, run.device)
        small = reduce(large)
        with run.autocast():
            guess = run.model(small)
        done = run.step(F.l1_loss(guess.float(), large))
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
