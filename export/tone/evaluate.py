"""Measure relighting on photos it has never seen: python -m export.tone.evaluate FOLDER [--sheet FILE]

Every photo is damaged in light and colour, the same way in every run, and mended by the engine, as a user runs it.
Error is the mean deltaE (CIEDE2000). Two of the three kinds of damage were never used in training. What is measured is
how well known faults are undone, not taste.

The plain methods named as GIMP's work on the picture's own curve; on 18 of these damaged photos GIMP 3.0.4 itself was
the same or worse (Stretch Contrast 9.7 to their 8.9, White Balance 12.1 to 10.6, Equalize 26.8 to 19.0).
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image
from skimage.color import deltaE_ciede2000, lab2rgb, rgb2lab

from export.evaluate import interval, markdown, read_pictures
from export.tone.damage import damage, decode, encode
from export.training import images

PACKS = ("cbsd68", "gb82")  # as they were taken: a reduced picture has lost its darkest and brightest pixels
LEFT_ALONE, GESSO, GOOD = "left alone", "gesso", "good photos"
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # HxWx3 uint8 -> HxWx3 uint8


def as_trained(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The faults of `damage`, at least one of them plain to see."""
    photo = images(picture[None], torch.device("cpu"))
    while True:
        changed = damage(photo, torch.Generator().manual_seed(int(rng.integers(1 << 30))), untouched=0)
        if (changed - photo).abs().mean() > 0.02:
            return eight_bits(changed[0].permute(1, 2, 0).numpy())


