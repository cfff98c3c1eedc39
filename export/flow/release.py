"""Make the shipped files from a training's checkpoint: python -m export.flow.release FOLDER

Writes models/flow.onnx and its card, with the table measured on what it makes of sketches of held-out photos.
"""

from pathlib import Path
from typing import Any

import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures
from export.flow.evaluate import measure
from export.flow.model import SKETCH, Painter
from export.text.train import wanted
from export.text.words import WORDS
from export.to_onnx import export_model
from export.training import trained
from export.vae.model import CHANNELS

STEPS = 12
INPUTS = ("latent", "time", "words", "sketch", "known")
BATCH = {0: "batch"}
FREE = {**BATCH, 2: "rows", 3: "columns"}
SKETCHES = {**BATCH, 2: "tall", 3: "wide"}
AXES = {"latent": FREE, "velocity": FREE, "known": FREE, "sketch": SKETCHES, "time": BATCH, "words": BATCH}


def example(rows: int, columns: int, batch: int = 2) -> dict[str, torch.Tensor]:
    return {
        "latent": torch.randn(batch, CHANNELS, rows, columns),
        "time": torch.rand(batch),
        "words": (torch.rand(batch, len(WORDS)) < 0.1).float(),
        "sketch": torch.rand(batch, 3, SKETCH * rows, SKETCH * columns),
        "known": torch.randn(batch, CHANNELS + 1, rows, columns),
    }


def save_graph(net: torch.nn.Module, path: Path) -> float:
    """Write the ONNX file; returns its largest difference from torch."""
    return export_model(net, example(8, 8), ["velocity"], path, AXES, 0.02, [example(2, 6, 1), example(16, 12, 3)])


def sections(training: dict[str, Any]) -> dict[str, Any]:
    """The card, but for what was measured."""
    return {
        "words": list(WORDS),
        "model": {
            "role": "flow",
            "licence": "CC-BY-SA-4.0",
            "summary": "Paints detail over a small sketch, in the autoencoder's latents.",
            "default": False,  # the GAN that it taught is nearer to photographs, and sooner done
        },
        "input": [{"name": name, "role": name} for name in INPUTS],
        "output": [{"name": "velocity", "role": "velocity"}],
        "flow": {"steps": STEPS, "channels": CHANNELS},
        "training": training,
    }


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    net, facts = trained("flow", Painter())
    path = chosen.models / "flow.onnx"
    error = save_graph(net, path)
    training = {
        "method": "rectified flow on the autoencoder's latents of 128-px crops, told their 32-px sketch and words; of"
        " some a part is known",
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        **origin(list_pictures(chosen.data, wanted), facts),
        "export_error": float(f"{error:.2g}"),
    }
    write_draft(path, **sections(training))
    write_card(path, fails=FAILS, **sections(training), quality=measure(chosen.data))


FAILS = [
    "It knows what things look like from near, not what they are: petals, leaves and waves are suggested, not drawn.",
    "It follows the sketch: what that has wrong stays wrong.",
    "Trained on 128-px pictures: enlarged to a thousand pixels, its detail is soft.",
    "Painted over sketches of photos, its detail is as far from the photos' as bicubic's, on the other side: too much"
    " of it where the photo was smooth.",
]


if __name__ == "__main__":
    main()
