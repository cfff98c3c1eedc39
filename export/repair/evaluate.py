"""Measure what finds scratches and dust: python -m export.repair.evaluate EVALUATION

Damage is drawn into the pictures of EVALUATION, `inpaint repair` finds and fills it, for some sensitivities: what share
of the marked pixels is damaged (precision), what share of the damaged ones is marked (recall), PSNR of the damaged and
of the repaired picture, and the share of the undamaged picture that is marked.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import psnr, read_pictures
from export.repair.damage import around, damage

SENSITIVITIES = (30, 50, 70)
ROUNDED = {"precision": 2, "recall": 2, "damaged_db": 2, "repaired_db": 2, "made_worse": 2}


def repaired(models: Models, pixels: np.ndarray, sensitivity: int) -> tuple[np.ndarray, np.ndarray]:
    """(HxWx3 uint8, HxW bool: what was found)."""
    result, mask, settings = pixels.copy(), np.zeros(pixels.shape[:2], bool), {"sensitivity": sensitivity, "seed": 1}
    try:
        made = perform(find("inpaint", "repair"), settings, models, Progress(), Picture(pixels))[0].layers[0]
    except BadInput:
        return result, mask  # nothing was found
    box = made.picture.box.shift(made.x, made.y)
    result[box.slices], mask[box.slices] = made.picture.array, made.mask
    return result, mask


def measure(pictures: Sequence[tuple[str, np.ndarray]]) -> list[dict[str, Any]]:
    """A row for each sensitivity: precision and recall over the pixels of all pictures, the rest means of pictures."""
    models, rows = Models(), []
    for sensitivity in SENSITIVITIES:
        marked = right = harmed_in_all = found = 0
        before, after, clean = [], [], []
        for number, (_, truth) in enumerate(pictures):
            broken, harmed = damage(truth / np.float32(255), np.random.default_rng(number))
            pixels = (255 * broken + 0.5).astype(np.uint8)
            result, mask = repaired(models, pixels, sensitivity)
            marked, right = marked + mask.sum(), right + (mask & around(harmed)).sum()
            harmed_in_all, found = harmed_in_all + harmed.sum(), found + (mask & harmed).sum()
            before.append(psnr(pixels, truth))
            after.append(psnr(result, truth))
            clean.append(repaired(models, truth, sensitivity)[1].mean())
        rows.append(
            {
                "sensitivity": sensitivity,
                "precision": right / max(marked, 1),
                "recall": found / harmed_in_all,
                "damaged_db": np.mean(before),
                "repaired_db": np.mean(after),
                "made_worse": np.mean(np.array(after) < np.array(before)),
                "marked_when_clean": np.mean(clean),
                "marked_when_clean_at_worst": np.max(clean),
            }
        )
    return [{name: round(float(value), ROUNDED.get(name, 5)) for name, value in row.items()} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--start", default="cbsd68", help="measure on pictures whose names start so")
    chosen = parser.parse_args()
    for row in measure(read_pictures(chosen.evaluation, chosen.start)):
        print(row)


if __name__ == "__main__":
    main()