def filmic(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A film's curve with shoulder and toe (Hable 2010, of Uncharted 2) at an exposure of its own."""

    def film(x: np.ndarray | np.float32) -> np.ndarray | np.float32:
        return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3

    exposed = film(linear(picture) * 2 ** rng.uniform(-1.5, 2)) / film(np.float32(rng.uniform(2, 11.2)))
    return eight_bits(encode(torch.from_numpy(exposed.astype(np.float32))).numpy())


def toned(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Split toning: dark and bright parts tinted in two colours, on an S-shaped curve or its opposite."""
    rgb = picture / 255
    bright = rgb.mean(2, keepdims=True)
    tints = rng.normal(0, 0.08, (2, 3))
    bent = rgb + rng.uniform(-0.12, 0.12) * np.sin(2 * np.pi * rgb)
    return eight_bits(bent + tints[0] * (1 - bright) + tints[1] * bright)


KINDS: dict[str, Change] = {"as trained": as_trained, "filmic": filmic, "split toning": toned}


def linear(picture: np.ndarray) -> np.ndarray:
    return decode(torch.from_numpy(picture.astype(np.float32) / 255)).numpy()


def eight_bits(picture: np.ndarray) -> np.ndarray:
    return (picture.clip(0, 1) * 255).round().astype(np.uint8)


def stretched(picture: np.ndarray) -> np.ndarray:
    """Darkest to brightest of all channels at once, as GIMP's Stretch Contrast with Keep Colors."""
    low, high = picture.min(), picture.max()
    return eight_bits((picture - float(low)) / max(float(high) - float(low), 1))


def stretched_apart(picture: np.ndarray) -> np.ndarray:
    """Darkest to brightest of each channel: GIMP's Stretch Contrast without Keep Colors, to the bit."""
    low, high = picture.min((0, 1)).astype(float), picture.max((0, 1))
    return eight_bits((picture - low) / np.maximum(high - low, 1))


def balanced(picture: np.ndarray) -> np.ndarray:
    """Each channel stretched, 0.6 % of the pixels cut off at either end, as GIMP's automatic White Balance."""
    low, high = np.percentile(picture, [0.6, 99.4], axis=(0, 1))
    return eight_bits((picture - low) / np.maximum(high - low, 1))


def equalized(picture: np.ndarray) -> np.ndarray:
    """The histogram of each channel made even, as GIMP's Equalize."""
    return np.dstack([cv2.equalizeHist(np.ascontiguousarray(picture[..., channel])) for channel in range(3)])


def clahe(picture: np.ndarray) -> np.ndarray:
    """Adaptive equalisation of L with limited contrast (Zuiderveld 1994), 8 x 8 tiles, limit 2."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(np.ascontiguousarray(lab[..., 0]))
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def grey_world(picture: np.ndarray) -> np.ndarray:
    """The mean made grey, in linear light (Buchsbaum 1980)."""
    light = linear(picture)
    mean = light.mean((0, 1))
    return eight_bits(encode(torch.from_numpy(light * (mean.mean() / np.maximum(mean, 1e-4)))).numpy())


def like_the_mean(picture: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Mean and spread of L, a, b made those of `wanted`, 2 x 3: what knows photos, but does not look at this one."""
    lab = rgb2lab(picture)
    return eight_bits(lab2rgb((lab - lab.mean((0, 1))) / (lab.std((0, 1)) + 1e-3) * wanted[1] + wanted[0]))


PLAIN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    LEFT_ALONE: lambda picture: picture,
    "Stretch Contrast": stretched,
    "Stretch Contrast, channels apart": stretched_apart,
    "White Balance": balanced,
    "Equalize": equalized,
    "CLAHE": clahe,
    "grey world": grey_world,
}
MEAN = "mean of photos"


def relit(picture: np.ndarray, models: Models, model: str) -> np.ndarray:
    """By the engine, HxWx3 uint8."""
    made, _ = perform(find("enhance", "relight"), {"model": model}, models, Progress(), Picture(picture))
    return made.layers[0].picture.array


def error(result: np.ndarray, truth: np.ndarray) -> float:
    """Mean deltaE (CIEDE2000) of every third pixel of every third row."""
    return float(deltaE_ciede2000(rgb2lab(result[::3, ::3]), rgb2lab(truth[::3, ::3])).mean())


def measure(
    folder: Path, packs: Sequence[str], model: str
) -> tuple[dict[str, dict[str, list[float]]], list[np.ndarray]]:
    """(errors by kind of damage and method, one a picture; rows of pictures to look at)."""
    models = Models()
    pictures = [picture for pack in packs for _, picture in read_pictures(folder, pack)]
    looks = np.stack([np.stack([lab.mean((0, 1)), lab.std((0, 1))]) for lab in map(rgb2lab, pictures)])
    errors: dict[str, dict[str, list[float]]] = {kind: {} for kind in (*KINDS, GOOD)}
    rows = []
    for number, truth in enumerate(pictures):
        others = (looks.sum(0) - looks[number]) / (len(pictures) - 1)
        rng = np.random.default_rng(number)
        changed = {kind: change(truth, rng) for kind, change in KINDS.items()} | {GOOD: truth}
        for kind, damaged in changed.items():
            results = {name: mend(damaged) for name, mend in PLAIN.items()}
            results |= {MEAN: like_the_mean(damaged, others), GESSO: relit(damaged, models, model)}
            for method, result in results.items():
                errors[kind].setdefault(method, []).append(error(result, truth))
            if number % 16 == 0:
                shown = [damaged, *(results[name] for name in ("White Balance", MEAN, GESSO)), truth]
                rows.append(np.hstack([cv2.resize(p, (256, 171), interpolation=cv2.INTER_AREA) for p in shown]))
    return errors, rows


def best_plain(scores: dict[str, list[float]]) -> str:
    """The plain method of the smallest mean error."""
    return min((name for name in scores if name not in (GESSO, LEFT_ALONE)), key=lambda name: np.mean(scores[name]))


def table(errors: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    """Rows (kind, method, deltaE, its share of the best plain method's, difference to that with 95 % interval)."""
    methods = list(errors[GOOD])
    every = {method: np.concatenate([errors[kind][method] for kind in KINDS]).tolist() for method in methods}
    rows = []
    for kind, scores in (*errors.items(), ("all damage", every)):
        best = scores[best_plain(scores)]
        for method, values in scores.items():
            mean, low, high = interval(np.subtract(values, best))
            gain = f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"
            rows.append([kind, method, f"{np.mean(values):.2f}", f"{np.mean(values) / np.mean(best):.2f}", gain])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", nargs="+", default=PACKS, help="beginnings of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--sheet", type=Path, help="write damaged, White Balance, mean, gesso and truth side by side")
    chosen = parser.parse_args()
    errors, rows = measure(chosen.folder, chosen.pack, chosen.model)
    head = ["damage", "method", "deltaE", "of the best plain method's", "difference (95 % interval)"]
    print(markdown(head, table(errors)))
    if chosen.sheet:
        Image.fromarray(np.vstack(rows)).save(chosen.sheet)


if __name__ == "__main__":
    main()
