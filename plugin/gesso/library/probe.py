"""Trying a graph out on a photo: which range it expects, which sizes it takes, how far it looks.

Nothing here knows a model; a trial is a run of the very code that will run it later, with a card that may be wrong.
The photo is a part of `coffee` from scikit-image (Rachel Michetti and Pikolo Espresso Bar, CC0).
"""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from PIL import Image

from gesso.contract.errors import ModelError
from gesso.engine.cards import Card
from gesso.engine.progress import Progress
from gesso.engine.session import Network

RANGES = ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0))
TIE = 0.02  # scores nearer than this say nothing
FAR = 0.15  # scores farther than this say more than a name
MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
HALOS = (4, 8, 16, 32, 48, 64)
SEAM = 1 / 255  # tiles that differ by no more than this are not seen
LEVEL = np.full((1, 1, 1, 1), 5 / 255, np.float32)


def photo(height: int, width: int) -> np.ndarray:
    """1 x 3 x height x width float32 RGB, 0..1: the photo at that size."""
    with Image.open(Path(__file__).with_name("probe.jpg")) as file:
        pixels = np.asarray(file.convert("RGB"), np.float32) / 255
    return np.ascontiguousarray(cv2.resize(pixels, (width, height)).transpose(2, 0, 1)[None])


def hole(height: int, width: int) -> np.ndarray:
    """1 x 1 x height x width float32 mask with a hole of a quarter of each side, off the middle."""
    mask = np.zeros((1, 1, height, width), np.float32)
    mask[:, :, height // 4 : height // 2, width // 3 : width // 3 + width // 4] = 1
    return mask


class Trial:
    """A session, and what came of running it as one card or another says."""

    def __init__(self, session: ort.InferenceSession):
        self.session = session

    def run(self, card: Card, image: np.ndarray, mask: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """gesso's values by role. Raises ModelError."""
        values = {"image": image, "noise-level": LEVEL, "mask": hole(*image.shape[2:]) if mask is None else mask}
        return Network(card, self.session).run(values, Progress())

    def image(self, card: Card, image: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray | None:
        """The picture that comes out; None where none does."""
        try:
            return self.run(card, image, mask).get("image")
        except ModelError:
            return None


def unlikeness(before: np.ndarray, after: np.ndarray) -> float:
    """How unlike a picture `after` is: the less the better. Both N3HW, the sizes may differ.

    Root mean square error at 64 x 64, plus the share of numbers out of range, less 0.3 of the correlation.
    """
    a, b = (cv2.resize(p[0].transpose(1, 2, 0), (64, 64), interpolation=cv2.INTER_AREA) for p in (before, after))
    outside = float(((after < -0.05) | (after > 1.05)).mean())
    together = float(np.corrcoef(a.ravel(), b.ravel())[0, 1]) if np.ptp(b) > 1e-6 else 0.0
    return float(np.sqrt(np.square(a - b).mean())) + outside - 0.3 * together


def with_range(card: Card, low: float, high: float) -> Card:
    """`card` with pictures of that range going in, and coming out."""
    inputs = tuple(replace(p, low=low, high=high) if p.role == "image" else p for p in card.inputs)
    made = tuple(replace(p, low=low, high=high) if p.role == "image" else p for p in card.outputs)
    return replace(card, inputs=inputs, outputs=made)


def score(trial: Trial, card: Card, image: np.ndarray) -> float:
    """`unlikeness` of what the card makes of a photo; infinite where that is no picture."""
    made = trial.image(card, image)
    return float("inf") if made is None else unlikeness(image, made)


def best_range(trial: Trial, card: Card, image: np.ndarray, known: tuple[float, float] | None) -> tuple[Card, bool]:
    """`card` with the range under which the photo comes out most like itself, and whether that was clear.

    known: the range that models of this name have; it is left only for one that fits by far better. Without it ties go
    to the first of RANGES. The design's author measured this on 22 published models: 20 right, one tie, one wrong.
    """
    scores = {ends: score(trial, with_range(card, *ends), image) for ends in RANGES}
    best = min(scores, key=scores.__getitem__)
    if not np.isfinite(scores[best]):
        raise ModelError("The model gives no picture for a photo.", "gesso cannot use it.")
    if known and scores[known] <= scores[best] + FAR:
        return with_range(card, *known), True
    near = [ends for ends in RANGES if scores[ends] <= scores[best] + TIE]
    return with_range(card, *near[0]), len(near) == 1


def phase(height: int, width: int) -> int:
    """Tiles of a graph of fixed size start at multiples of this, so that nets which fold pixels see the same phase."""
    return next(n for n in (8, 4, 2, 1) if height % n == 0 and width % n == 0)


def fits(trial: Trial, card: Card, height: int, width: int) -> bool:
    """Whether a picture of that size comes out as the card promises."""
    try:
        trial.run(replace(card, multiple=1, least=1), photo(height, width))
    except ModelError:
        return False
    return True


def size_rule(trial: Trial, card: Card, base: tuple[int, int]) -> Card:
    """`card` with the multiple and the least side that the graph takes, found from sides that work, `base`.

    A graph that takes nothing but squares is given one size.
    """
    multiple = next((n for n in (*MULTIPLES, 14) if fits(trial, card, base[0] + n, base[1] + 3 * n)), base[0])
    if multiple == base[0] and not fits(trial, card, base[0], 2 * base[1]):
        return replace(card, size=base, multiple=phase(*base))
    sides = [side for side in range(multiple, base[0], multiple) if side in (multiple, 8, 16, 32, 40, 48, 64, 96)]
    least = next((side for side in sides if fits(trial, card, side, side)), base[0])
    return replace(card, multiple=multiple, least=1 if least == multiple else least)


def reach(trial: Trial, card: Card) -> int | None:
    """The halo with which tiles are not seen; None where none is enough: the net looks at the whole picture."""
    if card.size:
        side, step = min(card.size) - 2 * card.border, 8
    else:
        step = card.multiple
        side = max(192, card.least, 4 * step) // step * step
    shift = max(step, side // 2 // step * step)
    image = photo(side, side + shift)
    first, second = (trial.image(card, image[..., at : at + side]) for at in (0, shift))
    if first is None or second is None:
        return None
    first, second = first.clip(0, 1), second.clip(0, 1)
    apart = np.abs(first[..., shift * card.scale :] - second[..., : (side - shift) * card.scale]).max(axis=(0, 1, 2))
    columns = len(apart) // card.scale
    for halo in (halo for halo in HALOS if 2 * halo < columns):
        if apart[halo * card.scale : len(apart) - halo * card.scale].max() <= SEAM:
            return halo
    return None
