"""Classifier two-sample test (Lopez-Paz & Oquab 2017): how well a fresh small network tells filled from true crops.

For each method of filling a network of its own learns on training photos, from pairs: a crop across the rim of a hole
as it was, and the same crop filled by that method; it is told where the hole is. Then it is asked about crops of the
evaluation's pictures, one by one. 50 % is a perfect fill. Crops, network and steps are the same for every method.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from export.data import WORK, load_pictures, random_crop
from export.evaluate import interval
from export.inpaint.masks import evaluation_hole
from export.inpaint.peers import Timed

POOL, WIDE = 320, 384  # holes to learn from, and the side of the photo around each
SIDE, EACH = 64, 8  # pixels of a crop; crops of a hole
STEPS, PAIRS = 600, 32


def pool(data: Path, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """POOL training photos (WIDE x WIDE x 3 uint8), and a hole (bool) of a kind of `masks.WIDTHS` in each."""
    photos = load_pictures(data, lambda row: row["use"] == "train" and row.get("pack", "photos") == "photos")
    random = np.random.default_rng(0)
    for number, which in enumerate(random.permutation(len(photos))[:POOL]):
        yield random_crop(photos[which].pixels, WIDE, random), evaluation_hole(WIDE, WIDE, kind, 10_000 + number)


def on_the_rim(hole: np.ndarray, seed: int) -> np.ndarray:
    """EACH x 2: top left corners of crops that have the rim of `hole` (HxW bool) near their middle."""
    random = np.random.default_rng(seed)
    inside = hole.astype(np.uint8)
    rim = np.argwhere(cv2.dilate(inside, np.ones((3, 3), np.uint8)) > inside)
    chosen = rim[random.integers(len(rim), size=EACH)] + random.integers(-SIDE // 4, SIDE // 4, (EACH, 2))
    return np.clip(chosen - SIDE // 2, 0, np.array(hole.shape) - SIDE)


def cropped(picture: np.ndarray, hole: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """EACH x SIDE x SIDE x 4 uint8: RGB, and 255 in the hole."""
    told = np.dstack((picture, 255 * hole.astype(np.uint8)))
    return np.stack([told[y : y + SIDE, x : x + SIDE] for y, x in corners])


def trained(true: np.ndarray, filled: np.ndarray, seed: int) -> nn.Module:
    """The judge of one method, kept in a file. `true` and `filled` are N x SIDE x SIDE x 4 uint8, pair by pair."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.PixelUnshuffle(2)]
    for before, after, stride in ((16, 32, 1), (32, 48, 2), (48, 64, 2)):
        layers += [nn.Conv2d(before, after, 3, stride, 1), nn.BatchNorm2d(after), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1))
    recipe = f"{network} {STEPS} {PAIRS} {seed}".encode()
    file = WORK / "judges" / f"{hashlib.sha256(recipe + true.tobytes() + filled.tobytes()).hexdigest()[:24]}.pt"
    if file.exists():
        network.load_state_dict(torch.load(file, weights_only=True))
        return network.eval()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(len(true), (PAIRS,)).numpy()
        batch = planes(np.concatenate((true[chosen], filled[chosen])))
        batch = batch.rot90(int(torch.randint(4, ())), (2, 3))
        if torch.rand(()) < 0.5:
            batch = batch.flip(3)
        loss = F.binary_cross_entropy_with_logits(network(batch)[:, 0], (torch.arange(len(batch)) >= PAIRS).float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), file)
    return network.eval()


def right(network: nn.Module, true: np.ndarray, filled: np.ndarray) -> float:
    """Percent of crops (N x SIDE x SIDE x 4 uint8 of one picture, both ways) that are told rightly."""
    with torch.no_grad():
        said = [network(planes(crops))[:, 0] > 0 for crops in (true, filled)]
    return 50 * float((~said[0]).float().mean() + said[1].float().mean())


def told_apart(fill: Timed, kind: str, learn: Path, pictures: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Percent of the crops of `pictures` (HxWx3 uint8 each) that are told rightly: mean and 95 % interval, by picture.

    kind: of the holes, out of `masks.WIDTHS`. learn: the folder of training photos.
    """

    def seen(photo: np.ndarray, hole: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        corners = on_the_rim(hole, seed)
        filled, _ = fill(np.where(hole[..., None], np.uint8(255), photo), hole)
        return cropped(photo, hole, corners), cropped(filled, hole, corners)

    true, filled = zip(*(seen(photo, hole, n) for n, (photo, hole) in enumerate(pool(learn, kind))), strict=True)
    judge = trained(np.concatenate(true), np.concatenate(filled), 0)
    holes = [evaluation_hole(picture.shape[0], picture.shape[1], kind, n) for n, picture in enumerate(pictures)]
    asked = (seen(picture, hole, n) for n, (picture, hole) in enumerate(zip(pictures, holes, strict=True)))
    return interval([right(judge, *crops) for crops in asked])


def planes(crops: np.ndarray) -> torch.Tensor:
    """N x 4 x SIDE x SIDE float32, -1..1."""
    return torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 127.5 - 1
