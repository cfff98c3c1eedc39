"""Train the harmonisation net: python -m export.harmonize.train FOLDER

A region of a photo is changed in light and colour; the net sees the photo with the changed region and must undo it.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import torch

from export.data import Picture, draws, load_pictures, photographed, scenes_first, split
from export.harmonize.model import SIZE, Harmonize, apply_map
from export.harmonize.pastes import composite, disturb, masked_error, region
from export.training import Run, Samples, again, images, options

BATCH = 16
USES, KEPT = 4, 2000  # batches for each that is cut out, and samples at hand for them
SMALLEST = 0.3  # part of a photo's side that is seen, the whole side most often
GLOBAL = 0.5  # how far the light of a whole photo is changed


def view(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """SIZE x SIZE x 3 of HxWx3 uint8: a large part or all of a photo, squeezed into a square as the engine does it."""
    sides = [max(1, round(length * (1 - (1 - SMALLEST) * rng.random() ** 2))) for length in pixels.shape[:2]]
    top, left = (rng.integers(length - side + 1) for length, side in zip(pixels.shape, sides, strict=False))
    part = pixels[top : top + sides[0], left : left + sides[1]]
    part = cv2.resize(part, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)


def regions(pictures: list[Picture], rng: np.random.Generator, device: torch.device) -> Iterator[Samples]:
    """Endless (photo, mask): N x 3 x H x W and N x 1 x H x W, in [0, 1]."""
    for chosen in draws(pictures, BATCH, rng, scenes_first):
        photos = np.stack([view(picture.pixels, rng) for picture in chosen])
        yield images(photos, device), torch.from_numpy(np.stack([region(p, rng) for p in photos])[:, None]).to(device)


def pastes(pictures: list[Picture], uses: int, seed: int, device: torch.device) -> Iterator[Samples]:
    """Endless (truth, pasted, mask): N x 3 x H x W, N x 3 x H x W, N x 1 x H x W, all in [0, 1].

    Half of the photos stand in another light as a whole, so that the surroundings tell, not the memory.
    """
    rng, draw = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    for truth, mask in again(regions(pictures, rng, device), uses, KEPT, rng):
        other = (torch.rand(len(truth), 1, 1, 1, generator=draw) < 0.5).float() * GLOBAL
        truth = torch.lerp(truth, disturb(truth, draw), other.to(device))
        yield truth, disturb(truth, draw), mask


@torch.no_grad()
def validate(run: Run, batches: list[Samples]) -> str:
    """Error inside the mask on held-out photos, as a share of that of the plain composite."""
    ours, plain = 0.0, 0.0
    for truth, pasted, mask in batches:
        change = apply_map(run.average(composite(truth, pasted, mask), mask), pasted)
        ours += float(masked_error((pasted + change).clamp(0, 1), truth, mask).mean())
        plain += float(masked_error(pasted, truth, mask).mean())
    return f"validation error {ours / plain:.3f} of the composite's"


def main() -> None:
    chosen = options(__doc__, minutes=28).parse_args()
    train, held_out = split(load_pictures(chosen.data, photographed))
    run = Run("harmonize", Harmonize(), chosen, lr=1e-3)
    held = [batch for batch, _ in zip(pastes(held_out or train, 1, 0, run.device), range(16), strict=False)]
    for truth, pasted, mask in pastes(train, USES, chosen.seed + run.steps, run.device):
        with run.autocast():
            transforms = run.model(composite(truth, pasted, mask), mask)
        truth, pasted, mask = (x[:, :, ::2, ::2] for x in (truth, pasted, mask))  # a quarter of the pixels is enough
        squares = masked_error(pasted + apply_map(transforms.float(), pasted), truth, mask)
        # The root is the distance a viewer sees; squares are what is measured, and ruled by a few wild pastes.
        done = run.step((squares + 1e-4).sqrt().mean() + 10 * squares.mean())
        if done or run.steps % 400 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
