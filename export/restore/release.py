"""Make the shipped files of a checkpoint: python -m export.restore.release FOLDER EVALUATION --task denoise

Writes models/<task>.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import detailed, list_pictures
from export.restore.evaluate import table
from export.restore.model import Deblur, Restore
from export.restore.train import TASKS
from export.to_onnx import export_model
from export.training import trained

FILTERED = "patchwise DCT Wiener filter at three scales, mended by a bias-free U-Net {} on halved pictures; "
NARROW, WIDE = FILTERED.format("32-64-128"), FILTERED.format("64-96-128, widened from 32-64-128")
DECONVOLVED = "Wiener deconvolution, mended by a bias-free U-Net 32-64-128 on halved pictures; "


@dataclass(frozen=True)
class Sheet:
    """What a card says of a task. role: that of the model which is the default, where there is another one for it."""

    summary: str
    method: str
    fails: tuple[str, ...]
    inputs: tuple[tuple[str, str], ...]  # (name, role) besides the image
    role: str = ""


SHEETS = {
    "denoise": Sheet(
        "Takes noise of a known strength out of photographs.",
        WIDE + "PSNR; Gaussian noise 0 to 55",
        (
            "Coarse or blotchy noise (compressed or enlarged pictures) is measured too low: raise the strength.",
            "Fine texture close to the noise in strength (grass, fabric, skin) is smoothed.",
            "Very strong noise (40 and more) leaves the picture soft.",
        ),
        (("sigma", "noise-level"),),
    ),
    "denoise-fast": Sheet(
        "Takes noise of a known strength out of photographs in a fifth of the time.",
        "patchwise DCT Wiener filter of fewer patches at two scales, mended by a bias-free U-Net 16-48-96 on halved "
        "pictures; PSNR; Gaussian noise 0 to 55",
        (
            "Coarse or blotchy noise (compressed or enlarged pictures) is measured too low: raise the strength.",
            "Everything that the model `denoise` does better: see the figures of both.",
        ),
        (("sigma", "noise-level"),),
        role="denoise",
    ),
    "dejpeg": Sheet(
        "Takes the blocks and fringes of JPEG compression of a known quality out of photographs.",
        NARROW + "PSNR; JPEG of quality 5 to 100, colours halved or not",
        (
            "Detail that the compression threw away does not come back: low qualities stay soft.",
            "At a quality of 10 patches of false colour stay, 16 pixels wide, where colours were halved.",
            "A picture that was scaled after it was compressed has no trace to measure: the quality must be given.",
        ),
        (("sigma", "noise-level"),),
    ),
    "deblur": Sheet(
        "Makes photographs sharp that are a little out of focus.",
        DECONVOLVED + "PSNR; Gaussian blur of 0 to 3.2 pixels, noise 0 to 2",
        (
            "Only a blur that is alike in all directions is taken away: not motion.",
            "With more noise than 2 of 255 the result is grainy: denoise first.",
            "A background out of focus on purpose is measured by the sharpest edges, and stays soft.",
        ),
        (("guess", "guess"), ("blur", "blur")),
    ),
}


def example(model: torch.nn.Module, height: int, width: int) -> dict[str, torch.Tensor]:
    image, level = torch.rand(1, 3, height, width), torch.rand(1, 1, 1, 1) * 0.2
    if isinstance(model, Restore):
        return {"image": image, "sigma": level}
    return {"image": image, "guess": torch.rand(1, 3, height, width), "blur": 10 * level}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--task", choices=TASKS, default="denoise")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to measure on")
    chosen = parser.parse_args()
    name, sheet = chosen.task, SHEETS[chosen.task]
    role = sheet.role or name
    model, facts = trained(name, TASKS[name].model())
    path = chosen.models / f"{name}.onnx"
    free = {port: {2: "height", 3: "width"} for port in ("image", "guess", "result")}
    odd = [example(model, 32, 40), example(model, 72, 48)]
    if isinstance(model, Deblur):
        odd = [example(model, 8, 40), *odd]
    else:
        del free["guess"]
    error = export_model(model, example(model, 64, 48), ["result"], path, free, odd_sizes=odd)
    rows = list_pictures(chosen.data, detailed)
    sections: dict[str, Any] = {
        "model": {
            "role": role,
            "licence": "CC-BY-SA-4.0",
            "summary": sheet.summary,
            "default": role == name,
            "multiple": 8,
            "least": 32,
            "tile": 512,
            "halo": 32,  # of a reach of 84 pixels; measured, tiles then differ from the whole by less than 1 of 255
        },
        "input": [{"name": name, "role": role} for name, role in (("image", "image"), *sheet.inputs)],
        "output": [{"name": "result", "role": "image"}],
        "training": {
            "method": sheet.method,
            **origin(rows, facts),
        },
    }
    write_draft(path, **sections)
    measured = [
        {"level": float(level), "method": method, "psnr": float(value), "over_baseline": gain}
        for level, method, value, gain in table(role, chosen.evaluation, chosen.pack, name)
    ]
    write_card(
        path,
        fails=list(sheet.fails),
        **sections,
        quality={"pictures": chosen.pack or chosen.evaluation.name, "onnx_difference": float(f"{error:.1g}")},
        measured=measured,
    )


if __name__ == "__main__":
    main()
