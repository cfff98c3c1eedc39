"""Train a restoration net: python -m export.restore.train FOLDER --task denoise

A few samples are clean, with a level of 0, so that clean pictures are left alone. The damage and the classical filter
take longer than a training step, so every sample is learnt from several times, with others each time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from export.data import crops, detailed, load_pictures, split
from export.restore.damage import Damage, blurred, compressed, noisy
from export.restore.model import Deblur, Fast, Mend, Restore
from export.training import Run, Samples, again, images, options, psnr

BATCH, SIZE = 8, 96
HELD = (16, 192)  # held-out crops for validation, and their side
CLEAN = 0.05  # share of the samples
USES, KEPT = 8, 3000  # steps for each batch that is damaged, and samples at hand for them
TINY = 1e-6  # squared error below which it does not matter any more


@dataclass(frozen=True)
class Task:
    """`levels` are measured on; training draws from 0 to `most`, the weaker ones more often as `bend` is above 1."""

    damage: Damage
    model: Callable[[], Mend]
    most: float
    bend: float
    levels: tuple[float, ...]

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        levels = self.most * rng.random(count) ** self.bend
        levels[rng.random(count) < CLEAN] = 0
        return levels


TASKS = {
    "denoise": Task(noisy, partial(Restore, (64, 96, 128)), 55, 1.5, (5, 15, 25, 50)),
    "denoise-fast": Task(noisy, Fast, 55, 1.5, (5, 15, 25, 50)),
    "dejpeg": Task(compressed, Restore, 95, 0.7, (20, 60, 80, 90)),
    "deblur": Task(blurred, Deblur, 3.2, 1, (0.8, 1.5, 3)),
}


def loss(guess: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Mean logarithm of the squared error: PSNR itself, so that weak damage counts as much as strong."""
    return ((guess - truth).square().mean((1, 2, 3)) + TINY).log().mean()


def turned(parts: Samples, rng: np.random.Generator) -> Samples:
    """All N x C x H x W, flipped and turned alike."""
    flips = [axis for axis in (2, 3) if rng.random() < 0.5]
    parts = tuple(part.flip(flips) for part in parts)
    if rng.random() < 0.5:
        parts = tuple(part.transpose(2, 3) for part in parts)
    return tuple(part.contiguous(memory_format=torch.channels_last) for part in parts)


@torch.no_grad()
def validate(run: Run, task: Task, clean: np.ndarray) -> str:
    """PSNR of the averaged net, and of its input, on held-out crops."""
    parts = []
    for level in task.levels:
        given, truth = task.damage(clean, np.full(len(clean), level), np.random.default_rng(0), run.device)
        parts.append(f"{level:g}: {psnr(run.average(*given), truth):.2f} ({psnr(given[0], truth):.2f})")
    untouched = images(clean, run.device)
    none = torch.zeros(len(clean), 1, 1, 1, device=run.device)
    given = (untouched, untouched, none) if task.model is Deblur else (untouched, none)
    return f"validation psnr {', '.join(parts)}, clean {psnr(run.average(*given), untouched):.1f}"


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--task", choices=TASKS, default="denoise", help="what the net is to undo")
    chosen = parser.parse_args()
    task = TASKS[chosen.task]
    train, held_out = split(load_pictures(chosen.data, detailed))
    run = Run(chosen.task, task.model(), chosen, lr=5e-4)
    rng = np.random.default_rng(chosen.seed + run.steps)
    held = next(crops(held_out or train, *HELD, seed=0, scales=(0.4, 0.8)))

    def fresh() -> Iterator[Samples]:  # image, guess, level and truth of a batch
        for batch in crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, scales=(0.4, 0.8), leaves=0.1):
            given, truth = task.damage(batch, task.draw(BATCH, rng), rng, run.device)
            yield *run.model.guessed(*given), truth

    for samples in again(fresh(), USES, KEPT, rng):
        *given, truth = turned(samples, rng)
        with run.autocast():
            guess = run.model.mend(*given)
        done = run.step(loss(guess.float(), truth))
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {validate(run, task, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
