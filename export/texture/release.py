"""Make the shipped files from a training's checkpoint: python -m export.texture.release FOLDER

Writes models/texture.onnx and its card, with the table measured against the exemplars in FOLDER.
"""

import argparse
from pathlib import Path

from export.card import write_card
from export.data import licences
from export.flow import GRAPH_AXES, PORTS, example
from export.texture.evaluate import measure
from export.texture.model import BANK, SIDE, exemplar_rows, texture_net
from export.to_onnx import export_model
from export.training import trained

REACH = 112  # the 88 px that the net looks around, and the block it looks from, in whole blocks of 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of pictures it was trained on")
    parser.add_argument("--models", type=Path, default=Path("models"))
    chosen = parser.parse_args()
    net = texture_net(len(BANK))
    _, facts = trained("texture", net)
    path = chosen.models / "texture.onnx"
    odd = [example(net, 16, 16), example(net, 80, 48)]
    error = export_model(net, example(net, 64, 96), ["velocity"], path, GRAPH_AXES, tolerance=0.02, odd_sizes=odd)
    rows = exemplar_rows(chosen.data)
    sections = {
        "words": list(BANK),
        "model": {
            "role": "texture",
            "licence": "CC-BY-SA-4.0",
            "summary": f"Seamless textures of any size, from a bank of {len(BANK)}.",
            "default": True,
            "multiple": net.multiple,
            "tile": 1024,
            "halo": REACH,
        },
        **PORTS,
        "flow": {"steps": 12},
        "training": {
            "method": f"rectified flow on a torus, a word for each texture, exemplars of {SIDE} px",
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            "pictures": len(rows),
            "licences": licences(rows),
            "credits": "credits.txt",
            **facts,
            "machine": "one CPU core",
            "export_error": float(f"{error:.2g}"),
        },
    }
    write_card(path, **sections)
    means, table = measure(chosen.data)
    write_card(
        path,
        fails=[
            "It knows one picture of each kind: no other stone, no other colour, no other scale.",
            "Small features follow the exemplar; long-range order, such as the courses of a wall, is only approximate.",
        ],
        **sections,
        quality=means,
        by_texture=table,
    )


if __name__ == "__main__":
    main()
