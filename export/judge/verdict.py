"""What the judge says of pictures, and how far it can be trusted."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from export.data import WORK, Picture
from export.judge.model import Judge
from export.training import images, trained
from export.vgg16h.train import squares
from export.vgg16h.words import FLOWERS, WORDS, row_words
from export.words import SUBJECTS

NAME, SIDE = "judge", 64  # its checkpoint; the side of the squares it looks at, pixels
PLACES = tuple(word for word in SUBJECTS if word not in FLOWERS)


def load_judge() -> Judge:
    if not (WORK / f"{NAME}.pt").exists():
        raise SystemExit("The judge is not trained: python -m export.judge.train FOLDER (45 minutes)")
    return trained(NAME, Judge())[0]  # type: ignore[return-value]


def looked_at(pictures: np.ndarray) -> torch.Tensor:
    """N x S x S x 3 uint8 -> N x 3 x SIDE x SIDE in 0..1."""
    small = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for one in pictures]
    return images(np.stack(small), torch.device("cpu"))


@torch.no_grad()
def scores(judge: Judge, pictures: np.ndarray) -> np.ndarray:
    """N x S x S x 3 uint8 -> N x WORDS, logits."""
    return torch.cat([judge(part) for part in looked_at(pictures).split(64)]).numpy()


@torch.no_grad()
def features(judge: Judge, pictures: np.ndarray) -> np.ndarray:
    """N x S x S x 3 uint8 -> N x 256."""
    return torch.cat([judge.features(part) for part in looked_at(pictures).split(64)]).numpy()


def trust(judge: Judge, pictures: Sequence[Picture]) -> dict[str, float]:
    """How it does on pictures it has not learnt from: flowers named right, photos' places among its first three."""
    said = scores(judge, squares(list(pictures), SIDE))
    truth = np.nan_to_num(np.stack([row_words(one.row) for one in pictures]))
    flowers, places = ([WORDS.index(word) for word in words] for words in (FLOWERS, PLACES))
    flower = truth[:, flowers].any(1)
    right = said[flower][:, flowers].argmax(1) == truth[flower][:, flowers].argmax(1)
    there, first = truth[~flower][:, places] > 0, np.argsort(-said[~flower][:, places], 1)[:, :3]
    hit = np.take_along_axis(there, first, 1)[there.any(1)].any(1)
    return {"flowers_named_right": round(float(right.mean()), 3), "places_in_first_three": round(float(hit.mean()), 3)}
