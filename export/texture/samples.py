"""Measure generate quilt on pictures of textures: python -m export.texture.samples PICTURE ...

Seam and SWD as in export/texture/evaluate.py, of 1024 px quilted from the middle 384 px of each picture; beside it the
paper's own quilting: on a plane, without a count of how often a place was used, and then simply laid side by side.
"""

import argparse
import time
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="+")
    table = []
    for file in parser.parse_args().pictures:
        sample, start = middle(file), time.process_time()
        ours = [quilted(sample, seed) for seed in range(SEEDS)]
        seconds = (time.process_time() - start) / SEEDS
        peers = [plain(sample, seed) for seed in range(SEEDS)]
        rows = [
            [np.mean([seam(one) for one in made]), np.mean([swd(one, sample.array) for one in made])]
            for made in (ours, peers)
        ]
        table.append([*rows[0], *rows[1], seconds])
        print(file.name, np.round(table[-1], 2), flush=True)
    names = ["seam", "SWD", "seam, plain", "SWD, plain", "CPU seconds"]
    print(markdown(names, [[f"{value:.2f}" for value in row] for row in [*table, np.mean(table, axis=0)]]))


if __name__ == "__main__":
    main()
