"""Train the text model: python -m export.text.train FOLDER

Crops of flowers and of landscapes at 32 px. A crop's words are the manifest's and the measured ones; some are dropped,
so that any handful of words is familiar, and sometimes all, which is what guidance compares with.
"""

import cv2
import numpy as np
import torch

from export.data import Picture, random_crop, split, thumbnails
from export.text.model import SIDE, TextFlow, flow_loss
from export.text.words import crop_words, row_words
from export.training import Run, images, options
from export.words import LIGHTS, SUBJECTS

BATCH = 256
CROPS = 60_000  # drawn once, so that no picture is cut beside a training step
THUMBNAIL = 48  # the shorter side pictures are kept at; a crop covers at least two thirds of it
FLOWERS = 0.4  # share of the crops
TURN = 0.3  # share of the crops whose hue is turned
DROP, DROP_ALL = 0.3, 0.1  # how often a word, or every word, is left out
OTHER = {"object", "food", "interior", "animal", "vehicle", "aircraft", "pattern", "person", "crowd", "fish", "cave"}


def wanted(row: dict[str, str]) -> bool:
    """Flowers, and photographs of places without things or people in front of them."""
    if row.get("pack") == "flowers":
        return True
    fitting = row["use"] == "train" and row.get("pack") == "photos" and row.get("people") != "main"
    return fitting and not OTHER & set(row["scene"].split(",")) and bool(row_words(row).any())


def turn_hue(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Any other hue: colour words should rule the colour, whatever the subject."""
    hsv = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + rng.integers(180)) % 180  # OpenCV counts hue in steps of 2 degrees
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def cut(pictures: list[Picture], count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(count x SIDE x SIDE x 3 uint8 crops, count x V float32 words, whether the hue was turned)."""
    rng = np.random.default_rng(seed)
    flower = np.array([picture.row.get("pack") == "flowers" for picture in pictures])
    known = np.stack([row_words(picture.row) for picture in pictures])
    chance = np.where(flower, FLOWERS / max(flower.sum(), 1), (1 - FLOWERS) / max((~flower).sum(), 1))
    chosen = rng.choice(len(pictures), count, p=chance / chance.sum())
    turned = rng.random(count) < TURN
    crops = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for number, (index, turn) in enumerate(zip(chosen, turned, strict=True)):
        crop = random_crop(pictures[index].pixels, SIDE, rng, (SIDE / THUMBNAIL, 1.0))
        crops[number] = turn_hue(crop, rng) if turn else crop
    return crops, np.maximum(known[chosen], crop_words(crops)), turned


def drop_words(words: torch.Tensor, turned: torch.Tensor) -> torch.Tensor:
    """N x V words, some of them left out.

    A turned hue is never shown without its name, so that colours stay natural where none is named.
    """
    kept = torch.rand(words.shape, device=words.device) > DROP
    kept[:, len(SUBJECTS) + len(LIGHTS) :] |= turned[:, None]
    return words * kept * (torch.rand(len(words), 1, device=words.device) > DROP_ALL)


def main() -> None:
    chosen = options(__doc__, minutes=25).parse_args()
    train, held_out = split(thumbnails(chosen.data, THUMBNAIL, wanted))
    crops, words, turned = cut(train, CROPS, seed=1)
    unseen = cut(held_out or train, CROPS // 30, seed=2)
    net = TextFlow()
    net.begin(images(crops[: CROPS // 6], torch.device("cpu")))
    run = Run("text", net, chosen, lr=1e-3)

    def prepared(crops: np.ndarray, words: np.ndarray, turned: np.ndarray) -> tuple[torch.Tensor, ...]:
        latents = [
            run.average.encode(images(part, run.device)) for part in np.array_split(crops, 1 + len(crops) // 5000)
        ]
        return torch.cat(latents), torch.from_numpy(words).to(run.device), torch.from_numpy(turned).to(run.device)

    latents, known, hues = prepared(crops, words, turned)
    held = prepared(*unseen)[:2]
    done = False
    while not done:
        picks = torch.randint(len(latents), (BATCH,), device=run.device)
        with run.autocast():
            loss = flow_loss(run.model, latents[picks], drop_words(known[picks], hues[picks]))
        done = run.step(loss)
        if done or run.steps % 2000 == 0:
            print(f"{run.name} step {run.steps} held-out loss {held_out_loss(run, *held):.4f}", flush=True)


@torch.no_grad()
def held_out_loss(run: Run, latents: torch.Tensor, words: torch.Tensor) -> float:
    """Of the averaged net, with the same times and noise at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return float(flow_loss(run.average, latents, words))


if __name__ == "__main__":
    main()
