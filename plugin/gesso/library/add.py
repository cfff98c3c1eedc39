"""`gesso models add`: a file, or a folder with one, becomes a model of the user's own.

Order: what the bytes are, whether the graph loads, what it is (or what its card says), one trial, then the copy. Until
the very last step nothing in the user's folder changes.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from gesso.contract.errors import BadInput, ModelError
from gesso.engine.cards import PIPELINE, Card, Port, folders, read_card, read_cards
from gesso.engine.sealing import is_sealed
from gesso.engine.session import Network, open_session, outside_file, outside_weights, read_onnx
from gesso.engine.write_card import write_card
from gesso.library import pipelines
from gesso.library.overrides import override
from gesso.library.recognise import recognise

ROLES = {
    "fill": "inpaint",
    "denoise": "denoise",
    "restore": "restore",
    "upscale": "upscale",
    "style": "style",
    "cutout": "segment",
    "colorize": "colorize",
    "relight": "relight",
    "depth": "depth",
}  # what --as can be -> the role on the card
READ = ("words", "synonyms", "flow", "map")  # the parts of a card that actions read besides [model] and the ports
PLAIN = {
    "name",
    "file",
    "inputs",
    "outputs",
    "weights",
    "facts",
    "sha256",
    "sealed",
}  # of a Card, written elsewhere than [model]


def add(given: Path, card: Path | None = None, action: str = "", changes: Sequence[str] = ()) -> str:
    """Copy a model to the user's own, after every check; without a card, find out what it is and write one.

    given: an .onnx file, a folder that holds one, or a Stable Diffusion folder. card: default is the .toml beside it.
    action: one of ROLES.
    changes: what to set on the card, such as "range=0..255", "order=BGR", "multiple=8", "licence=MIT".
    Returns what is to be said. Raises BadInput or ModelError with what to do, and leaves everything as it was.
    """
    home = folders()[0]
    if pipeline := pipelines.pipeline_of(given):
        check_name(pipeline.name)
        if card or action:
            raise BadInput("A Stable Diffusion folder takes no card and no --as.", "gesso knows what it is for.")
        home.mkdir(parents=True, exist_ok=True)
        return "\n".join([*told(*pipelines.add_pipeline(pipeline, home, changes)), *licence(pipeline)])
    file = model_file(given)
    if is_sealed(file):
        raise BadInput(f"{file.name} is a sealed model.", "Call first: gesso models unseal")
    name = given.name if given.is_dir() else file.stem
    check_name(name)
    if action and action not in ROLES:
        raise BadInput(f"There is no action {action!r} for models.", f"Use one of: {', '.join(ROLES)}.")
    if card and not card.is_file():
        raise BadInput(f"There is no card {card}.", "Without one gesso finds out by itself what the model is.")
    beside = file.with_suffix(".toml")
    card = card or (beside if beside.is_file() and not action else None)
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        copy = Path(folder) / f"{name}.onnx"
        outside = sorted(outside_weights(read_onnx(file)))
        for weights in outside:
            shutil.copyfile(outside_file(file, weights), copy.with_name(weights))
        shutil.copyfile(file, copy)
        if card:
            shutil.copyfile(card, copy.with_suffix(".toml"))
            new = read_card(copy.with_suffix(".toml"))
            if new.file.name != copy.name:
                raise ModelError(f"The card {card.name} belongs to {new.file.name}.", "Give it with that file.")
            check_role(new)
        else:
            session = open_session(copy, copy.read_bytes())
            new = override(recognise(session, name, ROLES.get(action, "")), changes)
            new = write(copy, new, outside)
        Network.load(new)
        check_weights(new, home)
        for path in sorted(copy.parent.iterdir(), key=lambda path: path.suffix == ".toml"):  # the card comes last
            path.replace(home / path.name)
    return "\n".join(told(new, home))


def check_name(name: str) -> None:
    """Raises BadInput for a name that would not do on the command line, or as a file's."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise BadInput(f"{name!r} cannot be a model's name.", "Use letters, digits, - and _ only.")


