"""Measure filling on pictures it has never seen: python -m export.inpaint.evaluate FOLDER [--sheet SHEETS]

Fixed strokes are cut into every picture and filled by the engine, as a user runs it, and by OpenCV.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import compare, markdown, read_pictures
from export.inpaint.masks import WIDTHS, evaluation_hole

PACKS = ("cbsd68", "clic2025", "gb82")
STOKES, TELEA = "OpenCV Navier-Stokes", "OpenCV Telea"
Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]  # HxWx3 uint8 without its hole, HxW bool -> HxWx3 uint8


def methods(models: Models, model: str = "auto") -> dict[str, Fill]:
    """Every way to fill that the table compares, by name."""

    def engine(method: str) -> Fill:
        def fill(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
            settings = {"method": method, "seed": 0, "model": model}
            mask = hole.astype(np.float32)
            made, _ = perform(find("inpaint", "fill"), settings, models, Progress(), Picture(picture), mask)
            layer, result = made.layers[0], picture.copy()
            patch = layer.picture.array
            result[layer.y : layer.y + patch.shape[0], layer.x : layer.x + patch.shape[1]] = patch
            return result

        return fill

    def opencv(kind: int) -> Fill:
        return lambda picture, hole: cv2.inpaint(picture, hole.astype(np.uint8), 3, kind)

    return {
        STOKES: opencv(cv2.INPAINT_NS),
        TELEA: opencv(cv2.INPAINT_TELEA),
        "gesso classical": engine("classical"),
        "gesso network": engine("network"),
    }


def hole_psnr(result: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> float:
    """PSNR of the hole's pixels alone, dB, all channels of uint8 pictures."""
    error = np.square(result[hole].astype(np.float64) - truth[hole]).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-2)))


def table(
    folder: Path, kind: str, fills: dict[str, Fill], every: int = 1, sheets: Path | None = None
) -> list[list[str]]:
    """Rows (method, hole PSNR, gain over Navier-Stokes, seconds a picture) for one kind of strokes of `masks.WIDTHS`.

    every: use each n-th picture. sheets: a folder to write truth, hole and all fills of every picture to, side by side.
    """
    pictures = [picture for pack in PACKS for picture in read_pictures(folder, pack)][::every]
    scores: dict[str, list[float]] = {name: [] for name in fills}
    seconds = dict.fromkeys(fills, 0.0)
    for number, (name, truth) in enumerate(pictures):
        hole = evaluation_hole(truth.shape[0], truth.shape[1], kind, number)
        holed = np.where(hole[..., None], np.uint8(255), truth)
        row = [truth, holed]
        for method, fill in fills.items():
            start = time.perf_counter()
            row.append(fill(holed, hole))
            seconds[method] += time.perf_counter() - start
            scores[method].append(hole_psnr(row[-1], truth, hole))
        if sheets:
            sheets.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack(row)).save(sheets / f"{kind}-{name}.png")
    return [[*row, f"{seconds[row[0]] / len(pictures):.2f}"] for row in compare(scores, STOKES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--every", type=int, default=1, help="use each n-th picture")
    parser.add_argument("--sheets", type=Path, help="folder for all fills side by side, at full size")
    chosen = parser.parse_args()
    fills = methods(Models(), chosen.model)
    for kind, (low, high) in WIDTHS.items():
        print(f"\n{kind}: strokes {low}-{high} px wide")
        rows = table(chosen.folder, kind, fills, chosen.every, chosen.sheets)
        print(markdown(["method", "hole PSNR, dB", "over Navier-Stokes (95 % interval)", "seconds"], rows), flush=True)


if __name__ == "__main__":
    main()
