"""Train a restoration net of your own: python -m export.own.train FOLDER --name NAME

It sees crops of the folder's pictures as `damage` (damage.py) leaves them, and learns to give the good ones back.
"""

import numpy as np
from torch.nn import functional as F

from export.data import crops, load_pictures, split
from export.own.damage import damage
from export.own.model import Restore
from export.training import Run, images, options, psnr

BATCH, SIZE = 8, 96
HELD = (16, 192)  # held-out crops for validation, and their side


def spoiled(batch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """N x H x W x 3 uint8, each picture damaged."""
    return np.stack([damage(picture, rng) for picture in batch])


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--name", default="my-restore", help="of the model; the menu shows it")
    chosen = parser.parse_args()
    train, held_out = split(load_pictures(chosen.data))
    run = Run(chosen.name, Restore(), chosen, lr=1e-3)
    rng = np.random.default_rng(chosen.seed + run.steps)
    good = next(crops(held_out or train, *HELD, seed=0))
    bad, truth = (images(batch, run.device) for batch in (spoiled(good, np.random.default_rng(0)), good))
    for batch in crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, leaves=0.1):
        with run.autocast():
            guess = run.model(images(spoiled(batch, rng), run.device))
        done = run.step(F.l1_loss(guess.float(), images(batch, run.device)))
        if done or run.steps % 500 == 0:
            now = psnr(run.average(bad), truth)
            print(f"{run.name} step {run.steps} validation psnr {now:.2f} ({psnr(bad, truth):.2f})", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
