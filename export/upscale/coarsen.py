"""Teach a super-resolution net to do with 8-bit integers: python -m export.upscale.coarsen FOLDER --scale 2

It learns to give what the shipped net gives, whatever it is shown: photographs, and lettering, which is brighter and
darker than they are and would be clipped. See export/int8.py.
"""

import copy
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from export.data import crops, detailed, load_pictures, split
from export.int8 import Coarse
from export.to_onnx import load_weights
from export.training import Run, images, options
from export.upscale.model import NETS, Double
from export.upscale.train import BATCH, HELD, SIZE, reduce

RATE = 5e-5
LETTERED = 1  # pictures of each batch
TINY = 1e-8  # squared error below which it does not matter any more


def shipped(scale: int) -> nn.Module:
    """The net that is to be equalled."""
    net = NETS[scale]()
    load_weights(net, Path(f"models/upscale-x{scale}.onnx"))
    return net.requires_grad_(False)


@torch.no_grad()
def coarsen(model: nn.Module, images: torch.Tensor) -> None:
    """Give all layers but the first of each part of `model` steps that reach as far as `images` make them. In place.

    The weights of the last layer stay as they are.
    """
    for part in [part for part in model.modules() if isinstance(part, Double)]:
        for number, layer in enumerate(part.body):
            if number and isinstance(layer, nn.Conv2d):
                part.body[number] = Coarse(layer, whole=True)
        part.tail = Coarse(part.tail, whole=False)
    model(images)


def lettering(rng: np.random.Generator) -> np.ndarray:
    """SIZE x SIZE x 3 uint8: words of several sizes in one colour, on another."""
    paper, ink = rng.integers(0, 256, (2, 3)) if rng.random() < 0.5 else rng.permutation([[0] * 3, [255] * 3])
    picture = np.full((SIZE, SIZE, 3), paper, np.uint8)
    for y in range(10, SIZE, 20):
        word = "".join(chr(code) for code in rng.integers(33, 127, 20))
        sharp = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
        cv2.putText(picture, word, (0, y), cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.3, 0.8), ink.tolist(), 1, sharp)
    return picture


def apart(guess: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """N: logarithm of the squared error of each picture."""
    return ((guess.float() - truth).square().mean((1, 2, 3)) + TINY).log()


def main() -> None:
    parser = options(__doc__, minutes=20)
    parser.add_argument("--scale", type=int, choices=NETS, default=2, help="how many times larger")
    chosen = parser.parse_args()
    fine = shipped(chosen.scale)
    model = copy.deepcopy(fine).requires_grad_(True)
    train, held_out = split(load_pictures(chosen.data, detailed))
    held = reduce(
        images(next(crops(held_out or train, *HELD, seed=0, scales=(0.4, 0.8))), torch.device("cpu")), chosen.scale
    )
    coarsen(model, held)
    run = Run(f"upscale-x{chosen.scale}-int8", model, chosen, RATE)
    fine, held = fine.to(run.device), held.to(run.device)
    rng = np.random.default_rng(chosen.seed + run.steps)
    for batch in crops(train, BATCH, SIZE, seed=chosen.seed + run.steps, scales=(0.4, 1.0), leaves=0.1):
        batch[:LETTERED] = lettering(rng)
        small = reduce(images(batch, run.device), chosen.scale)
        with torch.no_grad():
            truth = fine(small)
        with run.autocast():
            guess = run.model(small)
        done = run.step(apart(guess, truth).mean())
        if done or run.steps % 500 == 0:
            with torch.no_grad():
                error = apart(run.average(held), fine(held)).mul(0.5).exp().mean() * 255
            print(f"{run.name} step {run.steps} differs by {error:.3f} of 255", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
