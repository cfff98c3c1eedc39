"""Tiny ONNX files with their cards, for tests."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CARD = """[model]
role = "{role}"
sha256 = "{sha256}"
licence = "CC0-1.0"
summary = "A test"
default = true
tile = {tile}

[[input]]
name = "image"
role = "image"
{ports}
[[output]]
name = "result"
role = "image"
{ports}
"""


def save_net(
    folder: Path,
    name: str = "net",
    gain: float = 1.0,
    role: str = "test",
    ports: str = "",
    tile: int = 512,
    layers: int = 1,
    location: str = "",
) -> Path:
    """`name`.onnx, which multiplies a picture by `gain`, and its card. Returns the model's path.

    layers: that many multiplications, to take time. location: keep the weights in that file, outside.
    """
    weight = numpy_helper.from_array(np.full((1, 3, 1, 1), gain, np.float32), "gain")
    names = ["image", *(f"step{i}" for i in range(layers - 1)), "result"]
    nodes = [helper.make_node("Mul", [a, "gain"], [b]) for a, b in zip(names, names[1:], strict=False)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "h", "w"]) for name in ("image", "result")]
    model = helper.make_model(
        helper.make_graph(nodes, "net", ends[:1], ends[1:], [weight]), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    file = folder / f"{name}.onnx"
    if location:
        onnx.external_data_helper.set_external_data(model.graph.initializer[0], location)
        model.graph.initializer[0].ClearField("raw_data")
    file.write_bytes(model.SerializeToString())
    write_card(file, role, ports, tile)
    return file


def write_card(file: Path, role: str = "test", ports: str = "", tile: int = 512) -> Path:
    """The card of `file` as it is now."""
    card = file.with_suffix(".toml")
    text = CARD.format(role=role, sha256=digest(file), ports=ports, tile=tile)
    beside = [path for path in sorted(file.parent.glob("*.bin")) if path.name.encode() in file.read_bytes()]
    card.write_text(text + "".join(f'[weights]\n"{path.name}" = "{digest(path)}"\n' for path in beside))
    return card


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
