"""The message catalogues: `python plugin/locale/catalogue.py` reads the sources and brings every catalogue up to date.

    gesso.pot                        every message id: what is in the sources is the truth
    <language>/LC_MESSAGES/gesso.po  the translations: new ids are added with no translation, gone ones are dropped
    <language>/LC_MESSAGES/gesso.mo  what gettext reads, made from the .po

A message is: the argument of _(), told() or warning(), a label, help or option of an action or parameter, a sentence
of an error, the text of a progress, the name of a layer. In a sentence each value is a field, such as {name}: see
client/words.py.
"""

import ast
import json
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "gesso"
SOURCES = ("client", "contract", "engine", "library", "worker.py")
ERRORS = {"GessoError", "BadInput", "NothingFound", "BadSetting", "ModelError", "EngineError", "Cancelled"}
PARAMS = {"Text", "Whole", "Seed", "Number", "Toggle", "Choice", "ModelName", "OtherLayer"}
DICTIONARIES = {"HINTS", "MENUS", "NAMES"}  # whose values are messages
HEADER = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: {}\n"


def messages() -> list[str]:
    """All message ids of the sources, sorted."""
    found: set[str] = set()
    for source in SOURCES:
        path = PACKAGE / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.name in ("files.py", "png.py"):  # the command line's, which speaks English
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                found.update(message for part in shown(node) if (message := template(part)))
    return sorted(found)


def shown(node: ast.AST) -> Iterator[ast.expr]:
    """The parts of this piece of source that a user may come to see."""
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Dict)
        and ast.unparse(node.targets[0]) in DICTIONARIES
    ):
        yield from node.value.values
    if not isinstance(node, ast.Call):
        return
    name = ast.unparse(node.func).split(".")[-1]
    if name in ("_", "told", "warning"):
        yield from node.args
    elif name in ERRORS:
        yield from node.args[:2]
    elif name in ("step", "Layer", "recoloured"):
        yield from node.args[1:2]
    elif name == "Action":
        yield from node.args[2:4]
    elif name in PARAMS:
        yield from node.args[1:3]
        for options in node.args[4:5] if name == "Choice" else ():
            for pair in options.elts if isinstance(options, ast.Tuple) else ():
                yield from pair.elts[1:2] if isinstance(pair, ast.Tuple) else ()


def template(node: ast.expr) -> str:
    """The text of a string literal, values as fields named after the last word of their expression; "" for others."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) and re.search("[A-Za-z]{2}", node.value) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, fields = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            name = (re.findall(r"[A-Za-z]\w*", ast.unparse(part.value)) or ["value"])[-1]
            fields.append(name)
            text += f"{{{name if fields.count(name) == 1 else name + str(fields.count(name))}}}"
    return text if re.search("[A-Za-z]{2}", re.sub(r"\{\w+\}", "", text)) else ""


def read(po: Path) -> dict[str, str]:
    """The translations of a .po file: id -> text, "" where there is none yet."""
    told: dict[str, str] = {}
    text = po.read_text(encoding="utf-8") if po.exists() else ""
    for entry in re.finditer(r'msgid ((?:".*"\s*)+)msgstr ((?:".*"\s*)+)', text):
        key, value = ("".join(json.loads(line) for line in re.findall(r'".*"', part)) for part in entry.groups())
        told[key] = value
    told.pop("", None)
    return told


def write(po: Path, language: str, told: dict[str, str]) -> None:
    entries = [("", HEADER.format(language)), *told.items()]
    quoted = (f"msgid {quote(key)}\nmsgstr {quote(value)}\n" for key, value in entries)
    po.write_text("\n".join(quoted), encoding="utf-8")


def quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def compiled(language: str, told: dict[str, str]) -> bytes:
    """A .mo file (GNU gettext manual, "The Format of GNU MO Files") of all that is translated."""
    entries = sorted({"": HEADER.format(language), **{key: value for key, value in told.items() if value}}.items())
    pairs = [(key.encode(), value.encode()) for key, value in entries]
    at, tables, data = 28 + 16 * len(pairs), [b"", b""], b""
    for table in (0, 1):
        for pair in pairs:
            tables[table] += struct.pack("<II", len(pair[table]), at + len(data))
            data += pair[table] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + tables[0] + tables[1] + data


def main() -> int:
    wanted = messages()
    write(HERE / "gesso.pot", "", dict.fromkeys(wanted, ""))
    missing = 0
    for po in sorted(HERE.glob("*/LC_MESSAGES/gesso.po")):
        language, told = po.parents[1].name, read(po)
        current = {key: told.get(key, "") for key in wanted}
        write(po, language, current)
        po.with_suffix(".mo").write_bytes(compiled(language, current))
        for key in (key for key, value in current.items() if not value):
            print(f"{language}: not translated: {key}")
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
