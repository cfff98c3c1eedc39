"""Train what finds scratches and dust: python -m export.repair.train FOLDER

Crops of photos at many scales, damage drawn into most of them (damage.py); the net must say which pixels were harmed.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from torch.nn import functional as F

from export.data import crops, detailed, load_pictures, split
from export.repair.damage import around, damage, scanned
from export.repair.model import Defects
from export.training import Run, images, options

BATCH, SIZE = 12, 160
SCALES = (0.25, 1.0)  # how much smaller a picture is looked at
COUNTS = (0, 8)  # defects in a crop: the fewest, and one more than the most
WHOLE = 0.3  # share of the crops that stay undamaged besides
MISSED = 3.0  # how much more a missed pixel counts than a wrong one
HELD_CROPS = 96  # held-out crops for validation

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def samples(batches: Iterator[np.ndarray], random: np.random.Generator) -> Iterator[Sample]:
    """(pictures N x SIZE x SIZE x 3 uint8; N x SIZE x SIZE bool, what is harmed; the same, what counts)."""
    for batch in batches:
        made = []
        for crop in batch:
            counts = (0, 1) if random.random() < WHOLE else COUNTS
            broken, harmed = damage(crop / np.float32(255), random, counts)
            made.append((scanned(broken, random), harmed, harmed | ~around(harmed)))
        yield tuple(map(np.stack, zip(*made, strict=True)))  # type: ignore[misc]


def loss_of(logits: torch.Tensor, harmed: np.ndarray, counts: np.ndarray) -> torch.Tensor:
    truth, counted = (torch.from_numpy(plane).float()[:, None].to(logits.device) for plane in (harmed, counts))
    missed = torch.tensor(MISSED, device=logits.device)
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none", pos_weight=missed)
    return (each * counted).sum() / counted.sum()


@torch.no_grad()
def validate(run: Run, held: Sample) -> str:
    """Of the averaged net: which share of what it marks is harmed, and which share of what is harmed it marks."""
    picture, harmed, counts = held
    parts = images(picture, run.device).split(BATCH)
    logits = torch.cat([run.average.logits(part) for part in parts])  # type: ignore[operator]
    loss, marked = loss_of(logits, harmed, counts), (logits[:, 0] > 0).cpu().numpy()
    right = (marked & harmed).sum()
    precision, recall = right / max((marked & counts).sum(), 1), right / harmed.sum()
    return f"held-out loss {float(loss):.4f}, precision {precision:.3f}, recall {recall:.3f}"


def main() -> None:
    chosen = options(__doc__, minutes=60).parse_args()
    train, held_out = split(load_pictures(chosen.data, detailed))
    run = Run("defects", Defects(), chosen, lr=2e-3)
    kept = list(
        islice(samples(crops(held_out or train, BATCH, SIZE, 0, SCALES), np.random.default_rng(0)), HELD_CROPS // BATCH)
    )
    held: Sample = tuple(map(np.concatenate, zip(*kept, strict=True)))  # type: ignore[assignment]
    seed = chosen.seed + run.steps
    for picture, harmed, counts in samples(crops(train, BATCH, SIZE, seed, SCALES), np.random.default_rng(seed)):
        with run.autocast():
            logits = run.model.logits(images(picture, run.device))  # type: ignore[operator]
        done = run.step(loss_of(logits.float(), harmed, counts))
        if done or run.steps % 250 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
