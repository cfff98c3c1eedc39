"""Train the structure network.

    python -m export.inpaint.train FOLDER-OF-PICTURES [--minutes 60] [--start models/inpaint-structure.onnx]

Each crop gets a random hole, filled by the engine's own membrane; the network learns the change inside it.
Prints the hole PSNR on held-out pictures beside the membrane's and OpenCV's Navier-Stokes.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from gesso.engine.membrane import fill_membrane
from torch.nn import functional as F

from export.data import Picture, crops, load_pictures, random_crop, split
from export.inpaint.masks import strokes, training_hole
from export.inpaint.model import Structure
from export.training import Run, options

SIZE, BATCH = 64, 16  # many small views teach more than few large ones; the engine reduces thick holes
WEIGHT = {"photos": 1.0, "textures": 0.6, "flowers": 0.06, "objects": 0.06}  # a picture's chance, by pack


def weight(picture: Picture) -> float:
    return WEIGHT.get(picture.row.get("pack", ""), 1.0)


def keep(row: dict[str, str]) -> bool:
    """Photographs without people as the main subject: a small network only blurs faces."""
    return row["use"] == "train" and row.get("people") != "main"


def planes(pixels: np.ndarray) -> torch.Tensor:
    """N x H x W x C of any kind -> N x C x H x W float32."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()


def cut(truth: np.ndarray, holes: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """N x H x W x 3 uint8 and N x H x W bool -> (truth, filled by the membrane, mask), planes of 0..1."""
    pixels = truth.astype(np.float32) / 255
    filled = np.stack([fill_membrane(p, h, cycles=1) for p, h in zip(pixels, holes, strict=True)])
    return planes(pixels), planes(filled), planes(holes[..., None])


def batches(pictures: list[Picture], seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    rng = np.random.default_rng(seed)
    for truth in crops(pictures, BATCH, SIZE, seed, (0.08, 1.0), weight):
        yield cut(truth, np.stack([training_hole(SIZE, rng) for _ in truth]))


def hole_error(image: torch.Tensor, truth: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean squared error inside each hole, N values."""
    return ((image - truth).square() * mask).sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3)))


def loss(image: torch.Tensor, truth: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Root mean square error of each hole (smooth and busy ones count alike) and L1 at full and quarter size."""
    change = (image - truth) * mask
    area = 3 * mask.sum()
    coarse = 16 * F.avg_pool2d(change, 4).abs().sum()
    return (hole_error(image, truth, mask) + 1e-5).sqrt().mean() + (change.abs().sum() + coarse) / area


class HeldOut:
    """128-px crops of held-out pictures with strokes 8-20 px wide: prints the hole PSNR, dB."""

    def __init__(self, pictures: list[Picture], count: int = 48):
        rng = np.random.default_rng(0)
        pictures = [p for p in pictures if p.row.get("pack", "photos") in ("photos", "textures")]
        truth = np.stack(
            [random_crop(p.pixels, 128, rng, (0.25, 0.6)) for p in pictures[:: max(1, len(pictures) // count)]]
        )
        holes = np.stack([strokes(128, 128, rng, (8, 20), 2, 128.0) for _ in truth])
        self.truth, self.filled, self.mask = cut(truth, holes)
        stokes = np.stack(
            [cv2.inpaint(t, h.astype(np.uint8), 3, cv2.INPAINT_NS) for t, h in zip(truth, holes, strict=True)]
        )
        known = {"membrane": self.psnr(self.filled), "Navier-Stokes": self.psnr(planes(stokes) / 255)}
        print("held-out hole PSNR:", ", ".join(f"{name} {value:.2f}" for name, value in known.items()), flush=True)

    def psnr(self, image: torch.Tensor) -> float:
        return float(-10 * hole_error(image, self.truth, self.mask).log10().mean())

    @torch.no_grad()
    def measure(self, run: Run) -> None:
        filled, mask = self.filled.to(run.device), self.mask.to(run.device)
        image = torch.cat([run.average(f, m) for f, m in zip(filled.split(16), mask.split(16), strict=True)])
        print(f"{run.name} step {run.steps} held-out hole PSNR {self.psnr(image.clip(0, 1).cpu()):.2f}", flush=True)


def main(arguments: list[str] | None = None) -> Path:
    chosen = options(__doc__ or "", minutes=60).parse_args(arguments)
    cv2.setNumThreads(chosen.threads)
    run = Run("inpaint-structure", Structure(), chosen, lr=2e-3)
    train, held_out = split(load_pictures(chosen.data, keep))
    check = HeldOut(held_out or train)
    for truth, filled, mask in batches(train, chosen.seed + run.steps):
        truth, filled, mask = (t.to(run.device, memory_format=torch.channels_last) for t in (truth, filled, mask))
        with run.autocast():
            image = run.model(filled, mask)
        finished = run.step(loss(image.float(), truth, mask))
        if finished or run.steps % 250 == 0:
            check.measure(run)
        if finished:
            return run.file
    raise AssertionError("the crops never end")


if __name__ == "__main__":
    main()
