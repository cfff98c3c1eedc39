"""Train vgg16h: python -m export.vgg16h.train FOLDER

Crops of every picture of the folder, their light and colour shaken. The code must tell the manifest's words, the
light and colour of the crop it was made from, and stay where it is when these are shaken once more.
"""

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from export.data import Picture, random_crop, split, thumbnails
from export.training import Run, images, options
from export.vgg16h.model import Vgg16h, attributes, certain
from export.vgg16h.words import FLOWERS, row_words

BATCH, TWINS = 64, 8  # crops a step; as many of them once more in another light
SIDES = (40, 48, 64)  # of a crop, pixels: each in a third of the time, from coarse to fine
THUMBNAIL, LOOK = 96, 80  # the shorter side pictures are kept at, and what is looked at without training
SOFT, SMALLEST = 0.25, 24  # share of the crops that lose their detail, as if enlarged from so few pixels
LEAST = {"flowers": 44, "objects": 60}  # pixels of a thumbnail that a crop covers at least; of others 66
SHARES = {"flowers": 0.55, "objects": 0.04, "textures": 0.06}  # of the crops; the rest are photographs
HELD_OUT = 0.1  # the families that learn from the same pictures hold out a part of these
NARROW, STAY, TELL = 1e-3, 0.2, 0.1  # weights: the code's spread, its place under another light, the attributes
SURE = 0.9  # of the right flower; the rest is shared, so that no crop is learnt by heart


def learnt(row: dict[str, str]) -> bool:
    return row["use"] == "train"


def chances(pictures: list[Picture]) -> np.ndarray:
    """How often each picture is drawn, by its pack."""
    packs = np.array([picture.row.get("pack", "photos") for picture in pictures])
    chance = np.zeros(len(pictures))
    for pack in set(packs):
        chance[packs == pack] = SHARES.get(pack, 1 - sum(SHARES.values())) / (packs == pack).sum()
    return chance / chance.sum()


def cut(picture: Picture, side: int, rng: np.random.Generator) -> np.ndarray:
    """side x side x 3 uint8, sharp or soft."""
    least = LEAST.get(picture.row.get("pack", ""), 66)
    crop = random_crop(picture.pixels, side, rng, (side / THUMBNAIL, side / least))
    if rng.random() < SOFT:
        few = int(rng.integers(SMALLEST, side))
        crop = cv2.resize(cv2.resize(crop, (few, few), interpolation=cv2.INTER_AREA), (side, side))
    return crop


def shake(image: torch.Tensor) -> torch.Tensor:
    """N x 3 x H x W in 0..1, each in a light of its own: brightness, tint, contrast, saturation."""

    def around_one(channels: int, by: float) -> torch.Tensor:
        return 1 + by * (2 * torch.rand(len(image), channels, 1, 1, device=image.device) - 1)

    image = image * around_one(1, 0.2) * around_one(3, 0.05)
    image = (image - 0.45) * around_one(1, 0.15) + 0.45
    grey = image.mean(1, keepdim=True)
    return (grey + (image - grey) * around_one(1, 0.2)).clamp(0, 1)


def word_loss(logits: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Which flower among flowers, each other word by itself. words: N x V, NaN where nothing is known."""
    flowers, others = words[:, : len(FLOWERS)], words[:, len(FLOWERS) :]
    which = flowers.nan_to_num()
    which = SURE * which + (1 - SURE) / len(FLOWERS) * which.sum(1, keepdim=True)
    species = -(F.log_softmax(logits[:, : len(FLOWERS)], 1) * which).sum() / len(logits)
    alone = F.binary_cross_entropy_with_logits(logits[:, len(FLOWERS) :], others.nan_to_num(), reduction="none")
    return species + 10 * (alone * ~others.isnan()).mean()


def total_loss(
    net: Vgg16h, seen: torch.Tensor, twins: torch.Tensor, words: torch.Tensor, light: torch.Tensor
) -> torch.Tensor:
    """Of crops that `net.look` saw, and of the first few in another light. words, light: what is true of them."""
    mean, spread = net.code(torch.cat([seen, twins]))
    mean, spread = mean.float(), spread.float()
    code = mean + torch.randn_like(mean) * (spread / 2).exp()
    narrow = (mean.square() + spread.exp() - 1 - spread).sum(1).mean() / 2
    stay = F.mse_loss(mean[len(seen) :], mean[: len(twins)])
    tell = F.smooth_l1_loss(net.attributes(mean[: len(seen)]), light)
    return word_loss(net.words(code[: len(seen)]), words) + NARROW * narrow + STAY * stay + TELL * tell


def squares(pictures: list[Picture], side: int) -> np.ndarray:
    """N x side x side x 3 uint8: the middle of each picture."""
    rng = np.random.default_rng(0)
    middles = []
    for picture in pictures:
        height, width = picture.pixels.shape[:2]
        top, left = (height - min(height, width)) // 2, (width - min(height, width)) // 2
        middle = picture.pixels[top : top + min(height, width), left : left + min(height, width)]
        middles.append(random_crop(middle, side, rng, (0.0, 0.0)))
    return np.stack(middles)


@torch.no_grad()
def validate(run: Run, image: torch.Tensor, words: torch.Tensor) -> str:
    """Of the averaged net on held-out pictures."""
    logits = torch.cat([run.average.words(run.average.code(run.average.look(part))[0]) for part in image.split(64)])
    flowers = words[:, : len(FLOWERS)].nan_to_num()
    there = flowers.any(1)
    right = (certain(logits)[there, : len(FLOWERS)].argmax(1) == flowers[there].argmax(1)).float().mean()
    return f"held-out loss {float(word_loss(logits, words)):.4f}, flowers named right {float(right):.3f}"


def main() -> None:
    chosen = options(__doc__, minutes=90).parse_args()
    train, held_out = split(thumbnails(chosen.data, THUMBNAIL, learnt), HELD_OUT)
    known = np.stack([row_words(picture.row) for picture in train])
    chance, rng = chances(train), np.random.default_rng(chosen.seed)
    net = Vgg16h()
    sample = [cut(train[one], SIDES[0], rng) for one in rng.choice(len(train), 256, p=chance)]
    net.palette.begin(images(np.stack(sample), torch.device("cpu")))
    run = Run("vgg16h", net, chosen, lr=2e-3, shrink=0.05)
    held = images(squares(held_out or train, LOOK), run.device)
    asked = torch.from_numpy(np.stack([row_words(picture.row) for picture in held_out or train])).to(run.device)
    rng = np.random.default_rng(chosen.seed + run.steps)
    while run.done < 1:
        side = SIDES[int(run.done * len(SIDES))]
        picks = rng.choice(len(train), BATCH, p=chance)
        crops = shake(images(np.stack([cut(train[one], side, rng) for one in picks]), run.device))
        words = torch.from_numpy(known[picks]).to(run.device)
        with run.autocast():
            seen = run.model.look(torch.cat([crops, shake(crops[:TWINS])]))
            loss = total_loss(run.model, seen[:BATCH], seen[BATCH:], words, attributes(crops))
        if run.step(loss, clip=5.0) or run.steps % 250 == 0:
            print(f"{run.name} step {run.steps} {validate(run, held, asked)}", flush=True)


if __name__ == "__main__":
    main()
