"""`gesso models list | show | verify | remove`."""

import shutil
from typing import Any

from gesso.contract.errors import BadInput, ModelError
from gesso.engine.cards import PIPELINE, Card, folders, read_cards
from gesso.engine.diffusion.parts import Folder
from gesso.engine.session import Network, outside_weights, read_model, weight


def list_models() -> str:
    """A table of all usable models, then what is wrong with the other cards."""
    cards, broken = read_cards()
    rows = [("name", "role", "", "MB", "licence", "what it does")]
    for card in sorted(cards, key=lambda card: (card.role, card.name)):
        size = f"{weight(card) / 1e6:.1f}" if card.file.exists() else "gone"
        state = " ".join(["auto"] * card.default + ["sealed"] * card.sealed + ["?"] * bool(card.doubts))
        rows.append((card.name, card.role, state, size, card.licence, card.summary))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[5]]) for row in rows]
    if any(card.doubts for card in cards):
        lines.append("?: something about it was guessed; see `gesso models show NAME`")
    return "\n".join([*lines, *(str(error) for error in broken), f"Your own models: {folders()[0]}"])


def rows() -> list[dict[str, Any]]:
    """The usable models for a list in a window, the user's own first."""
    home = folders()[0]
    own_first = sorted(read_cards()[0], key=lambda card: (card.file.parent != home, card.role, card.name))
    return [
        {
            "name": card.name,
            "role": card.role,
            "licence": card.licence,
            "summary": card.summary,
            "mine": card.file.parent == home,
        }
        for card in own_first
    ]


def find(name: str) -> Card:
    """The card called `name`. Raises BadInput."""
    for card in read_cards()[0]:
        if card.name == name:
            return card
    raise BadInput(f"There is no model {name}.", "See: gesso models list")


def show(name: str) -> str:
    """Where the model is, whether it is sound, what was guessed about it, and its card as it stands."""
    card = find(name)
    doubts = [f"unsure: {doubt}" for doubt in card.doubts]
    text = card.file.with_name(f"{name}.toml").read_text(encoding="utf-8").rstrip()
    return "\n".join([f"{card.file}: {state(card)}", *doubts, "", text])


def state(card: Card) -> str:
    """`ok`, or what is wrong with the card's file as far as its bytes tell."""
    try:
        if card.role == PIPELINE:
            Folder(card).check(*card.weights)
        else:
            read_model(card.file, card.sha256, card.weights)
    except ModelError as error:
        return error.message
    return "ok"


def verify() -> tuple[str, bool]:
    """Check the sha256 of every model and load it; one line each, and whether all is well."""
    cards, broken = read_cards()
    lines, sound = [], not broken
    for card in cards:
        try:
            if card.role == PIPELINE:
                Folder(card).load_all()
            else:
                Network.load(card)
            lines.append(f"ok    {card.name}")
        except ModelError as error:
            lines.append(f"BAD   {card.name}: {error}")
            sound = False
    lines += [f"BAD   {error}" for error in broken]
    return "\n".join(lines) or "No models are installed.", sound


def unsound() -> str:
    """What `verify` says of the models that are not as they should be; "" where all are."""
    return "\n".join(line for line in verify()[0].splitlines() if line.startswith("BAD"))


def remove(name: str) -> str:
    """Delete a model of the user's own, with the weights that no other model reads; says what was done.

    A card that cannot be read is removed too, with the file of its name. Raises BadInput.
    """
    home = folders()[0]
    path = home / f"{name}.toml"
    if path.parent != home or not path.is_file():
        find(name)
        raise BadInput(f"{name} came with gesso.", "Only models that you added can be removed.")
    file = home / f"{name}.onnx"
    if not file.exists() and (home / name).is_dir():  # a pipeline
        path.unlink()
        shutil.rmtree(home / name)
        return f"Removed {name}."
    beside = outside_weights(file.read_bytes()) if file.is_file() else set()
    path.unlink()
    for model in home.glob("*.onnx"):
        if model != file:
            beside -= outside_weights(model.read_bytes())
    for one in (file, *(home / outside for outside in beside)):
        if one.parent == home:
            one.unlink(missing_ok=True)
    return f"Removed {name}."
