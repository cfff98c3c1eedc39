"""Measure upscaling on pictures it has never seen: python -m export.upscale.evaluate FOLDER

Every picture is reduced to half by antialiased bicubic and enlarged again, by the engine as a user runs it.
"""

import argparse
from pathlib import Path

import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import bicubic, compare, lanczos, markdown, psnr_y, read_pictures, reduce, ssim

SCALE = 2


def upscale(small: np.ndarray, models: Models, model: str = "auto") -> np.ndarray:
    """HxWx3 uint8 -> twice the size, by the engine."""
    settings = {"scale": str(SCALE), "model": model}
    outcome, _ = perform(find("enhance", "upscale"), settings, models, Progress(), Picture(small))
    return outcome.layers[0].picture.array


def table(folder: Path, pack: str, model: str = "auto") -> list[list[str]]:
    """Rows (method, PSNR-Y in dB, gain over bicubic, SSIM) over the pictures of `folder` named `pack`*."""
    models = Models()
    methods = {"bicubic": bicubic, "lanczos": lanczos, "gesso": lambda small, scale: upscale(small, models, model)}
    fidelity: dict[str, list[float]] = {name: [] for name in methods}
    likeness: dict[str, list[float]] = {name: [] for name in methods}
    for _, truth in read_pictures(folder, pack):
        truth = truth[: truth.shape[0] // SCALE * SCALE, : truth.shape[1] // SCALE * SCALE]
        for name, method in methods.items():
            result = method(reduce(truth, SCALE), SCALE)
            fidelity[name].append(psnr_y(result, truth, SCALE))
            likeness[name].append(ssim(result, truth))
    return [[*row, f"{np.mean(likeness[row[0]]):.4f}"] for row in compare(fidelity, "bicubic")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    chosen = parser.parse_args()
    rows = table(chosen.folder, chosen.pack, chosen.model)
    print(markdown(["method", "PSNR-Y, dB", "over bicubic (95 % interval)", "SSIM"], rows))


if __name__ == "__main__":
    main()
