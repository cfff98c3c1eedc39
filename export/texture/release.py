"""Make the shipped files from a training's checkpoint: python -m export.texture.release FOLDER

Writes models/texture.onnx and its card, with the table measured against the exemplars in FOLDER.
"""

from pathlib import Path
from typing import Any

import torch

from export.card import origin, release_options, write_card, write_draft
from export.texture.evaluate import measure
from export.texture.model import BANK, CHANNELS, PATCH, SIDE, TextureBank, exemplar_rows
from export.to_onnx import export_model
from export.training import trained

AXES = {"words": {0: "batch"}, "latent": {0: "maps", 2: "height", 3: "width"}, "exemplar": {0: "batch"}}
PORTS = {
    "input": [{"name": "words", "role": "words"}, {"name": "latent", "role": "latent"}],
    "output": [{"name": "exemplar", "role": "exemplar"}, {"name": "image", "role": "image"}],
}


def example(textures: int, height: int, width: int) -> dict[str, torch.Tensor]:
    return {"words": torch.eye(textures)[:1], "latent": torch.randn(1, CHANNELS, height, width)}


def save_graph(bank: TextureBank, path: Path) -> float:
    """Write the ONNX file; returns its largest difference from torch."""
    count = len(bank.maps)
    axes = {**AXES, "image": {0: "maps", 2: "rows", 3: "columns"}}
    odd = [example(count, 1, 1), example(count, 7, 5)]
    return export_model(bank, example(count, 16, 24), ["exemplar", "image"], path, axes, 0.01, odd)


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    bank = TextureBank(len(BANK))
    _, facts = trained("texture", bank)
    path = chosen.models / "texture.onnx"
    error = save_graph(bank, path)
    rows = exemplar_rows(chosen.data)
    sections: dict[str, Any] = {
        "words": list(BANK),
        "model": {
            "role": "texture",
            "licence": "CC-BY-SA-4.0",
            "summary": f"Seamless textures of any size: {len(BANK)} learnt maps, and the net that paints them.",
            "default": True,
            "scale": PATCH,
            "tile": 256,
            "halo": len(bank.layers),  # one latent a convolution: tiles join exactly
        },
        **PORTS,
        "map": {"channels": CHANNELS},
        "training": {
            "method": f"auto-decoder: a map of {CHANNELS} channels for each exemplar of {SIDE} px and one painter; L1",
            "parameters": sum(parameter.numel() for parameter in bank.parameters()),
            **origin(rows, facts),
            "export_error": float(f"{error:.2g}"),
        },
    }
    write_draft(path, **sections)
    means, table = measure(chosen.data)
    write_card(
        path,
        fails=[
            "It knows one picture of each kind, and rearranges pieces of it: no other stone, no other colour or scale.",
            "Joints between the pieces show in regular patterns: a brick may end early, a course may shift.",
            "The edges of the painter's 4-px blocks are a little stronger than other edges (lattice).",
            "Fine, sharp grain (grass, straw, lava) is softer than in the exemplar.",
            "A striking detail (a knot, a stain) comes back several times in a large texture.",
        ],
        **sections,
        quality=means,
        by_texture=table,
    )


if __name__ == "__main__":
    main()
