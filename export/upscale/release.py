"""Make the shipped files from a training's checkpoint: python -m export.upscale.release FOLDER EVALUATION

Writes models/upscale-x2.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

import os
from pathlib import Path

import torch

from export.card import release_options, write_card
from export.data import detailed, licences, list_pictures
from export.to_onnx import export_model
from export.training import trained
from export.upscale.evaluate import table
from export.upscale.model import Upscale
from export.upscale.train import SCALE

NAME = f"upscale-x{SCALE}"


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to measure on")
    chosen = parser.parse_args()
    model, facts = trained(NAME, Upscale(SCALE))
    path = chosen.models / f"{NAME}.onnx"
    free = {"image": {2: "height", 3: "width"}, "result": {2: "large_height", 3: "large_width"}}
    error = export_model(model, example(64, 48), ["result"], path, free, odd_sizes=[example(17, 31), example(5, 90)])
    rows = list_pictures(chosen.data, detailed)
    sections = {
        "model": {
            "role": NAME,
            "licence": "CC-BY-SA-4.0",
            "summary": "Enlarges clean pictures to twice their size.",
            "default": True,
            "scale": SCALE,
            "tile": 768,
            "halo": 8,  # one pixel a convolution: tiles join exactly
        },
        "input": [{"name": "image", "role": "image"}],
        "output": [{"name": "result", "role": "image"}],
        "training": {
            "method": "48 channels, 8 convolutions of 3x3; L1; pictures halved by antialiased bicubic",
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
        {"method": name, "psnr_y": float(value), "over_bicubic": gain, "ssim": float(ssim)}
        for name, value, gain, ssim in table(chosen.evaluation, chosen.pack, NAME)
    ]
    write_card(
        path,
        fails=[
            "Blurred, noisy or strongly compressed pictures: it sharpens what is there, artefacts too. Denoise first.",
            "Detail that the small picture no longer holds (hair, distant foliage, small print) stays soft.",
        ],
        **sections,
        quality={"pictures": chosen.pack or chosen.evaluation.name, "onnx_difference": float(f"{error:.1g}")},
        measured=measured,
    )


if __name__ == "__main__":
    main()
