"""Measure `enhance adjust` and the autoencoder: python -m export.vae.evaluate FOLDER [--sheet FILE]

Each beside plain methods, on pictures no training has seen:
  what is lost in the code    PSNR, beside bicubic to an eighth and back, and beside JPEG of one bit a pixel
  do the sliders rule         correlation of each slider with what is measured, and how much it moves the others
  do they look right          photos in another light: told its five numbers, how near do we come to it (deltaE)?
                              light.py is what gesso's own method can do; a film's curve and split toning are not
  what do sliders spoil       at 60: how far brightness lifts the blacks (1st percentile of L), and how many pixels
                              contrast cuts off
Three ways to the same numbers: gesso (engine/enhance/exposure.py), the autoencoder's decoder told the wanted numbers,
and a gain and an offset of L, a and b in Oklab.
"""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gesso.contract.actions import find
from gesso.engine import oklab
from gesso.engine.enhance.adjust import SLIDERS, moved, process_input, process_output
from gesso.engine.enhance.look import Look, fit_look
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.photometry import photometry
from gesso.engine.progress import Progress
from gesso.engine.session import Models, planes
from PIL import Image

from export.evaluate import compare, markdown, psnr, read_pictures
from export.tone.evaluate import KINDS, eight_bits, error
from export.training import images
from export.vae.light import change_light
from export.vae.model import FACTOR

PACKS = ("cbsd68", "gb82")
SIDE = 256  # of the crops that are coded and painted again
SLID = (-100, -50, 0, 50, 100)
OURS, LATENT, PLAIN, ALONE = "gesso", "autoencoder", "gain and offset in Oklab", "left alone"
ROUNDS, FARTHEST = 4, 1.6  # of asking the decoder for more, where it is not there yet; times what is wanted, at most


class Coder:
    """A small picture (hxwx3, 0..1, sides divisible by FACTOR) as the autoencoder knows it."""

    def __init__(self, small: np.ndarray, models: Models):
        self.small, self.numbers, self.decoder = small, photometry(small), models.network("vae-decoder")
        self.latent = models.network("vae-encoder").run({"image": planes(small)}, Progress())["latent"]

    def paint(self, numbers: np.ndarray) -> np.ndarray:
        """hxwx3 float32, not clipped, with these photometric numbers."""
        given = {"latent": self.latent, "photometry": numbers[None].astype(np.float32)}
        return self.decoder.run(given, Progress())["image"][0].transpose(1, 2, 0)

    def look(self, wanted: np.ndarray) -> Look:
        """The look that gives the picture the numbers `wanted`, or comes nearest to them."""
        there, asked, best, least = self.numbers, wanted, None, np.inf
        before, far = self.paint(there), there + FARTHEST * (wanted - there)
        for _ in range(ROUNDS):
            look = fit_look(before, self.paint(asked))
            lacking = wanted - photometry(look.applied(self.small).clip(0, 1))
            if (off := float(np.abs(lacking).sum())) < least:
                best, least = look, off
            asked = (asked + lacking).clip(np.minimum(there, far), np.maximum(there, far))
        assert best is not None
        return best


def by_method(models: Models, picture: np.ndarray, wanted: np.ndarray) -> dict[str, np.ndarray]:
    """HxWx3 uint8 with the numbers `wanted`, by each method; float32, not clipped."""
    rgb, small = picture.astype(np.float32) / 255, process_input(Picture(picture))
    width, height = (max(1, round(side / FACTOR)) * FACTOR for side in (small.shape[1], small.shape[0]))
    coder = Coder(cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA), models)
    return {
        OURS: process_output(small, wanted).applied(rgb),
        LATENT: coder.look(wanted).applied(rgb),
        PLAIN: gained(rgb, wanted),
    }


