"""Train the tone net: python -m export.tone.train FOLDER

Good photos are damaged in light and colour; the net sees the damaged one, reduced, and must undo it. Left-alone
photos are among them: those it must leave alone, too.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch

from export.data import Picture, load_pictures, photographed, scenes_first, split
from export.tone.colour import difference
from export.tone.damage import damage
from export.tone.model import EXTREMES, SIZE, Tone, apply_tone
from export.training import Run, images, options

BATCH = 32
GOOD = 3.0  # how much the error of a photo that was good counts, of that of a damaged one


def pairs(
    pictures: list[Picture], batch: int, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (truth, damaged), both N x 3 x SIZE x SIZE in [0, 1]: points of half to all of a photo."""
    rng, draw = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    chance = np.array([scenes_first(picture) for picture in pictures])
    ends = cache(lambda number: extremes(pictures[number].pixels))
    while True:
        chosen = rng.choice(len(pictures), batch, p=chance / chance.sum())
        seen = np.stack([points(pictures[one].pixels, rng) for one in chosen])
        seen[:, SIZE // 2, (SIZE - EXTREMES) // 2 : (SIZE + EXTREMES) // 2] = [ends(int(one)) for one in chosen]
        truth = images(seen, device)
        yield truth, torch.cat([damage(few, draw) for few in truth.split(4)])  # four fit into a cache


def points(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """SIZE x SIZE x 3 single pixels of HxWx3: of half to all of each side, sometimes mirrored."""

    def along(length: int) -> np.ndarray:
        span = rng.uniform(0.5, 1) * length
        return ((np.arange(SIZE) + rng.random(SIZE)) * (span / SIZE) + rng.uniform(0, length - span)).astype(int)

    rows, columns = map(along, pixels.shape[:2])
    return pixels[rows[:, None], columns if rng.random() < 0.5 else columns[::-1]]


def extremes(pixels: np.ndarray) -> np.ndarray:
    """EXTREMES x 3: the pixels of HxWx3 that have the least and the most red, green and blue."""
    flat = pixels.reshape(-1, 3)
    return flat[np.concatenate([flat.argmin(0), flat.argmax(0)])]


def error(tone: tuple[torch.Tensor, torch.Tensor], damaged: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean deltaE of each picture. Beyond black and white, where a picture is cut off, little of it counts."""
    made = apply_tone(*tone, damaged)
    inside = made.clamp(0, 1)
    return difference(inside + 0.05 * (made - inside), truth).mean((1, 2, 3))


@torch.no_grad()
def validate(run: Run, batches: list[tuple[torch.Tensor, torch.Tensor]]) -> str:
    """deltaE on held-out photos, of the damaged ones and of those that were good."""
    before, after, good = [], [], []
    for truth, damaged in batches:
        harmed = (truth - damaged).abs().amax((1, 2, 3)) > 0.01
        ours = error(run.average(damaged), damaged, truth)
        plain = difference(damaged, truth).mean((1, 2, 3))
        before.append(plain[harmed])
        after.append(ours[harmed])
        good.append(ours[~harmed])
    means = [float(torch.cat(one).mean()) for one in (after, before, good)]
    return "validation deltaE {:.2f} (damaged {:.2f}), of good photos {:.2f}".format(*means)


def main() -> None:
    chosen = options(__doc__, minutes=25).parse_args()
    train, held_out = split(load_pictures(chosen.data, photographed))
    run = Run("tone", Tone(), chosen, lr=2e-3)
    held = [batch for batch, _ in zip(pairs(held_out or train, BATCH, 0, run.device), range(16), strict=False)]
    for truth, damaged in pairs(train, BATCH, chosen.seed + run.steps, run.device):
        with run.autocast():
            curves, matrix = run.model(damaged)
        truth, damaged = truth[:, :, ::4, ::4], damaged[:, :, ::4, ::4]  # these pixels are enough
        weight = 1 + (GOOD - 1) * (damaged == truth).flatten(1).all(1)
        loss = (error((curves.float(), matrix.float()), damaged, truth) * weight).mean() / 10
        done = run.step(loss)
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
