"""Train the network for thin holes: python -m export.inpaint.thin FOLDER-OF-PICTURES [--minutes 40]

A scratch or a wire is so narrow that what it hides can be read off both its sides: a plain residual network at full
size does that better than one that lays out shapes.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from export.data import Picture, crops, load_pictures, split
from export.inpaint.masks import WIDTHS, strokes
from export.inpaint.train import HeldOut, cut, keep, weight
from export.training import Run, options

SIZE, BATCH = 48, 16
NAME = "inpaint-thin"


class Thin(nn.Module):
    """(image Nx3xHxW sRGB-encoded RGB 0..1 with the hole filled by a membrane, mask Nx1xHxW 1 = hole) -> Nx3xHxW.

    Any size. Outside the hole the output is the input; it is not clipped.
    """

    def __init__(self, channels: int = 40, dilations: tuple[int, ...] = (1, 2, 1, 3, 1, 2, 1)):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(4, channels, 3, padding=1), nn.ReLU()]
        for dilation in dilations:
            layers += [nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation), nn.ReLU()]
        last = nn.Conv2d(channels, 3, 3, padding=1)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.body = nn.Sequential(*layers, last)

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return image + mask * self.body(torch.cat((2 * image - 1, mask), 1))


def batches(pictures: list[Picture], seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless (truth, filled by the membrane, mask), with strokes as wide as the evaluation's thin ones."""
    rng = np.random.default_rng(seed)
    for truth in crops(pictures, BATCH, SIZE, seed, (0.4, 1.0), weight):
        yield cut(truth, np.stack([strokes(SIZE, SIZE, rng, WIDTHS["thin"], 3, SIZE) for _ in truth]))


def main(arguments: list[str] | None = None) -> Path:
    chosen = options(__doc__ or "", minutes=40).parse_args(arguments)
    cv2.setNumThreads(chosen.threads)
    run = Run(NAME, Thin(), chosen, lr=1e-3, decay=0.995)
    train, held_out = split(load_pictures(chosen.data, keep))
    check = HeldOut(held_out or train, WIDTHS["thin"])
    for truth, filled, mask in batches(train, chosen.seed + run.steps):
        truth, filled, mask = (t.to(run.device, memory_format=torch.channels_last) for t in (truth, filled, mask))
        with run.autocast():
            image = run.model(filled, mask)
        change = (image.float() - truth) * mask
        each = (change.square().sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3)) + 1) + 1e-5).sqrt()
        finished = run.step(each.mean() + change.abs().sum() / (3 * mask.sum()))
        if finished or run.steps % 250 == 0:
            check.measure(run)
        if finished:
            return run.file
    raise AssertionError("the crops never end")


if __name__ == "__main__":
    main()