def coded(models: Models, picture: np.ndarray) -> dict[str, float]:
    """PSNR by method of the middle SIDE x SIDE of a picture, HxWx3 uint8."""
    top, left = ((side - SIDE) // 2 for side in picture.shape[:2])
    truth = np.ascontiguousarray(picture[top : top + SIDE, left : left + SIDE])
    coder = Coder(truth.astype(np.float32) / 255, models)
    painted = eight_bits(coder.paint(coder.numbers))
    file = Image.fromarray(truth)
    small = file.resize((SIDE // 8, SIDE // 8), Image.Resampling.BICUBIC).resize(file.size, Image.Resampling.BICUBIC)
    return {LATENT: psnr(painted, truth), "bicubic": psnr(np.asarray(small), truth), "JPEG": psnr(jpeg(file), truth)}


def jpeg(picture: Image.Image) -> np.ndarray:
    """The best JPEG of at most one bit a pixel: the bytes that the latents take with 8 bits each."""
    best = None
    for quality in range(1, 96):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, subsampling=2, optimize=True)
        if best is None or file.tell() <= picture.width * picture.height / 8:
            best = file
    assert best is not None
    return np.asarray(Image.open(best))


def measured(picture: np.ndarray) -> np.ndarray:
    """What the sliders are called after, 4 numbers: mean and deviation of L, RMS chroma, mean b."""
    lab = oklab.to_lab(picture[::2, ::2].astype(np.float32) / 255).reshape(-1, 3)
    return np.array([lab[:, 0].mean(), lab[:, 0].std(), np.sqrt(np.square(lab[:, 1:]).sum(1).mean()), lab[:, 2].mean()])


def slid(models: Models, picture: np.ndarray) -> np.ndarray:
    """4 sliders x SLID x 4 numbers, measured on the action's results."""
    rows = []
    for slider in SLIDERS:
        results = [
            perform(find("enhance", "adjust"), {slider: value}, models, Progress(), Picture(picture))[0]
            for value in SLID
        ]
        rows.append([measured(result.layers[0].picture.array) for result in results])
    return np.array(rows)


def sliders(moves: np.ndarray) -> list[dict[str, float | str]]:
    """One row a slider from pictures x 4 x SLID x 4: mean and least correlation of a picture, and the greatest leak.

    A leak is how far a full slider moves what another is called after, as a share of what that one's own does.
    """
    rows: list[dict[str, float | str]] = []
    reach = np.abs(moves[:, :, -1] - moves[:, :, 0]).mean(0)  # slider x number
    for number, slider in enumerate(SLIDERS):
        found = [np.corrcoef(SLID, picture[number, :, number])[0, 1] for picture in moves]
        leaks = [reach[number, other] / reach[other, other] for other in range(4) if other != number]
        row = {"correlation": np.mean(found), "least": np.min(found), "leak": np.max(leaks)}
        rows.append({"slider": slider, **{name: round(float(value), 3) for name, value in row.items()}})
    return rows


def in_another_light(models: Models, picture: np.ndarray, number: int) -> tuple[dict[str, dict], list[np.ndarray]]:
    """(by kind of light, deltaE by method; [before, three results, truth] of one kind) of a photo."""
    rng = np.random.default_rng(number)
    changed = change_light(images(picture[None], torch.device("cpu")), torch.Generator().manual_seed(number), 0.0)
    truths = {"own light": eight_bits(changed[0].permute(1, 2, 0).numpy())}
    truths |= {kind: change(picture, rng) for kind, change in KINDS.items() if kind != "as trained"}
    found, shown = {}, [picture]
    for kind, truth in truths.items():
        made = by_method(models, picture, photometry(process_input(Picture(truth))))
        results = {ALONE: picture} | {method: eight_bits(result) for method, result in made.items()}
        found[kind] = {method: error(result, truth) for method, result in results.items()}
        if kind == list(truths)[number % 3]:
            shown = [*results.values(), truth]
    return found, shown


def spoilt(models: Models, picture: np.ndarray) -> dict[str, dict[str, float]]:
    """By what is spoilt and method: how far brightness 60 lifts the blacks; the share that contrast 60 cuts off."""
    rgb, numbers = picture.astype(np.float32) / 255, photometry(process_input(Picture(picture)))
    made = [
        by_method(models, picture, moved(numbers, {**dict.fromkeys(SLIDERS, 0), slider: 60})) for slider in SLIDERS[:2]
    ]
    return {
        "blacks": {method: black(result) - black(rgb) for method, result in made[0].items()},
        "cut_off": {method: float((ends(result) & ~ends(rgb)).mean()) for method, result in made[1].items()},
    }


def black(rgb: np.ndarray) -> float:
    """The 1st percentile of Oklab's L."""
    return float(np.percentile(oklab.to_lab(rgb[::2, ::2].clip(0, 1))[..., 0], 1))


def ends(rgb: np.ndarray) -> np.ndarray:
    """Whether each number of HxWx3 is black or white, or beyond."""
    return (rgb <= 0.5 / 255) | (rgb >= 254.5 / 255)


def gained(rgb: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """HxWx3 with the numbers `wanted` by a gain and an offset of L, a and b; asked for more until it has them."""
    lab, asked = oklab.to_lab(rgb), wanted
    there = photometry(rgb)
    for _ in range(3):
        gain = np.array([asked[1] / there[1], *[asked[4] / there[4]] * 2])
        made = oklab.to_rgb(((lab - there[[0, 2, 3]]) * gain + asked[[0, 2, 3]]).astype(np.float32))
        asked = asked + wanted - photometry(made)
    return made


def measure(folder: Path, packs: Sequence[str]) -> tuple[dict[str, list], list[np.ndarray]]:
    """(the four tables' numbers, one a picture; rows of pictures to look at). Sliders on every eighth picture."""
    models = Models()
    pictures = [picture for pack in packs for _, picture in read_pictures(folder, pack)]
    found: dict[str, list] = {"coded": [], "slid": [], "light": [], "spoilt": []}
    rows = []
    for number, picture in enumerate(pictures):
        found["coded"].append(coded(models, picture))
        scores, made = in_another_light(models, picture, number)
        found["light"].append(scores)
        if number % 8 == 0:
            found["slid"].append(slid(models, picture))
            found["spoilt"].append(spoilt(models, picture))
        if number % 8 < 2:
            rows.append(np.hstack([cv2.resize(p, (240, 180), interpolation=cv2.INTER_AREA) for p in made]))
    return found, rows


def methods(scores: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """By method, one score a picture."""
    return {method: [one[method] for one in scores] for method in scores[0]}


def means(scores: Sequence[dict[str, dict[str, float]]], digits: int) -> dict[str, dict[str, float]]:
    """By what is scored and by method."""
    every = {what: methods([one[what] for one in scores]) for what in scores[0]}
    return {w: {m: round(float(np.mean(values)), digits) for m, values in by.items()} for w, by in every.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", nargs="+", default=PACKS, help="beginnings of the names of the pictures to use")
    parser.add_argument("--sheet", type=Path, help="write before, the three results and the truth side by side")
    chosen = parser.parse_args()
    found, rows = measure(chosen.folder, chosen.pack)
    print(markdown(["method", "PSNR, dB", "difference"], compare(methods(found["coded"]), "bicubic")))
    for row in sliders(np.array(found["slid"])):
        print(row)
    print(means(found["spoilt"], 4))
    for kind in found["light"][0]:
        scores = methods([one[kind] for one in found["light"]])
        print(markdown([kind, "deltaE", "difference"], compare(scores, PLAIN)))
    if chosen.sheet:
        Image.fromarray(np.vstack(rows)).save(chosen.sheet)


if __name__ == "__main__":
    main()