def check_weights(new: Card, home: Path) -> None:
    """Raises BadInput where a file of the new model's weights would go over another model's card, graph or weights."""
    for name in new.weights:
        if Path(name).suffix in (".onnx", ".toml"):
            raise BadInput(
                f"{new.name} keeps weights in {name}, a name for models and cards.",
                "Save it as one file and add that.",
            )
    for card in read_cards()[0]:
        if card.file.parent != home or card.name == new.name:
            continue
        for name in card.weights.keys() & new.weights.keys():
            if card.weights[name] != new.weights[name]:
                raise BadInput(
                    f"The model {card.name} has other weights in a file {name}.",
                    f"Save the new model as one file, or remove {card.name} first.",
                )


def told(new: Card, home: Path) -> list[str]:
    """What is said of a model that was added."""
    lines = [f"Added {new.name} to {home}, for {new.role}: {new.summary}"]
    lines += [f"Unsure: {doubt}" for doubt in new.doubts]
    if any((folder / f"{new.name}.toml").exists() for folder in folders()[1:]):
        lines.append("It takes the place of gesso's own model of that name.")
    lines.append(f"Use it with --model {new.name}, or in the dialog's Model field.")
    return lines


def licence(pipeline: Path) -> list[str]:
    """What is said of the licence of a Stable Diffusion folder: all of it, as the user must know it."""
    if text := pipelines.licence_text(pipeline):
        return ["", "Its licence:", "", text]
    return ["The folder holds no text of a licence: read it where you got the model, before you use it."]


def model_file(given: Path) -> Path:
    """The .onnx file that is meant. Raises BadInput with what is in the way."""
    if not given.is_dir():
        if given.suffix != ".onnx" or not given.is_file():
            raise BadInput(f"There is no .onnx file {given}.", "Call: gesso models add MODEL.onnx [CARD.toml]")
        return given
    found = sorted(given.glob("*.onnx"))
    if len(found) != 1:
        raise BadInput(f"{given} holds {len(found)} .onnx files.", "Give the file that is meant.")
    return found[0]


def write(file: Path, card: Card, outside: Sequence[str]) -> Card:
    """Write the card beside its file, defaults left out. Returns it as it will be read."""
    digests = {}
    for name in outside:
        with file.with_name(name).open("rb") as weights:
            digests[name] = hashlib.file_digest(weights, "sha256").hexdigest()
    card = replace(card, licence=card.licence or "not stated")
    model = {one.name: getattr(card, one.name) for one in fields(card) if one.name not in PLAIN}
    sections: dict[str, Any] = {"weights": digests} if digests else {}
    return write_card(
        file,
        model=without_defaults(model, Card),
        input=[without_defaults(vars(port), Port) for port in card.inputs],
        output=[without_defaults(vars(port), Port) for port in card.outputs],
        **sections,
    )


def without_defaults(values: dict[str, Any], kind: type) -> dict[str, Any]:
    """The entries that say something else than the dataclass `kind` would by itself."""
    defaults = {one.name: one.default for one in fields(kind)}
    return {name: value for name, value in values.items() if value != defaults[name]}


def check_role(new: Card) -> None:
    """A model must take what the action gives to gesso's own model of that role, and give what that one gives."""
    if new.role == PIPELINE:
        raise ModelError(f"{new.name} is one file; a model of the role {PIPELINE} is a folder.", "Give the folder.")
    if new.role in ROLES.values() or new.role.startswith("upscale-x"):
        return  # these actions take what recognise.py can write
    others = [card for card in read_cards()[0] if card.role == new.role]
    if not others:
        roles = ", ".join(sorted({card.role for card in read_cards()[0]} | set(ROLES.values())))
        raise ModelError(f"No action uses models of the role {new.role!r}.", f"The roles are: {roles}.")
    given = {port.role for card in others for port in card.inputs}
    if strange := {port.role for port in new.inputs} - given:
        raise ModelError(
            f"{new.name} asks for {', '.join(sorted(strange))}.", f"It is given: {', '.join(sorted(given))}."
        )
    wanted = set.intersection(*({port.role for port in card.outputs} for card in others))
    if lacking := wanted - {port.role for port in new.outputs}:
        raise ModelError(f"{new.name} does not give {', '.join(sorted(lacking))}.", "Name that output in its card.")
    if lacking := {part for part in READ if all(part in card.facts for card in others)} - set(new.facts):
        raise ModelError(f"The card of {new.name} lacks {', '.join(sorted(lacking))}.", "See models/README.md.")
