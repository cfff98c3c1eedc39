"""Measure colouring on photos: python -m export.colorize.evaluate FOLDER [--sheet FILE]

Every photo loses its colours and gets others by the engine, as a user runs it, from a few dabs of its true colours.
Error is the mean deltaE (CIEDE2000); colourfulness (Hasler & Suesstrunk 2003) says how lively the result is.

A network that chose among bins of colour (Zhang et al. 2016; 64 px, 12 minutes on the training photos) was tried: on
photos held out its a and b were as far from the truth as grey is (1.02), with dabs 0.72. It is not shipped.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.enhance.colorize import lab, rgb, without_colour
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import interval, markdown, read_pictures
from export.tone.evaluate import eight_bits, error

PACKS = ("cbsd68", "clic2025", "gb82")
SIDE = 512  # of the pictures measured: colour needs no more
DABS, SHARE = 8, 0.04  # of the hints: how many, and the side of each of the picture's shorter one
GREY, TRUTH = "grey", "truth"


def shrunk(picture: np.ndarray) -> np.ndarray:
    """The longest side at most SIDE pixels."""
    factor = min(1.0, SIDE / max(picture.shape[:2]))
    size = round(picture.shape[1] * factor), round(picture.shape[0] * factor)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def colourfulness(picture: np.ndarray) -> float:
    """Spread and strength of the opponent colours of HxWx3 uint8; 0 is grey, about 60 is quite colourful."""
    red, green, blue = picture.astype(np.float64).transpose(2, 0, 1)
    opponents = np.stack([red - green, (red + green) / 2 - blue]).reshape(2, -1)
    return float(np.linalg.norm(opponents.std(1)) + 0.3 * np.linalg.norm(opponents.mean(1)))


def tinted(grey: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """HxWx3 uint8 with the a and b given, HxWx2."""
    made = lab(grey / 255)
    made[..., 1:] = ab
    return eight_bits(rgb(made))


def dabs(truth: np.ndarray, rng: np.random.Generator, count: int = DABS) -> np.ndarray:
    """HxWx4 uint8: `count` opaque squares anywhere, each in the mean colour of the truth there."""
    height, width = truth.shape[:2]
    side, layer = max(2, round(SHARE * min(height, width))), np.zeros((height, width, 4), np.uint8)
    for _ in range(count):
        y, x = rng.integers(height - side), rng.integers(width - side)
        layer[y : y + side, x : x + side] = (*truth[y : y + side, x : x + side].mean((0, 1)), 255)
    return layer


def colorized(grey: np.ndarray, models: Models, model: str, hints: np.ndarray | None = None) -> np.ndarray:
    """By the engine, HxWx3 uint8."""
    action, others = find("enhance", "colorize"), {} if hints is None else {"hints": Picture(hints)}
    made, _ = perform(action, {"model": model}, models, Progress(), Picture(grey), others=others)
    return made.layers[0].picture.array


def nearest(grey: np.ndarray, hints: np.ndarray) -> np.ndarray:
    """Every pixel in the colour of the dab that is nearest: what the lightness adds is seen beside it."""
    _, places = cv2.distanceTransformWithLabels(
        np.where(hints[..., 3] > 0, 0, 1).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    painted = hints[..., 3] > 0
    of_label = np.zeros((places.max() + 1, 2), np.float32)
    of_label[places[painted]] = lab(hints[..., :3] / 255)[painted][:, 1:]
    return tinted(grey, of_label[places])


def measure(
    folder: Path, packs: Sequence[str], counts: Sequence[int], model: str
) -> tuple[dict[str, list[float]], dict[str, list[float]], list[np.ndarray]]:
    """(deltaE by method, colourfulness by method, one a picture; rows of pictures to look at)."""
    models = Models()
    errors: dict[str, list[float]] = {}
    lively: dict[str, list[float]] = {}
    rows = []
    pictures = [shrunk(picture) for pack in packs for _, picture in read_pictures(folder, pack)]
    for number, truth in enumerate(pictures):
        grey = eight_bits(without_colour(truth / 255))
        results = {GREY: grey}
        for count in counts:
            hints = dabs(truth, np.random.default_rng(number), count)
            results[f"nearest of {count} dabs"] = nearest(grey, hints)
            results[f"gesso, {count} dabs"] = colorized(grey, models, model, hints)
        results[TRUTH] = truth
        for method, result in results.items():
            errors.setdefault(method, []).append(error(result, truth))
            lively.setdefault(method, []).append(colourfulness(result))
        if number % 10 == 0:
            rows.append(np.hstack([cv2.resize(p, (256, 171), interpolation=cv2.INTER_AREA) for p in results.values()]))
    return errors, lively, rows


def table(errors: dict[str, list[float]], lively: dict[str, list[float]]) -> list[list[str]]:
    """Rows (method, deltaE, of grey's, difference to that with 95 % interval, colourfulness of the truth's)."""
    rows = []
    for method, values in errors.items():
        mean, low, high = interval(np.subtract(values, errors[GREY]))
        share = np.mean(values) / np.mean(errors[GREY])
        colour = np.mean(lively[method]) / np.mean(lively[TRUTH])
        gain = f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"
        rows.append([method, f"{np.mean(values):.2f}", f"{share:.2f}", gain, f"{colour:.2f}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", nargs="+", default=PACKS, help="beginnings of the names of the pictures to use")
    parser.add_argument("--dabs", type=int, nargs="+", default=[4, DABS, 16], help="how many of them")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--sheet", type=Path, help="write grey, all results and truth side by side")
    chosen = parser.parse_args()
    errors, lively, rows = measure(chosen.folder, chosen.pack, chosen.dabs, chosen.model)
    head = ["method", "deltaE", "of grey's", "difference (95 % interval)", "colourfulness, of the truth's"]
    print(markdown(head, table(errors, lively)))
    if chosen.sheet:
        Image.fromarray(np.vstack(rows)).save(chosen.sheet)


if __name__ == "__main__":
    main()
