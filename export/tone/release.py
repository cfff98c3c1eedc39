"""Make the shipped files from a training's checkpoint: python -m export.tone.release FOLDER EVALUATION

Writes models/tone.onnx and its card, with the table measured on the pictures of EVALUATION.
"""

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures, photographed
from export.to_onnx import export_model
from export.tone.evaluate import PACKS, measure, table
from export.tone.model import SIZE, Tone
from export.training import trained

NAME = "tone"


def example(light: float = 1.0) -> dict[str, torch.Tensor]:
    return {"image": light * torch.rand(1, 3, SIZE, SIZE)}


def main() -> None:
    chosen = release_options(__doc__, PACKS).parse_args()
    model, facts = trained(NAME, Tone())
    path = chosen.models / f"{NAME}.onnx"
    odd = [example(0.1), example(0.0)]
    error = export_model(model, example(), ["curves", "matrix"], path, {}, tolerance=5e-3, odd_sizes=odd)
    rows = list_pictures(chosen.data, photographed)
    sections = {
        "model": {
            "role": "relight",
            "licence": "CC-BY-SA-4.0",
            "summary": "Mends exposure, contrast, white balance and faded colors of a photo.",
            "default": True,
            "tile": SIZE,
            "size": [SIZE, SIZE],
        },
        "input": [{"name": "image", "role": "image"}],
        "output": [{"name": "curves", "role": "tone-curves"}, {"name": "matrix", "role": "colour-matrix"}],
        "training": {
            "method": "strided convolutions, quantiles and a histogram of log-chroma of 96 x 96 points; predicts three"
            " rising curves and a colour matrix; undoes random faults of exposure, haze, white balance, gamma, contrast"
            " and saturation made in linear light; one photo in five is good and must stay",
            **origin(rows, facts),
        },
    }
    write_draft(path, **sections)
    measured = [
        {"damage": kind, "method": name, "delta_e": float(value), "of_best_plain": float(share), "difference": gain}
        for kind, name, value, share, gain in table(measure(chosen.evaluation, chosen.pack, NAME)[0])
    ]
    write_card(
        path,
        fails=[
            "Good photos are changed too, by a deltaE of 1.9 on average, muted and tinted ones most.",
            "What is white or black altogether stays so: nothing is made up.",
            "It cannot know what was meant: evening light, fog and dark studio pictures may be taken for faults. Lower"
            " the strength.",
            "It changes the whole picture alike: no shadow is lifted by itself, and noise is not taken away.",
        ],
        **sections,
        quality={
            "pictures": " ".join(chosen.pack),
            "measure": "mean CIEDE2000",
            "onnx_difference": float(f"{error:.1g}"),
        },
        measured=measured,
    )


if __name__ == "__main__":
    main()
