"""Measure filling on pictures it has never seen: python -m export.inpaint.evaluate FOLDER [--sheets SHEETS]

Fixed strokes are cut into every picture and filled by the engine, as a user runs it, and by its peers (peers.py), all
in one run; the engine also without its structure stage, and without its texture. With --learn, the folder of training
photos, a judge (two_sample.py) says how well the fills of thick holes can be told from the truth.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gesso.engine.image import Picture
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import gmsd, interval, markdown, read_pictures
from export.inpaint.masks import WIDTHS, evaluation_hole
from export.inpaint.measures import hole_psnr, rim_steps, texture_distance
from export.inpaint.peers import Timed, peers, timed
from export.inpaint.two_sample import told_apart

PACKS = ("cbsd68", "clic2025", "gb82")
JUDGED = "thick"  # the kind of holes for which a fill is made up, not continued
OURS, SMOOTH, LAID_OUT, COPIED = "gesso", "gesso, smooth", "gesso, structure only", "gesso, texture only"


def methods(models: Models, model: str = "auto") -> dict[str, Timed]:
    """gesso's ways to fill, by name, then its peers'."""

    def engine(structure: bool, texture: bool) -> Timed:
        def fill(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
            network = models.network("inpaint-structure", model) if structure else None
            result = picture.copy()
            box = selected_box(hole).slices
            result[box] = fill_hole(Picture(picture), hole, network, 0, Progress(), texture)
            return result

        return timed(fill)

    ways = {OURS: (True, True), SMOOTH: (False, False), LAID_OUT: (True, False), COPIED: (False, True)}
    return {name: engine(*way) for name, way in ways.items()} | peers()


def measured(
    folder: Path,
    kind: str,
    fills: dict[str, Timed],
    every: int = 1,
    sheets: Path | None = None,
    learn: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """A row of figures for each method, on one kind of strokes of `masks.WIDTHS`.

    every: use each n-th picture. sheets: a folder to write truth, hole and all fills of every picture to, side by side.
    learn: the folder of training photos, for the judge, who sees twice as many pictures.
    """
    shown = [picture for pack in PACKS for picture in read_pictures(folder, pack)]
    pictures, shown = shown[::every], shown[:: max(1, every // 2)]
    scores: dict[str, list[tuple[float, ...]]] = {name: [] for name in fills}
    for number, (name, truth) in enumerate(pictures):
        hole = evaluation_hole(truth.shape[0], truth.shape[1], kind, number)
        holed = np.where(hole[..., None], np.uint8(255), truth)
        row = [truth, holed]
        for method, fill in fills.items():
            filled, seconds = fill(holed, hole)
            row.append(filled)
            scores[method].append(
                (
                    hole_psnr(filled, truth, hole),
                    texture_distance(filled, truth, hole),
                    gmsd(filled, truth),
                    *rim_steps(filled, truth, hole),
                    seconds,
                )
            )
        if sheets:
            sheets.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.hstack(row)).save(sheets / f"{kind}-{name}.png")

    def told(method: str) -> str:
        if learn is None or kind != JUDGED or method in (SMOOTH, LAID_OUT, COPIED):
            return ""
        percent, low, high = told_apart(fills[method], kind, learn, [picture for _, picture in shown])
        return f"{percent:.1f} ({low:.1f} to {high:.1f})"

    ours = np.array(scores[OURS])[:, 0]
    for method, values in scores.items():
        psnr, texture, gradients, step, natural, seconds = np.mean(values, axis=0).tolist()
        gain, low, high = interval(ours - np.array(values)[:, 0])
        yield {
            "strokes": kind,
            "method": method,
            "hole_psnr": round(psnr, 2),
            "gesso_is_better_by": "" if method == OURS else f"{gain:+.2f} ({low:+.2f} to {high:+.2f})",
            "texture_distance": round(texture, 3),
            "gmsd": round(gradients, 4),
            "rim_step": round(step / natural, 2),
            "told_apart_percent": told(method),
            "seconds": round(seconds, 2),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--every", type=int, default=1, help="use each n-th picture")
    parser.add_argument("--kinds", nargs="+", choices=WIDTHS, default=list(WIDTHS))
    parser.add_argument("--learn", type=Path, help="folder of training photos, for the judge")
    parser.add_argument("--sheets", type=Path, help="folder for all fills side by side, at full size")
    chosen = parser.parse_args()
    fills = methods(Models(), chosen.model)
    for kind in chosen.kinds:
        rows = list(measured(chosen.folder, kind, fills, chosen.every, chosen.sheets, chosen.learn))
        print(f"\n{kind}: strokes {WIDTHS[kind][0]}-{WIDTHS[kind][1]} px wide")
        print(markdown(list(rows[0])[1:], [[str(value) for value in list(row.values())[1:]] for row in rows]))


if __name__ == "__main__":
    main()
