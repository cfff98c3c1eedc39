"""The installed models: `gesso models list | verify | add`."""

import re
import shutil
import tempfile
from pathlib import Path

from gesso.contract.errors import BadInput, ModelError
from gesso.engine.cards import Card, folders, read_card, read_cards
from gesso.engine.session import Network, outside_weights, read_model

READ = ("words", "synonyms", "flow", "map")  # the parts of a card that actions read besides [model] and the ports


def list_models() -> str:
    """A table of all usable models, then what is wrong with the other cards."""
    cards, broken = read_cards()
    rows = [("name", "role", "", "MB", "licence", "what it does")]
    for card in sorted(cards, key=lambda card: (card.role, card.name)):
        size = f"{card.file.stat().st_size / 1e6:.1f}" if card.file.is_file() else "gone"
        rows.append((card.name, card.role, "auto" if card.default else "", size, card.licence, card.summary))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[5]]) for row in rows]
    return "\n".join([*lines, *(str(error) for error in broken), f"Your own models: {folders()[0]}"])


def state(card: Card) -> str:
    """`ok`, or what is wrong with the card's file as far as its bytes tell."""
    try:
        read_model(card.file, card.sha256)
    except ModelError as error:
        return error.message
    return "ok"


def verify() -> tuple[str, bool]:
    """Check the sha256 of every model and load it; one line each, and whether all is well."""
    cards, broken = read_cards()
    lines, sound = [], not broken
    for card in cards:
        try:
            Network.load(card)
            lines.append(f"ok    {card.name}")
        except ModelError as error:
            lines.append(f"BAD   {card.name}: {error}")
            sound = False
    lines += [f"BAD   {error}" for error in broken]
    return "\n".join(lines) or "No models are installed.", sound


def add(file: Path, card: Path | None = None) -> None:
    """Copy a model and its card (default: the .toml beside it) to the user's own models, after every check.

    Raises BadInput or ModelError with what to do, and then leaves everything as it was.
    """
    card = card or file.with_suffix(".toml")
    for path, ending in ((file, ".onnx"), (card, ".toml")):
        if path.suffix != ending or not path.is_file():
            raise BadInput(f"There is no {ending} file {path}.", "Call: gesso models add MODEL.onnx [CARD.toml]")
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", file.stem):
        raise BadInput(f"{file.stem!r} cannot be a model's name.", "Use letters, digits, - and _ only.")
    home = folders()[0]
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        stage = Path(folder)
        for name in sorted(outside_weights(file.read_bytes())):
            if name == Path(name).name and (file.parent / name).is_file():
                shutil.copyfile(file.parent / name, stage / name)
        shutil.copyfile(file, stage / file.name)
        shutil.copyfile(card, stage / f"{file.stem}.toml")
        new = read_card(stage / f"{file.stem}.toml")
        if new.file.name != file.name:
            raise ModelError(f"The card {card.name} belongs to {new.file.name}.", "Give it with that file.")
        check_role(new)
        Network.load(new)
        for path in sorted(stage.iterdir(), key=lambda path: path.suffix == ".toml"):  # the card comes last
            path.replace(home / path.name)
    print(f"Added {new.name} to {home}. Use it with --model {new.name}, or in the dialog's Model field.")
    if any((folder / f"{new.name}.toml").exists() for folder in folders()[1:]):
        print("It takes the place of gesso's own model of that name.")


def check_role(new: Card) -> None:
    """A model must take what the action gives to gesso's own model of that role, and give what that one gives."""
    others = [card for card in read_cards()[0] if card.role == new.role]
    if not others:
        roles = ", ".join(sorted({card.role for card in read_cards()[0]}))
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
