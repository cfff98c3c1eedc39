"""Make the shipped files from a training's checkpoint: python -m export.harmonize.release FOLDER EVALUATION

Writes models/harmonize.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures, photographed
from export.harmonize.evaluate import PACKS, measure, table
from export.harmonize.model import SIZE, Harmonize
from export.to_onnx import export_model
from export.training import trained

NAME = "harmonize"
CAUTION = (
    0.9  # of each change is kept: on held-out photos 4 % worse where something is wrong, 19 % better where nothing is
)


def example(covered: float = 0.3) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, SIZE, SIZE), "mask": (torch.rand(1, 1, SIZE, SIZE) < covered).float()}


def main() -> None:
    chosen = release_options(__doc__, PACKS).parse_args()
    model, facts = trained(NAME, Harmonize())
    assert isinstance(model, Harmonize)
    with torch.no_grad():
        for parameter in (*model.everywhere.parameters(), *model.here.parameters()):
            parameter.mul_(CAUTION)
    path = chosen.models / f"{NAME}.onnx"
    error = export_model(model, example(), ["transforms"], path, {}, odd_sizes=[example(0.0), example(1.0)])
    rows = list_pictures(chosen.data, photographed)
    sections = {
        "model": {
            "role": NAME,
            "licence": "CC-BY-SA-4.0",
            "summary": "Gives a pasted layer the light and colour of the picture under it.",
            "default": True,
            "tile": SIZE,  # the side of the reduced composite
        },
        "input": [{"name": "image", "role": "image"}, {"name": "mask", "role": "mask"}],
        "output": [{"name": "transforms", "role": "colour-transforms"}],
        "training": {
            "method": "residual encoder at 96 px with colour statistics of region and surroundings; predicts a 12x12"
            " map of colour transforms; undoes random changes of light and colour in a region of a photo, at first of "
            "a detail, then of most or all of the picture",
            **origin(rows, facts),
        },
    }
    write_draft(path, **sections)
    measured = [
        {"change": kind, "method": name, "fmse": float(value), "of_composite": share, "difference": gain}
        for kind, name, value, share, gain in table(measure(chosen.evaluation, chosen.pack, NAME)[0])
    ]
    write_card(
        path,
        fails=[
            "A layer whose colour is right already is changed too, by 13 of 255 (root mean square), most where it is"
            " unlike its surroundings: lower the strength.",
            "Of slight faults of tone it mends a third: it helps most where the difference is plain to see.",
            "It changes colours only: shadows, sharpness and grain of the pasted layer stay as they are.",
        ],
        **sections,
        quality={"pictures": " ".join(chosen.pack), "onnx_difference": float(f"{error:.1g}")},
        measured=measured,
    )


if __name__ == "__main__":
    main()
