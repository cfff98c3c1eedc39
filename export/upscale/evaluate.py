"""Measure upscaling on pictures it has never seen: python -m export.upscale.evaluate FOLDER --scale 2

Every picture is reduced by antialiased bicubic and enlarged again, by the engine as a user runs it. With --real it is
also blurred before and made noisy and compressed after, each by an amount that is drawn for the picture.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import (
    bicubic,
    compare,
    gmsd,
    interval,
    lanczos,
    markdown,
    nlm,
    psnr_y,
    read_pictures,
    reduce,
    ssim,
)
from export.restore.damage import jpeg
from export.upscale.model import NETS

TUNING = 8  # pictures to choose the baseline's settings on: they are measured too, which favours the baseline
BLUR, NOISE, QUALITY = (0.4, 1.2), (1, 10), (50, 95)  # large pixels, 8-bit steps, of JPEG
FILTERS, SHARPENINGS = (2, 4, 6, 9, 12), (0, 0.4, 0.8, 1.2)  # the baseline's non-local means and unsharp mask

Enlarge = Callable[[np.ndarray], np.ndarray]


def upscale(small: np.ndarray, scale: int, models: Models, model: str = "auto", flavor: str = "clean") -> np.ndarray:
    """HxWx3 uint8 -> `scale` times the size, by the engine."""
    settings = {"scale": str(scale), "model": model, "flavor": flavor}
    outcome, _ = perform(find("enhance", "upscale"), settings, models, Progress(), Picture(small))
    return outcome.layers[0].picture.array


def truths(folder: Path, pack: str, scale: int) -> list[tuple[str, np.ndarray]]:
    """(name, picture) with sides that `scale` divides."""
    pictures = read_pictures(folder, pack)
    return [(n, p[: p.shape[0] // scale * scale, : p.shape[1] // scale * scale]) for n, p in pictures]


def table(folder: Path, pack: str, scale: int, model: str = "auto") -> list[list[str]]:
    """Rows (method, PSNR-Y in dB, gain over bicubic, SSIM) over the pictures of `folder` named `pack`*."""
    models = Models()
    methods: dict[str, Enlarge] = {
        "bicubic": partial(bicubic, scale=scale),
        "lanczos": partial(lanczos, scale=scale),
        "gesso": partial(upscale, scale=scale, models=models, model=model),
    }
    fidelity: dict[str, list[float]] = {name: [] for name in methods}
    likeness: dict[str, list[float]] = {name: [] for name in methods}
    for _, truth in truths(folder, pack, scale):
        small = reduce(truth, scale)
        for name, method in methods.items():
            result = method(small)
            fidelity[name].append(psnr_y(result, truth, scale))
            likeness[name].append(ssim(result, truth))
    return [[*row, f"{np.mean(likeness[row[0]]):.4f}"] for row in compare(fidelity, "bicubic")]


def worn(truth: np.ndarray, scale: int, random: np.random.Generator) -> np.ndarray:
    """HxWx3 uint8 -> what a small, cheap camera would have made of it: blurred, reduced, noisy, compressed."""
    soft = cv2.GaussianBlur(truth, (0, 0), random.uniform(*BLUR))
    small = reduce(soft, scale)
    noisy = small + random.normal(0, random.uniform(*NOISE), small.shape)
    return jpeg(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), int(random.integers(*QUALITY)), random)


def classical(small: np.ndarray, scale: int, h: float, amount: float) -> np.ndarray:
    """Non-local means, Lanczos, unsharp mask."""
    large = lanczos(nlm(small, h), scale).astype(np.float32)
    sharp = large + amount * (large - cv2.GaussianBlur(large, (0, 0), scale / 2))
    return np.clip(np.rint(sharp), 0, 255).astype(np.uint8)


def real_table(folder: Path, pack: str, scale: int, model: str = "auto") -> list[list[str]]:
    """Rows (method, GMSD, better than the baseline by, PSNR-Y in dB) on worn pictures; of GMSD less is better."""
    models = Models()
    pairs = [
        (worn(truth, scale, np.random.default_rng(crc32(n.encode()))), truth)
        for n, truth in truths(folder, pack, scale)
    ]

    def error(setting: tuple[float, float]) -> float:
        return float(np.mean([gmsd(classical(small, scale, *setting), truth) for small, truth in pairs[:TUNING]]))

    h, amount = min(((h, amount) for h in FILTERS for amount in SHARPENINGS), key=error)
    baseline = f"non-local means, h {h:g}, Lanczos, unsharp mask {amount:g}"
    methods: dict[str, Enlarge] = {
        baseline: partial(classical, scale=scale, h=h, amount=amount),
        "bicubic": partial(bicubic, scale=scale),
        "gesso, clean": partial(upscale, scale=scale, models=models, model=model),
        "gesso, real": partial(upscale, scale=scale, models=models, model=model, flavor="auto"),
    }
    errors: dict[str, list[float]] = {name: [] for name in methods}
    fidelity: dict[str, list[float]] = {name: [] for name in methods}
    for small, truth in pairs:
        for name, method in methods.items():
            result = method(small)
            errors[name].append(gmsd(result, truth))
            fidelity[name].append(psnr_y(result, truth, scale))
    rows = []
    for name, values in errors.items():
        gain, low, high = interval(np.subtract(errors[baseline], values))
        better = "" if name == baseline else f"{gain:+.4f} ({low:+.4f} to {high:+.4f})"
        rows.append([name, f"{np.mean(values):.4f}", better, f"{np.mean(fidelity[name]):.2f}"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--scale", type=int, choices=NETS, default=2, help="how many times larger")
    parser.add_argument("--real", action="store_true", help="noisy, compressed pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    chosen = parser.parse_args()
    given = chosen.folder, chosen.pack, chosen.scale, chosen.model
    if chosen.real:
        print(markdown(["method", "GMSD", "better by (95 % interval)", "PSNR-Y, dB"], real_table(*given)))
    else:
        print(markdown(["method", "PSNR-Y, dB", "over bicubic (95 % interval)", "SSIM"], table(*given)))


if __name__ == "__main__":
    main()
