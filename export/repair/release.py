"""Make the shipped files from a training's checkpoint: python -m export.repair.release FOLDER EVALUATION

Writes models/defects.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import detailed, list_pictures
from export.evaluate import read_pictures
from export.repair.evaluate import measure
from export.repair.model import MULTIPLE, Defects
from export.to_onnx import export_model
from export.training import trained

NAME = "defects"
FAILS = [
    "It learnt from drawn damage only: stains, mould, torn corners and fingerprints it does not know.",
    "Looked at on the six clean pictures with most marks: in five the thin dark border of a scan, in one the body of a "
    "snake. Where that matters, crop the border, or select the damage first.",
]


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def main() -> None:
    chosen = release_options(__doc__, ("cbsd68",)).parse_args()
    model, facts = trained(NAME, Defects())
    path = chosen.models / f"{NAME}.onnx"
    free = {name: {2: "height", 3: "width"} for name in ("image", "result")}
    error = export_model(model, example(64, 48), ["result"], path, free, odd_sizes=[example(32, 40), example(72, 16)])
    card = {
        "model": {
            "role": NAME,
            "licence": "CC-BY-SA-4.0",
            "summary": "Finds scratches, dust, hairs and creases.",
            "default": True,
            "multiple": MULTIPLE,
            "least": 32,
            "tile": 1024,
            "halo": 96,
        },
        "input": [{"name": "image", "role": "image"}],
        "output": [{"name": "result", "role": "mask"}],
        "training": {
            "method": "damage drawn into crops of photos, then noise and JPEG; cross-entropy of each pixel",
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            **origin(list_pictures(chosen.data, detailed), facts),
            "export_error": float(f"{error:.2g}"),
        },
    }
    write_draft(path, **card)
    rows = measure([one for start in chosen.pack for one in read_pictures(chosen.evaluation, start)])
    middle = next(row for row in rows if row["sensitivity"] == 50)
    write_card(path, fails=FAILS, **card, quality={"pictures": " ".join(chosen.pack), **middle}, measured=rows)


if __name__ == "__main__":
    main()
