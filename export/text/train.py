"""Train the text model: python -m export.text.train FOLDER

Crops of flowers and of landscapes at 32 px. A crop's words are the manifest's and the measured ones; some are dropped,
so that any handful of words is familiar, and sometimes all, which is what guidance compares with.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from export.data import Picture, list_pictures, random_crop, split
from export.flow import flow_loss, to_latent
from export.text.model import SIDE, text_net
from export.text.words import LIGHTS, SUBJECTS, crop_words, row_words
from export.training import Run, images, options

BATCH = 64
HELD_OUT = 256  # crops to watch the loss on
THUMBNAIL = 48  # the shorter side pictures are kept at; a crop covers at least two thirds of it
FLOWERS = 0.4  # share of the batch
DROP, DROP_ALL = 0.3, 0.1
TURN = 0.3  # share of the crops whose hue is turned
OTHER = {"object", "food", "interior", "animal", "vehicle", "aircraft", "pattern", "person", "crowd", "fish", "cave"}


def wanted(row: dict[str, str]) -> bool:
    """Flowers, and photographs of places without things or people in front of them."""
    if row.get("pack") == "flowers":
        return True
    fitting = row["use"] == "train" and row.get("pack") == "photos" and row.get("people") != "main"
    return fitting and not OTHER & set(row["scene"].split(",")) and bool(row_words(row).any())


def thumbnails(folder: Path) -> list[Picture]:
    """Every wanted picture, its shorter side THUMBNAIL px."""
    pictures = []
    for row in list_pictures(folder, wanted):
        image = Image.open(folder / row["file"]).convert("RGB")
        factor = THUMBNAIL / min(image.size)
        size = (round(image.width * factor), round(image.height * factor))
        pictures.append(Picture(row["file"], np.asarray(image.resize(size, Image.Resampling.BOX)), row))
    return pictures


def turn_hue(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Any other hue: colour words should rule the colour, whatever the subject."""
    hsv = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + rng.integers(180)) % 180  # OpenCV counts hue in steps of 2 degrees
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def batches(pictures: list[Picture], batch: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Endless (N x SIDE x SIDE x 3 uint8, N x V float32 words)."""
    rng = np.random.default_rng(seed)
    flower = np.array([picture.row.get("pack") == "flowers" for picture in pictures])
    known = np.stack([row_words(picture.row) for picture in pictures])
    chance = np.where(flower, FLOWERS / max(flower.sum(), 1), (1 - FLOWERS) / max((~flower).sum(), 1))
    chance /= chance.sum()
    named = len(SUBJECTS) + len(LIGHTS)
    while True:
        chosen = rng.choice(len(pictures), batch, p=chance)
        crops = [random_crop(pictures[i].pixels, SIDE, rng, (SIDE / THUMBNAIL, 1.0)) for i in chosen]
        turned = rng.random(batch) < TURN
        clean = np.stack([turn_hue(c, rng) if t else c for c, t in zip(crops, turned, strict=True)])
        words = np.maximum(known[chosen], crop_words(clean))
        kept = rng.random(words.shape) > DROP
        kept[turned, named:] = True  # a turned hue is never shown without its name: unnamed colours stay natural
        kept[rng.random(batch) < DROP_ALL] = False
        yield clean, words * kept


def main() -> None:
    chosen = options(__doc__, minutes=50).parse_args()
    train, held_out = split(thumbnails(chosen.data))
    run = Run("text", text_net(), chosen, lr=1.5e-3)
    held = next(batches(held_out or train, HELD_OUT, seed=0))
    for clean, words in batches(train, BATCH, seed=chosen.seed + run.steps):
        with run.autocast():
            loss = flow_loss(run.model, to_latent(images(clean, run.device)), torch.from_numpy(words).to(run.device))
        done = run.step(loss)
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} held-out loss {held_out_loss(run, *held):.4f}", flush=True)
        if done:
            break


@torch.no_grad()
def held_out_loss(run: Run, clean: np.ndarray, words: np.ndarray) -> float:
    """Of the averaged net, with the same times and noise at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        latent = to_latent(images(clean, run.device))
        return float(flow_loss(run.average, latent, torch.from_numpy(words).to(run.device)))


if __name__ == "__main__":
    main()
