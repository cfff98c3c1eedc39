"""Train the harmonisation net: python -m export.harmonize.train FOLDER

A region of a photo is changed in light and colour; the net sees the photo with the changed region and must undo it.
"""

from collections.abc import Iterator

import numpy as np
import torch

from export.data import Picture, crops, load_pictures, photographed, scenes_first, split
from export.harmonize.model import SIZE, Harmonize, apply_map
from export.harmonize.pastes import composite, disturb, masked_error, region
from export.training import Run, images, options

BATCH = 16


def pastes(
    pictures: list[Picture], batch: int, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless (truth, pasted, mask): N x 3 x H x W, N x 3 x H x W, N x 1 x H x W, all in [0, 1]."""
    rng, draw = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    for pixels in crops(pictures, batch, SIZE, seed, scales=(0.08, 0.8), weight=scenes_first):
        truth = images(pixels, device)
        mask = torch.from_numpy(np.stack([region(p, rng) for p in pixels])[:, None]).to(device)
        yield truth, disturb(truth, draw), mask


@torch.no_grad()
def validate(run: Run, batches: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> str:
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
    held = [batch for batch, _ in zip(pastes(held_out or train, BATCH, 0, run.device), range(16), strict=False)]
    for truth, pasted, mask in pastes(train, BATCH, chosen.seed + run.steps, run.device):
        with run.autocast():
            transforms = run.model(composite(truth, pasted, mask), mask)
        truth, pasted, mask = (x[:, :, ::2, ::2] for x in (truth, pasted, mask))  # a quarter of the pixels is enough
        squares = masked_error(pasted + apply_map(transforms.float(), pasted), truth, mask)
        # The root keeps a few wild pastes from ruling the step; it is the distance a viewer sees.
        done = run.step((squares + 1e-4).sqrt().mean() + 2 * squares.mean())
        if done or run.steps % 400 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held)}", flush=True)
        if done:
            break


if __name__ == "__main__":
    main()
