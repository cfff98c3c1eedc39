"""Make the shipped files from a training's checkpoint: python -m export.inpaint.release FOLDER EVALUATION

Writes models/inpaint-structure.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

from pathlib import Path

import torch
from gesso.engine.session import Models

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures
from export.inpaint.evaluate import measured, methods
from export.inpaint.masks import WIDTHS
from export.inpaint.model import MULTIPLE, Structure
from export.inpaint.train import keep
from export.to_onnx import export_model
from export.training import trained

NAME = "inpaint-structure"


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width), "mask": (torch.rand(1, 1, height, width) > 0.7).float()}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--every", type=int, default=1, help="measure on each n-th picture")
    parser.add_argument("--sheets", type=Path, help="folder for all fills side by side, at full size")
    chosen = parser.parse_args()
    model, facts = trained(NAME, Structure())
    path = chosen.models / f"{NAME}.onnx"
    free = {name: {2: "height", 3: "width"} for name in ("image", "mask", "result")}
    error = export_model(model, example(64, 64), ["result"], path, free, odd_sizes=[example(32, 96), example(160, 64)])
    rows = list_pictures(chosen.data, keep)
    sections = {
        "model": {
            "role": NAME,
            "licence": "CC-BY-SA-4.0",
            "summary": "Lays out what could have been in a hole: shapes and colours; texture is then copied there.",
            "default": True,
            "multiple": MULTIPLE,
        },
        "input": [{"name": "image", "role": "image"}, {"name": "mask", "role": "mask"}],
        "output": [{"name": "result", "role": "image"}],
        "training": {
            "method": "scores for 16 directions; views of 64 pixels at many scales with strokes and boxes; RMS and L1",
            **origin(rows, facts),
            "machine": "one CPU core, shared",
        },
    }
    write_draft(path, **sections)
    fills = methods(Models(), NAME)
    rows_of = {
        kind: list(measured(chosen.evaluation, kind, fills, chosen.every, chosen.sheets, chosen.data))
        for kind in WIDTHS
    }
    write_card(
        path,
        fails=[
            "Counted by one viewer in 46 fills at full size beside the truth, G'MIC's and OpenCV's (23 thick "
            "holes, 23 medium): 7 pass at a glance, all on grounds of one texture, such as stones, sand, fur or "
            "sky.",
            "Faces, and things that the hole cuts in half, are not completed: pieces of them are strewn about in "
            "18 of the 23 thick holes; in 18 of the 23 medium ones outlines that cross the hole dissolve into "
            "fuzz.",
            "A striking thing beside a thick hole comes again in it in 16 of 23, up to six times: wings in the "
            "sky, pyramids over a pyramid, the joints of a wall like a fence.",
            "Lettering and regular patterns, such as rows of windows, come out broken: in 6 thick and 5 medium holes.",
            "Small pieces land where they do not belong, in 6 medium holes: letters in a tree, an eye on a shirt.",
            "Where a thick hole crosses the border between two grounds its course is guessed, in 5 of 23: sand "
            "strays into the sky, trees climb above the horizon; in 4 straight outlines of patches are seen.",
            "G'MIC keeps outlines sharper, and takes whole wrong things for it: a face for a shirt, a window for "
            "snow. OpenCV's strokes are seen in nearly every picture.",
            "Holes up to 20 pixels wide get no texture, only the picture's grain.",
        ],
        **sections,
        quality={
            "pictures": f"CBSD68, CLIC 2025 and gb82, 1 in {chosen.every}",
            "onnx_difference": float(f"{error:.1g}"),
        },
        measured=[row for rows in rows_of.values() for row in rows],
    )


if __name__ == "__main__":
    main()
