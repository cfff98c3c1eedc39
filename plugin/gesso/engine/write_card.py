"""Write model cards; the reader, and with it the form, is cards.py.

write_card(
    Path("models/denoise.onnx"),
    model={"role": "denoise", "licence": "CC-BY-SA-4.0", "summary": "...", "multiple": 8},
    input=[{"name": "image", "role": "image"}, {"name": "sigma", "role": "noise-level"}],
    output=[{"name": "result", "role": "image"}],
    training={...}, quality={...}, fails=[...],
)
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gesso.engine.cards import Card, read_card


def write_card(path_onnx: Path, **sections: Any) -> Card:
    """Write `<name>.toml` beside the model and return it as the engine reads it. The sha256 is filled in here.

    sections: the card's tables. Mappings become tables, lists of mappings become [[name]], the rest stands at the top.
    Raises ModelError, and leaves an earlier card as it was, where the engine could not read the new one.
    """
    digest = hashlib.sha256(path_onnx.read_bytes()).hexdigest()
    sections["model"] = {**sections["model"], "sha256": digest}
    with tempfile.TemporaryDirectory(dir=path_onnx.parent) as folder:
        draft = Path(folder) / f"{path_onnx.stem}.toml"
        draft.write_text(to_toml(sections), encoding="utf-8")
        read_card(draft)
        os.replace(draft, path_onnx.with_suffix(".toml"))
    return read_card(path_onnx.with_suffix(".toml"))


def to_toml(sections: Mapping[str, Any]) -> str:
    """A TOML text of plain values, tables and arrays of tables."""
    loose = {name: value for name, value in sections.items() if not _is_table(value)}
    parts = [_lines(loose)] if loose else []
    for name, value in sections.items():
        if not _is_table(value):
            continue
        heading = f"[{name}]" if isinstance(value, Mapping) else f"[[{name}]]"
        parts += [f"{heading}\n{_lines(table)}" for table in ([value] if isinstance(value, Mapping) else value)]
    return "\n".join(parts)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _key(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() and name.isascii() else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        lines = value.replace("\\", "\\\\").replace('"""', '""\\"')  # never three in a row, however many
        return f'"""\n{lines}"""'
    if isinstance(value, (list, tuple)):
        items = [_value(item) for item in value]
        short = f"[{', '.join(items)}]"
        return short if len(short) <= 100 else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + " }"
    if value is None:
        raise TypeError("a card cannot say None: leave the entry out")
    return json.dumps(value, ensure_ascii=False)
