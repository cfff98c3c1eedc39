"""Make the shipped files from a training's checkpoint: python -m export.vgg16h.release FOLDER

Writes models/vgg16h.onnx and its card: the words it knows, and what was measured on pictures that were held out.
"""

from pathlib import Path
from typing import Any

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures
from export.to_onnx import export_model
from export.training import trained
from export.vgg16h.evaluate import measure
from export.vgg16h.model import CODE, Vgg16h
from export.vgg16h.train import HELD_OUT, LOOK, SIDES, learnt
from export.vgg16h.words import WORDS

OUTPUTS = ["words", "mean", "log_variance", "attributes"]
PORTS = {
    "input": [{"name": "image", "role": "image"}],
    "output": [{"name": name, "role": name.replace("_", "-")} for name in OUTPUTS],
}
FAILS = [
    "Words of photographs were learnt from a few hundred of them: it ranks them better than plain features do, and can"
    " be sure of a wrong one where a picture shows what it never saw: of a dog it is 0.44 sure that it is a flower.",
    "Rare words (fog, desert, fruit, brick, fabric ...) were said of too few held-out pictures to be measured.",
    "A word is about the whole picture or selection; small things are not seen at 80 px.",
]
AXES = {"image": {0: "batch", 2: "height", 3: "width"}, **{name: {0: "batch"} for name in OUTPUTS}}


def example(*shape: int) -> dict[str, torch.Tensor]:
    """shape: N, height, width."""
    count, height, width = shape
    return {"image": torch.rand(count, 3, height, width)}


def save_graph(net: Vgg16h, path: Path) -> float:
    """Write the ONNX file; returns its largest difference from torch."""
    odd = [example(1, 32, 96), example(3, 45, 37)]
    return export_model(net, example(2, LOOK, LOOK), OUTPUTS, path, AXES, 0.01, odd)


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    net = Vgg16h()
    _, facts = trained("vgg16h", net)
    path = chosen.models / "vgg16h.onnx"
    error = save_graph(net, path)
    rows = list_pictures(chosen.data, learnt)
    sections: dict[str, Any] = {
        "words": list(WORDS),
        "model": {
            "role": "words",
            "licence": "CC-BY-SA-4.0",
            "summary": "Guesses words for what a picture shows. VGG16-shaped, trained here.",
            "default": True,
            "least": 32,
            "tile": LOOK,
        },
        **PORTS,
        "training": {
            "method": f"crops of {SIDES[0]} to {SIDES[-1]} px, some of them soft; words of the manifest, light and"
            f" colour of the crop, the same code in another light; a Gaussian code of {CODE} numbers;"
            f" {100 * HELD_OUT:.0f} % of the scenes held out",
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            **origin(rows, facts),
            "export_error": float(f"{error:.2g}"),
        },
    }
    write_draft(path, **sections)
    quality, table = measure(chosen.data)
    write_card(path, fails=FAILS, **sections, quality=quality, measured=table)


if __name__ == "__main__":
    main()
