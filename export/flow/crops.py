"""What the painters learn from: latents of crops, with the words and the sketch of each.

The latents are the shipped autoencoder's, the sketches are what the text model's components hold of a crop.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from export.data import Picture, load_pictures, random_crop, split
from export.text.model import SIDE as SKETCH_SIDE
from export.text.model import TextFlow
from export.text.train import DROP, DROP_ALL, wanted
from export.text.words import crop_words, row_words
from export.to_onnx import load_weights
from export.training import images
from export.vae.release import shipped

SIZE = 4 * SKETCH_SIDE  # side of a crop
CROPS = 24_000  # cut and coded once, so that no picture is decoded beside a training step
FLOWERS = 0.4  # share of the crops
NEAREST = 0.35  # of a picture's shorter side is the least that a crop shows
BLUR, MOTTLE = 1.2, 0.04  # at most: standard deviations of what spoils a sketch, in its pixels and in colour
KNOWN = 0.3  # share of the crops of which a part is known


@dataclass(frozen=True)
class Coded:
    """Crops: latents N x CHANNELS x h x w, words N x V, sketches N x 3 x 2h x 2w, not spoilt."""

    latents: torch.Tensor
    words: torch.Tensor
    sketches: torch.Tensor

    def draw(self, count: int) -> tuple[torch.Tensor, ...]:
        """(latent, words, sketch, known) of some: words left out, sketches spoilt, of some a part known."""
        picks = torch.randint(len(self.latents), (count,), device=self.latents.device)
        said = self.words[picks]
        kept = (torch.rand_like(said) > DROP) & (torch.rand(count, 1, device=said.device) > DROP_ALL)
        clean = self.latents[picks].float()
        return clean, said * kept, spoilt(self.sketches[picks].float()), some_known(clean)


def coded(data: Path, models: Path, device: torch.device) -> tuple[Coded, Coded]:
    """CROPS crops of the training pictures of a folder, and an eightieth as many of the held-out ones."""
    vae, text = shipped(models).to(device), TextFlow().eval()
    load_weights(text, models / "text.onnx")
    text = text.to(device)

    @torch.no_grad()
    def code(pictures: list[Picture], count: int, seed: int) -> Coded:
        crops, words = cut(pictures, count, seed)
        latents, sketches = [], []
        for part in np.array_split(crops, 1 + count // 32):
            pixels = images(part, device)
            latents.append(vae.encoder(pixels)[0].half())
            flat = text.encode(F.avg_pool2d(pixels, 4)) @ text.basis + text.mean
            sketches.append(flat.view(-1, 3, SKETCH_SIDE, SKETCH_SIDE).clamp(0, 1).half())
        return Coded(torch.cat(latents), torch.from_numpy(words).to(device), torch.cat(sketches))

    train, held_out = split(load_pictures(data, wanted))
    return code(train, CROPS, seed=1), code(held_out or train, CROPS // 80, seed=2)


def cut(pictures: list[Picture], count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count x SIZE x SIZE x 3 uint8 crops, count x V float32 words)."""
    rng = np.random.default_rng(seed)
    flower = np.array([picture.row.get("pack") == "flowers" for picture in pictures])
    chance = np.where(flower, FLOWERS / max(flower.sum(), 1), (1 - FLOWERS) / max((~flower).sum(), 1))
    chosen = rng.choice(len(pictures), count, p=chance / chance.sum())
    crops = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for number, index in enumerate(chosen):
        pixels = pictures[index].pixels
        farthest = SIZE / min(pixels.shape[:2])
        crops[number] = random_crop(pixels, SIZE, rng, (farthest, max(farthest, min(1.0, farthest / NEAREST))))
    words = np.stack([row_words(pictures[index].row) for index in chosen])
    return crops, np.maximum(words, crop_words(crops))


def spoilt(sketch: torch.Tensor) -> torch.Tensor:
    """N x 3 x h x w sketches, each blurred and mottled as far as chance will have it; in [0, 1]."""
    count, device = len(sketch), sketch.device
    places = torch.arange(-3, 4, device=device)
    sigma = 0.3 + BLUR * torch.rand(count, 1, device=device)
    row = torch.exp(-(places**2) / (2 * sigma**2))
    row = (row / row.sum(1, keepdim=True)).repeat_interleave(3, 0)[:, None, None]
    flat = F.pad(sketch, (3, 3, 3, 3), mode="replicate").flatten(0, 1)[None]
    flat = F.conv2d(F.conv2d(flat, row, groups=3 * count), row.transpose(2, 3), groups=3 * count)
    mottle = MOTTLE * torch.rand(count, 1, 1, 1, device=device) * torch.randn_like(sketch)
    return (flat.view_as(sketch) + mottle).clamp(0, 1)


def some_known(clean: torch.Tensor) -> torch.Tensor:
    """N x (CHANNELS + 1) x h x w: mostly nothing, else what lies outside a box, or on one side of a line."""
    count, _, height, width = clean.shape
    known = clean.new_zeros(count, 1, height, width)
    for number in range(count):
        if torch.rand(()) < KNOWN:
            top, left = (int(torch.randint(-side // 2, side // 2, ())) for side in (height, width))
            tall, broad = (int(torch.randint(side // 4, side + 1, ())) for side in (height, width))
            known[number] = 1
            known[number, :, max(0, top) : top + tall, max(0, left) : left + broad] = 0
    return torch.cat([clean * known, known], 1)
