"""`gesso models seal | unseal`: a model of the user's own, encrypted on the disk and back.

The new file is written beside, synced and read back before it takes the old one's place. What is in the file counts;
the card's `sealed` is there to be read, so that nothing is lost where the process dies between the two.
"""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from gesso.contract.errors import BadInput
from gesso.engine import keys, sealing
from gesso.engine.cards import Card, folders, read_card
from gesso.engine.session import read_model
from gesso.library.shelf import find


def seal(name: str) -> str:
    """Encrypt the model called `name`; says what was done. Raises BadInput, ModelError and changes nothing then."""
    card = own(name)
    if sealing.is_sealed(card.file):
        say_sealed(card, True)
        raise BadInput(f"{name} is sealed already.", "Nothing was changed.")
    if card.weights:
        raise BadInput(
            f"{name} keeps weights in files beside it, which gesso does not seal.", "Save it as one file and add that."
        )
    read_model(card.file, card.sha256, card.weights)
    key, place = keys.sealing_key()

    def write(out: BinaryIO) -> None:
        with card.file.open("rb") as model:
            sealing.seal(model, out, key, card.file.name, card.sha256)

    exchange(card, write)
    say_sealed(card, True)
    return (
        f"Sealed {name}; the key is in {place}. Keep a copy of the key: nobody can open the model without it.\n"
        "The file that you added it from is as readable as before, and the disk may keep traces of the copy."
    )


def unseal(name: str) -> str:
    """Make the model called `name` a plain file again; says what was done. Raises BadInput, ModelError."""
    card = own(name)
    if not sealing.is_sealed(card.file):
        say_sealed(card, False)
        raise BadInput(f"{name} is not sealed.", "Nothing was changed.")
    exchange(card, lambda out: out.writelines(sealing.unseal(card.file, card.sha256, keys.find_key)))
    say_sealed(card, False)
    return f"Unsealed {name}: it lies on the disk in plain again."


def own(name: str) -> Card:
    """The card of a model of the user's own. Raises BadInput."""
    card = find(name)
    if card.file.parent != folders()[0]:
        raise BadInput(f"{name} came with gesso.", "Only models that you added can be sealed.")
    return card


def exchange(card: Card, write: Callable[[BinaryIO], object]) -> None:
    """Put what `write` writes in the place of the card's file, if it holds the card's model."""
    with tempfile.TemporaryDirectory(dir=card.file.parent) as folder:
        draft = Path(folder) / card.file.name
        with draft.open("wb") as out:
            write(out)
            out.flush()
            os.fsync(out.fileno())
        read_model(draft, card.sha256, {})
        draft.replace(card.file)


def say_sealed(card: Card, sealed: bool) -> None:
    """Change the one line of the card, and leave the rest as somebody may have written it."""
    path = card.file.with_name(f"{card.name}.toml")
    text = re.sub(r"(?m)^sealed = (true|false)\n", "", path.read_text(encoding="utf-8"))
    if sealed:
        text = re.sub(r"(?m)^\[model\].*\n", lambda found: found.group() + "sealed = true\n", text, count=1)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name
        draft.write_text(text, encoding="utf-8")
        read_card(draft)
        draft.replace(path)
