"""Measure the texture model: python -m export.texture.evaluate FOLDER

Seam: the mean step across the wrap-around, over the mean step across the other edges of the painter's 4-px blocks (1 =
no seam). Lattice: the mean step across those edges, over the mean step anywhere (1 = the blocks do not show).
SWD: sliced Wasserstein distance of 7x7 patches on four Laplacian levels to the exemplar, against the same quilting of
the exemplar's pixels, random mirrored tiles, and the exemplar's own halves as the floor. Lower is nearer.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.bank import quilted as quilted_map
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import markdown
from export.texture.model import BANK, SIDE, exemplar_rows, read_exemplar
from export.texture.model import PATCH as BLOCK

PATCH, LEVELS, DIRECTIONS = 7, 4, 128
TILE = 64  # of the mirrored tiles, pixels
SEEDS = 2


def generate(models: Models, kind: str, seed: int, side: int) -> np.ndarray:
    """side x side x 3 uint8 RGB, through the shipped action."""
    settings = {"kind": kind, "seed": seed, "width": side, "height": side}
    outcome, _ = perform(find("generate", "texture"), settings, models, Progress())
    return outcome.layers[0].picture.array


def measure(data: Path) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """(means, one row a texture) of what the head of this file describes, as a user gets it from the engine."""
    models = Models()
    table: list[dict[str, Any]] = []
    for kind, row in zip(BANK, exemplar_rows(data), strict=True):
        exemplar = read_exemplar(data / row["file"])
        rng = np.random.default_rng(0)
        made = [generate(models, kind, seed, SIDE) for seed in range(SEEDS)]
        scores: dict[str, Any] = {
            "seam": np.mean([seam(picture, BLOCK) for picture in made]),
            "lattice": np.mean([lattice(picture) for picture in made]),
            "swd": np.mean([swd(picture, exemplar) for picture in made]),
            "swd_quilting": np.mean([swd(quilted(exemplar, seed), exemplar) for seed in range(SEEDS)]),
            "swd_mirrored": np.mean([swd(mirrored_tiles(exemplar, SIDE, rng), exemplar) for _ in range(SEEDS)]),
            "swd_floor": swd(exemplar[: SIDE // 2], exemplar[SIDE // 2 :]),
        }
        table.append({"kind": kind, **{name: round(float(value), 2) for name, value in scores.items()}})
    means = {name: round(float(np.mean([row[name] for row in table])), 2) for name in table[0] if name != "kind"}
    start = time.process_time()
    generate(models, next(iter(BANK)), 0, 512)
    return {
        "worst_seam": max(row["seam"] for row in table),
        **means,
        "cpu_seconds_512_px": round(time.process_time() - start, 2),
    }, table


def seam(picture: np.ndarray, every: int = 1) -> float:
    """Mean absolute step across the wrap-around over that across each `every`-th line, the mean of both axes."""
    ratios = []
    for axis in (0, 1):
        lines = steps(picture, axis)
        ratios.append(lines[-1] / lines[every - 1 : -1 : every].mean())
    return float(np.mean(ratios))


def lattice(picture: np.ndarray) -> float:
    """Mean step across the edges of the painter's blocks over the mean step: 1 where the blocks do not show."""
    return float(np.mean([steps(picture, a)[BLOCK - 1 :: BLOCK].mean() / steps(picture, a).mean() for a in (0, 1)]))


def steps(picture: np.ndarray, axis: int) -> np.ndarray:
    """Mean absolute step from each line to the next, the last one to the first."""
    values = picture.astype(float)
    return np.abs(np.roll(values, -1, axis) - values).mean((1 - axis, 2))


def laplacian(picture: np.ndarray) -> list[np.ndarray]:
    """LEVELS bands, the last one low-pass, HxWx3 float32 in 0..1 units."""
    bands: list[np.ndarray] = []
    level: np.ndarray = picture.astype(np.float32) / 255
    for _ in range(LEVELS - 1):
        small = cv2.pyrDown(level)
        bands.append(level - cv2.pyrUp(small, dstsize=level.shape[1::-1]))
        level = small
    return [*bands, level]


def swd(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over levels of the sliced Wasserstein-1 distance of patches, in 8-bit steps."""
    rng = np.random.default_rng(0)
    total = 0.0
    for one, two in zip(laplacian(a), laplacian(b), strict=True):
        directions = rng.standard_normal((3 * PATCH**2, DIRECTIONS)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=0)
        sides = [np.sort(patches(band, rng) @ directions, axis=0) for band in (one, two)]
        total += float(np.abs(sides[0] - sides[1]).mean()) * 255 / LEVELS
    return total


def patches(band: np.ndarray, rng: np.random.Generator, count: int = 4096) -> np.ndarray:
    """count x 147, drawn at random."""
    windows = np.lib.stride_tricks.sliding_window_view(band, (PATCH, PATCH), axis=(0, 1))
    rows, columns = rng.integers(windows.shape[0], size=count), rng.integers(windows.shape[1], size=count)
    return windows[rows, columns].reshape(count, -1)


def quilted(exemplar: np.ndarray, seed: int) -> np.ndarray:
    """The same quilting on the exemplar's own blocks of pixels: what is lost by learning it."""
    rows, columns = SIDE // BLOCK, SIDE // BLOCK
    blocks = exemplar.reshape(rows, BLOCK, columns, BLOCK, 3).transpose(0, 2, 1, 3, 4)
    made = quilted_map(blocks.reshape(rows, columns, -1).astype(np.float32) / 255, rows, columns, seed, Progress())
    pixels = made.reshape(rows, columns, BLOCK, BLOCK, 3).transpose(0, 2, 1, 3, 4)
    return (pixels.reshape(SIDE, SIDE, 3) * 255).round().astype(np.uint8)


def mirrored_tiles(exemplar: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """Crops of the exemplar, each mirrored at random: the plainest way to fill a larger picture."""
    canvas = np.zeros((side, side, 3), np.uint8)
    for y in range(0, side, TILE):
        for x in range(0, side, TILE):
            top, left = rng.integers(SIDE - TILE, size=2)
            flips = rng.choice([-1, 1], 2)
            canvas[y : y + TILE, x : x + TILE] = exemplar[top : top + TILE, left : left + TILE][
                :: flips[0], :: flips[1]
            ]
    return canvas


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures that the model was trained on")
    means, table = measure(parser.parse_args().data)
    print(markdown(list(table[0]), [[str(value) for value in row.values()] for row in table]))
    print(means)


if __name__ == "__main__":
    main()
