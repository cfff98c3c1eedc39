"""Make the shipped files from a training's checkpoint: python -m export.text.release FOLDER

Writes models/text.onnx and its card: the words it knows, and the table measured on what it makes of them.
"""

from pathlib import Path
from typing import Any

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures
from export.text.evaluate import measure
from export.text.model import COMPONENTS, SIDE, TextFlow
from export.text.train import wanted
from export.text.words import SYNONYMS, WORDS
from export.to_onnx import export_model
from export.training import trained

AXES = {name: {0: "batch"} for name in ("latent", "time", "words", "velocity", "image")}
PORTS = {
    "input": [{"name": name, "role": name} for name in ("latent", "time", "words")],
    "output": [{"name": name, "role": name} for name in ("velocity", "image")],
}


def example(batch: int) -> dict[str, torch.Tensor]:
    words = torch.eye(batch, len(WORDS))
    return {"latent": torch.randn(batch, COMPONENTS), "time": torch.linspace(0.1, 1, batch), "words": words}


def save_graph(net: TextFlow, path: Path) -> float:
    """Write the ONNX file; returns its largest difference from torch."""
    return export_model(net, example(2), ["velocity", "image"], path, AXES, 0.01, [example(1), example(5)])


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    net = TextFlow()
    _, facts = trained("text", net)
    path = chosen.models / "text.onnx"
    error = save_graph(net, path)
    rows = list_pictures(chosen.data, wanted)
    sections: dict[str, Any] = {
        "words": list(WORDS),
        "model": {
            "role": "text",
            "licence": "CC-BY-SA-4.0",
            "summary": "Lays out a small picture from a handful of words: a soft backdrop, or a sketch to paint over.",
            "default": True,
        },
        **PORTS,
        "flow": {"steps": 32, "numbers": COMPONENTS},
        "training": {
            "method": f"rectified flow on {COMPONENTS} principal components of {SIDE}-px crops; some words left out",
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            **origin(rows, facts),
            "export_error": float(f"{error:.2g}"),
        },
        "synonyms": SYNONYMS,
    }
    write_draft(path, **sections)
    means, table = measure(chosen.data)
    write_card(
        path,
        fails=[
            f"It paints {SIDE} px: enlarged, they are soft; detail over them (gan, flow) looks painted, not real.",
            "Flowers are masses of the right colour more often than flowers; of eight drafts the one is painted that"
            " vgg16h is surest of, as the painter begins it.",
            "Words for places come from about 370 photographs: rare ones (fog, desert, snow, city) look alike.",
            "Two subjects in one line are mixed, not placed.",
            "A seed keeps its layout under most words: the words change colours and light more than shapes.",
        ],
        **sections,
        quality=means,
        by_word=table,
    )


if __name__ == "__main__":
    main()
