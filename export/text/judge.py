"""A classifier of the subjects at 32 px, trained apart from the generator and used for measuring only."""

from pathlib import Path

import numpy as np
import torch
from gesso.engine.backdrops import soften
from torch import nn
from torch.nn import functional as F

from export.data import WORK, Picture, random_crop, split, thumbnails
from export.text.model import SIDE
from export.text.train import THUMBNAIL, wanted
from export.text.words import WORDS, row_words
from export.training import images
from export.words import FLOWERS, SUBJECTS

STEPS, BATCH = 1000, 64


class Judge(nn.Module):
    """N x 3 x 32 x 32 RGB in [0, 1] -> N x subjects, logits."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, 32), (32, 64), (64, 96)):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, nn.Conv2d(96, 128, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(128, len(SUBJECTS))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(F.dropout(self.body(image).mean((2, 3)), 0.3, self.training))


def train_judge(data: Path) -> tuple[Judge, dict[str, float]]:
    """The judge, trained once and kept beside the checkpoints, and how far it can be trusted on held-out pictures."""
    train, held_out = split(thumbnails(data, THUMBNAIL, wanted))
    labels = [np.stack([row_words(p.row) for p in fold])[:, : len(SUBJECTS)] for fold in (train, held_out)]
    rng = np.random.default_rng(2)
    torch.manual_seed(2)
    judge = Judge()
    file = WORK / "judge.pt"
    if file.exists():
        judge.load_state_dict(torch.load(file, weights_only=True))
    else:
        common = labels[0].sum(0)
        chance = (labels[0] / common.clip(1)).max(1)  # a picture is drawn for its rarest subject
        optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=STEPS)
        for _ in range(STEPS):
            picks = rng.choice(len(train), BATCH, p=chance / chance.sum())
            crops = np.stack([soft_crop(train[i], rng) for i in picks])
            gain = torch.empty(BATCH, 3, 1, 1).uniform_(0.8, 1.2)
            logits = judge(images(crops, torch.device("cpu")) * gain)
            loss = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels[0][picks]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        torch.save(judge.state_dict(), file)
    judge.eval()
    held = np.stack([soft_crop(picture, rng) for picture in held_out])
    return judge, trust(scores(judge, held), labels[1])


def soft_crop(picture: Picture, rng: np.random.Generator) -> np.ndarray:
    """A real crop, as soft as the engine makes its pictures: the judge must not tell them by their blur."""
    crop = random_crop(picture.pixels, SIDE, rng, (SIDE / THUMBNAIL, 1.0))
    return (soften(crop.astype(np.float32) / 255) * 255).round().astype(np.uint8)


@torch.no_grad()
def scores(judge: Judge, pictures: np.ndarray) -> np.ndarray:
    """N x 32 x 32 x 3 uint8 -> N x subjects, 0..1."""
    return torch.sigmoid(judge(images(pictures, torch.device("cpu")))).numpy()


def trust(score: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """How the judge does on real pictures: flowers named right, and places among its first three guesses."""
    columns = [WORDS.index(flower) for flower in FLOWERS]
    flowers = labels[:, columns].any(1)
    right = score[flowers][:, columns].argmax(1) == labels[flowers][:, columns].argmax(1)
    first = np.argsort(-score[~flowers], 1)[:, :3]
    hit = [labels[~flowers][i, first[i]].any() for i in range(len(first))]
    return {"flowers_named_right": float(np.mean(right)), "places_in_first_three": float(np.mean(hit))}
