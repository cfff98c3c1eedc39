"""Model cards: what a model is, as data. A card is `<name>.toml` beside `<name>.onnx`; see models/README.md.

The reading is strict: a card that cannot be understood disables its own model and nothing else.
"""

import os
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from gesso.contract.errors import ModelError

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Port:
    """One input or output of the graph. `role` says what it carries (image, mask, noise-level, words, latent ...).

    Pictures are NCHW float32; `low`..`high` is the range the graph expects, `order` the colour order.
    """

    name: str
    role: str
    low: float = 0.0
    high: float = 1.0
    order: str = "RGB"


@dataclass(frozen=True)
class Card:
    """`role` names the work (upscale, denoise ...); the model name `auto` takes the card of that role with `default`.

    multiple: sizes must be multiples of this. tile, halo: largest tile and its overlap, in input pixels.
    scale: output pixels per input pixel. facts: the rest of the card (words, training, quality, fails ...).
    """

    name: str
    role: str
    file: Path
    sha256: str
    licence: str
    summary: str
    default: bool = False
    scale: int = 1
    multiple: int = 1
    tile: int = 512
    halo: int = 16
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict, compare=False)


def read_card(path: Path) -> Card:
    """Raises ModelError with a sentence that names the file and what is wrong with it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        inputs = tuple(Port(**port) for port in data.pop("input"))
        outputs = tuple(Port(**port) for port in data.pop("output"))
        model = data.pop("model")
        file = path.parent / model.pop("file", path.stem + ".onnx")
        if file.parent != path.parent:
            raise ValueError("the model file must lie beside its card")
        card = Card(name=path.stem, file=file, inputs=inputs, outputs=outputs, facts=data, **model)
        check_card(card)
        return card
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise ModelError(
            f"The card {path.name} cannot be read: {error}.", "See models/README.md for its form."
        ) from error


def check_card(card: Card) -> None:
    """Raises ValueError that names the entry which has the wrong type or cannot be."""
    for entry in fields(card):
        value = getattr(card, entry.name)
        if entry.type in (str, bool, int) and type(value) is not entry.type:
            raise ValueError(f"{entry.name} is {value!r}")
    if min(card.scale, card.multiple, card.tile) < 1 or card.halo < 0:
        raise ValueError("scale, multiple, tile or halo is too small")
    for port in (*card.inputs, *card.outputs):
        if not port.low < port.high or port.order not in ("RGB", "BGR"):
            raise ValueError(f"{port.name} has an impossible range or colour order")


def folders() -> list[Path]:
    """Where models are: the user's own folder, then those that came with gesso. GESSO_MODELS replaces both."""
    if given := os.environ.get("GESSO_MODELS"):
        return [Path(given)]
    shipped = PACKAGE / "models" if (PACKAGE / "models").is_dir() else PACKAGE.parents[1] / "models"
    return [Path.home() / ".local" / "share" / "gesso" / "models", shipped]


def read_cards() -> tuple[list[Card], list[ModelError]]:
    """All usable cards, the user's before the shipped, and why the others are not usable."""
    cards: dict[str, Card] = {}
    broken = []
    for folder in folders():
        for path in sorted(folder.glob("*.toml")):
            try:
                cards.setdefault(path.stem, read_card(path))
            except ModelError as error:
                broken.append(error)
    return list(cards.values()), broken
