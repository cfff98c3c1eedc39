"""Make the shipped files from a training's checkpoint: python -m export.denoise.release FOLDER EVALUATION

Writes models/denoise.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

import os
from pathlib import Path

import torch

from export.card import release_options, write_card
from export.data import detailed, licences, list_pictures
from export.denoise.evaluate import table
from export.denoise.model import Denoise
from export.to_onnx import export_model
from export.training import trained

NAME = "denoise"


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width), "sigma": torch.rand(1, 1, 1, 1) * 0.2}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to measure on")
    chosen = parser.parse_args()
    model, facts = trained(NAME, Denoise())
    path = chosen.models / f"{NAME}.onnx"
    free = {"image": {2: "height", 3: "width"}, "result": {2: "height", 3: "width"}}
    error = export_model(model, example(64, 48), ["result"], path, free, odd_sizes=[example(8, 40), example(72, 16)])
    rows = list_pictures(chosen.data, detailed)
    sections = {
        "model": {
            "role": NAME,
            "licence": "CC-BY-SA-4.0",
            "summary": "Takes noise of a known strength out of photographs.",
            "default": True,
            "multiple": 8,
            "tile": 768,
            "halo": 16,  # of a reach of 84 pixels; measured, tiles then differ from the whole by 2 of 255 at most
        },
        "input": [{"name": "image", "role": "image"}, {"name": "sigma", "role": "noise-level"}],
        "output": [{"name": "result", "role": "image"}],
        "training": {
            "method": "bias-free U-Net 32-64-128 on halved pictures, told the noise level; L1; Gaussian noise 0 to 55",
            "pictures": len(rows),
            "licences": licences(rows),
            "credits": "credits.txt",
            **facts,
            "machine": "one CPU core",
        },
    }
    write_card(path, **sections)
    os.environ["GESSO_MODELS"] = str(chosen.models)  # measure this file, not a user's own of the same name
    measured = [
        {"level": int(level), "method": name, "psnr": float(value), "over_baseline": gain}
        for level, name, value, gain in table(chosen.evaluation, chosen.pack, NAME)
    ]
    write_card(
        path,
        fails=[
            "Coarse or blotchy noise (compressed or enlarged pictures) is measured too low: raise the strength.",
            "Fine texture close to the noise in strength (grass, fabric, skin) is smoothed.",
            "Very strong noise (40 and more) leaves the picture soft, with faint blotches of colour.",
        ],
        **sections,
        quality={"pictures": chosen.pack or chosen.evaluation.name, "onnx_difference": float(f"{error:.1g}")},
        measured=measured,
    )


if __name__ == "__main__":
    main()
