"""Make the shipped files from a training's checkpoint: python -m export.text.release FOLDER

Writes models/text.onnx and its card: the words it knows, and the table measured on what it makes of them.
"""

import argparse
from pathlib import Path

from export.card import write_card
from export.data import licences, list_pictures
from export.flow import GRAPH_AXES, PORTS, example
from export.text.evaluate import measure
from export.text.model import SIDE, text_net
from export.text.train import wanted
from export.text.words import SYNONYMS, WORDS
from export.to_onnx import export_model
from export.training import trained


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of pictures it was trained on")
    parser.add_argument("--models", type=Path, default=Path("models"))
    chosen = parser.parse_args()
    net = text_net()
    _, facts = trained("text", net)
    path = chosen.models / "text.onnx"
    odd = [example(net, 32, 64), example(net, 40, 32)]
    error = export_model(net, example(net, SIDE, SIDE), ["velocity"], path, GRAPH_AXES, tolerance=0.02, odd_sizes=odd)
    rows = list_pictures(chosen.data, wanted)
    sections = {
        "words": list(WORDS),
        "model": {
            "role": "text",
            "licence": "CC-BY-SA-4.0",
            "summary": "Soft, out-of-focus backdrops from a handful of words. It does not draw scenes or objects.",
            "default": True,
            "multiple": net.multiple,
        },
        **PORTS,
        "flow": {"steps": 16, "side": SIDE},
        "training": {
            "method": f"rectified flow with dropped words, crops of {SIDE} px; colours and brightness measured",
            "parameters": sum(parameter.numel() for parameter in net.parameters()),
            "pictures": len(rows),
            "licences": licences(rows),
            "credits": "credits.txt",
            **facts,
            "machine": "one CPU core",
            "export_error": float(f"{error:.2g}"),
        },
        "synonyms": SYNONYMS,
    }
    write_card(path, **sections)
    means, table = measure(chosen.data)
    write_card(
        path,
        fails=[
            f"Pictures are painted at {SIDE} px and enlarged: they are blurred on purpose and hold no detail.",
            "Flowers are blobs of the right colour and layout more often than flowers.",
            "Words for places come from about 370 photographs: rare ones (fog, desert, snow, city) look alike.",
            "Two subjects in one line are mixed, not placed.",
        ],
        **sections,
        quality=means,
        by_word=table,
    )


if __name__ == "__main__":
    main()
