"""Train a super-resolution net: python -m export.upscale.train FOLDER --scale 2

The net for four times begins with the weights of the shipped one for twice, when it is trained for the first time.
The small picture is the large one reduced by antialiased bicubic and rounded to 8 bits.
"""

from pathlib import Path

import torch
from torch.nn import functional as F

from export.data import crops, detailed, load_pictures, split
from export.training import Run, images, options, psnr
from export.upscale.model import NETS, Quadruple

BATCH, SIZE = 8, 128  # large pictures a step, and their side
RATE = {2: 1e-3, 4: 5e-4}  # of learning, by scale
SQUARED = 0.8  # share of the time from which on errors are squared: PSNR is what is measured, but L1 learns faster
TWICE = Path("models/upscale-x2.onnx")
HELD = (24, 192)  # held-out crops for validation, and their side


def reduce(large: torch.Tensor, scale: int) -> torch.Tensor:
    """Antialiased bicubic to 1/scale, rounded to 8 bits. N x 3 x H x W in [0, 1]."""
    size = (large.shape[2] // scale, large.shape[3] // scale)
    small = F.interpolate(large, size, mode="bicubic", antialias=True, align_corners=False)
    return (small.clamp(0, 1) * 255).round() / 255


@torch.no_grad()
def validate(run: Run, large: torch.Tensor, scale: int) -> str:
    """PSNR of the averaged net and of bicubic on held-out crops."""
    small = reduce(large, scale)
    bicubic = F.interpolate(small, scale_factor=scale, mode="bicubic", align_corners=False)
    return f"validation psnr {psnr(run.average(small), large):.2f}, bicubic {psnr(bicubic, large):.2f}"


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--scale", type=int, choices=NETS, default=2, help="how many times larger")
    chosen = parser.parse_args()
    scale, model = chosen.scale, NETS[chosen.scale]()
    if isinstance(model, Quadruple) and TWICE.exists():
        model.begin(TWICE)
    train, held_out = split(load_pictures(chosen.data, detailed))
    run = Run(f"upscale-x{scale}", model, chosen, RATE[scale])
    held = images(next(crops(held_out or train, *HELD, seed=0, scales=(0.4, 0.8))), run.device)
    batches = crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, scales=(0.4, 1.0), leaves=0.1)
    for batch in batches:
        large = images(batch, run.device)
        with run.autocast():
            guess = run.model(reduce(large, scale))
        error = guess.float() - large
        done = run.step(error.abs().mean() if run.done < SQUARED else error.square().mean((1, 2, 3)).log().mean())
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held, scale)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
