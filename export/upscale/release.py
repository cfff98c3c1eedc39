"""Make the shipped files from a training's checkpoint: python -m export.upscale.release FOLDER EVALUATION --scale 2

Writes models/upscale-x<scale>.onnx and its card, with the tables measured on the pictures of EVALUATION; with --int8,
those of its twin in integers (coarsen.py), which is to be trained anew after each release of the net itself.
"""

import os
from pathlib import Path

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import detailed, list_pictures
from export.int8 import save_int8
from export.to_onnx import export_model
from export.training import trained
from export.upscale.coarsen import coarsen
from export.upscale.evaluate import real_table, table
from export.upscale.model import NETS

SUMMARIES = {2: "Enlarges pictures to twice their size.", 4: "Enlarges pictures to four times their size."}
HALOS = {2: 8, 4: 12}  # one pixel a convolution, the second eight of half a pixel: tiles join exactly
TILES = {2: 768, 4: 320}
METHODS = {
    2: "48 channels, 8 convolutions of 3x3; L1, then PSNR; pictures halved by antialiased bicubic",
    4: "two nets for twice (48 channels, 8 convolutions of 3x3) in a row, trained together from the one for twice; L1, "
    "then PSNR; pictures quartered by antialiased bicubic",
}
INT8 = "{}, in 8-bit integers but for its first and last layer: weights and steps trained to give what {} gives"
FAILS = (
    "Noise and compression that are not found are enlarged with the picture.",
    "Blurred pictures stay as blurred as they were.",
    "Detail that the small picture no longer holds (hair, distant foliage, small print) stays soft.",
)
ROUGH = "It is a fraction of an 8-bit step beside {}: pictures of 16 and 32 bits deserve that one."


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to measure on")
    parser.add_argument("--scale", type=int, choices=NETS, default=2, help="how many times larger")
    parser.add_argument("--int8", action="store_true", help="the net's twin in integers")
    chosen = parser.parse_args()
    scale, role = chosen.scale, f"upscale-x{chosen.scale}"
    name, twin = (f"{role}-int8", {}) if chosen.int8 else (role, {"default": True, "int8": f"{role}-int8"})
    net = NETS[scale]()
    if chosen.int8:
        coarsen(net, example(64, 48)["image"])
    model, facts = trained(name, net)
    path = chosen.models / f"{name}.onnx"
    free = {"image": {2: "height", 3: "width"}, "result": {2: "large_height", 3: "large_width"}}
    first, *others = example(64, 48), example(17, 31), example(5, 90)
    if chosen.int8:
        error = save_int8(model, NETS[scale](), [one["image"] for one in (first, *others)], path, free)
    else:
        error = export_model(model, first, ["result"], path, free, odd_sizes=others)
    rows = list_pictures(chosen.data, detailed)
    sections = {
        "model": {
            "role": role,
            "licence": "CC-BY-SA-4.0",
            "summary": SUMMARIES[scale] + " In 8-bit integers: sooner on most processors." * chosen.int8,
            **twin,
            "scale": scale,
            "tile": TILES[scale],
            "halo": HALOS[scale],
        },
        "input": [{"name": "image", "role": "image"}],
        "output": [{"name": "result", "role": "image"}],
        "training": {
            "method": INT8.format(METHODS[scale], role) if chosen.int8 else METHODS[scale],
            **origin(rows, facts),
        },
    }
    write_draft(path, **sections)
    os.environ["GESSO_BACKEND"] = "onnxruntime"  # and no other in its place
    given = chosen.evaluation, chosen.pack, scale, name
    measured = [
        {"method": method, "psnr_y": float(value), "over_bicubic": gain, "ssim": float(ssim)}
        for method, value, gain, ssim in table(*given)
    ]
    measured += [
        {"method": f"worn pictures: {method}", "gmsd": float(value), "better_by": gain, "psnr_y": float(fidelity)}
        for method, value, gain, fidelity in real_table(*given)
    ]
    write_card(
        path,
        fails=[*FAILS, *([ROUGH.format(role)] * chosen.int8)],
        **sections,
        quality={"pictures": chosen.pack or chosen.evaluation.name, "onnx_difference": float(f"{error:.1g}")},
        measured=measured,
    )


if __name__ == "__main__":
    main()
