"""Measure generate quilt and tile on pictures of textures: python -m export.texture.samples PICTURE ...

Seam and SWD as in export/texture/evaluate.py, of 1024 px quilted from the middle 384 px of each picture; beside it the
paper's own quilting: on a plane, without a count of how often a place was used, and then simply laid side by side.
The same 384 px made seamless, and for comparison cross-faded with themselves.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gesso.contract.actions import find
from gesso.engine import files
from gesso.engine.generate.quilt import OVERLAP, pieces
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.quilting import full_search, quilt
from gesso.engine.session import Models

from export.evaluate import markdown
from export.texture.evaluate import seam, swd

SIDE, SAMPLE, PIECES, SEEDS = 1024, 384, 64, 2


def middle(file: Path) -> Picture:
    """The middle SAMPLE x SAMPLE pixels, or what there is of them, 8-bit RGB."""
    array = files.read(file).picture.array[..., :3]
    top, left = (max(0, (side - SAMPLE) // 2) for side in array.shape[:2])
    return Picture(np.ascontiguousarray(array[top : top + SAMPLE, left : left + SAMPLE]))


def quilted(sample: Picture, seed: int) -> np.ndarray:
    settings = {"width": SIDE, "height": SIDE, "pieces": PIECES, "seed": seed}
    outcome, _ = perform(find("generate", "quilt"), settings, Models(), Progress(), sample)
    return outcome.layers[0].picture.array


def plain(sample: Picture, seed: int) -> np.ndarray:
    rgb = sample.rgb()
    block, allowed = pieces(np.ones(rgb.shape[:2], bool), PIECES)
    search = full_search(rgb, allowed, seed, block)
    side = SIDE + block
    made = quilt(
        rgb, side, side, lambda old, known, used: search(old, known, 0 * used), Progress(), block, block // OVERLAP
    )
    return sample.array.reshape(-1, 3)[made[:SIDE, :SIDE]]


def like(sample: Picture) -> Callable[[np.ndarray], float]:
    return lambda picture: swd(picture, sample.array)


def tiled(sample: Picture) -> tuple[np.ndarray, ...]:
    """The sample made seamless, and cross-faded with itself moved by half, as GIMP's Tile Seamless does."""
    outcome, _ = perform(find("generate", "tile"), {"seed": 0}, Models(), Progress(), sample)
    whole = sample.array.astype(np.float32)
    across, down = (np.abs(np.linspace(-1, 1, side)) for side in (sample.width, sample.height))
    outer = np.maximum(across, down[:, None])[..., None]  # 1 at the edges, 0 in the middle
    moved = np.roll(whole, (sample.height // 2, sample.width // 2), (0, 1))
    return outcome.layers[0].picture.array, (whole + (moved - whole) * outer).round().astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="+")
    rows: list[list[float]] = []
    for file in parser.parse_args().pictures:
        sample, start = middle(file), time.process_time()
        ours = [quilted(sample, seed) for seed in range(SEEDS)]
        seconds = (time.process_time() - start) / SEEDS
        made = [ours, [plain(sample, seed) for seed in range(SEEDS)], *([one] for one in tiled(sample))]
        scores = [[float(np.mean([score(one) for one in group])) for score in (seam, like(sample))] for group in made]
        rows.append([*(score for pair in scores for score in pair), seam(sample.array), seconds])
        print(file.name, np.round(rows[-1], 2), flush=True)
    kinds = ("quilt", "plain quilt", "tile", "cross-fade")
    names = [f"{name}, {kind}" for kind in kinds for name in ("seam", "SWD")] + ["seam, sample", "CPU seconds, quilt"]
    print(markdown(names, [[f"{value:.2f}" for value in row] for row in [*rows, np.mean(rows, axis=0).tolist()]]))


if __name__ == "__main__":
    main()
