"""Model cards: what a model is, as data. A card is `<name>.toml` beside `<name>.onnx`; see models/README.md.

The reading is strict: a card that cannot be understood disables its own model and nothing else.
"""

import os
import tomllib
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from gesso.contract.errors import ModelError

PACKAGE = Path(__file__).resolve().parents[1]
PIPELINE = "diffusion"  # the role of a folder of several networks; see diffusion/parts.py


@dataclass(frozen=True)
class Port:
    """One input or output of the graph. `role` says what it carries (image, mask, noise-level, words, latent ...).

    Inputs of one name are joined along the channels, in their order. `binding.py` turns what gesso has into what the
    graph wants: `low`..`high` is its range (a mask's may be upside down: low is what lies outside), `order` the colour
    order (Y: brightness alone), `layout` the axes. mean, std: a picture of 0..1 is normalised by them, per channel.
    own_maximum: it is divided by its largest number first. hole: what the picture is inside the mask, in the graph's
    range. spread: a number is repeated over the picture. sigmoid: the graph gives logits.
    """

    name: str
    role: str
    low: float = 0.0
    high: float = 1.0
    order: str = "RGB"
    layout: str = "NCHW"
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    own_maximum: bool = False
    hole: float | None = None
    spread: bool = False
    sigmoid: bool = False


@dataclass(frozen=True)
class Card:
    """`role` names the work (upscale, denoise ...); the model name `auto` takes the card of that role with `default`.

    multiple: sizes must be multiples of this. least: the smallest. size: height and width where no other is taken.
    tile, halo: largest tile and its overlap, in input pixels. border: input pixels that the graph loses on each side.
    scale: output pixels per input pixel. whole: it must see the whole picture, however much reduced.
    int8: the model of the same role that is this one in 8-bit integers, for pictures of 8 bits.
    sealed: `file` is encrypted (sealing.py); sha256 is that of the model itself.
    weights: the sha256 of each file beside `file` that it reads; where `file` is the folder of a PIPELINE, of all that
    are read in it. doubts: what was guessed when the card was made.
    facts: the rest of the card (words, training, quality, fails ...).
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
    least: int = 1
    size: tuple[int, ...] = ()
    tile: int = 512
    halo: int = 16
    border: int = 0
    whole: bool = False
    int8: str = ""
    sealed: bool = False
    weights: dict[str, str] = field(default_factory=dict, compare=False)
    doubts: tuple[str, ...] = ()
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def tiling(self) -> dict[str, Any]:
        """How `tiling.run_tiled` cuts a picture for this network."""
        size = tuple(side - 2 * self.border for side in self.size)
        rules = {"halo": self.halo, "multiple": self.multiple, "least": self.least, "scale": self.scale}
        return {"tile": self.tile, "size": size, **rules}

    @property
    def files(self) -> list[Path]:
        """All files of the model."""
        if self.role == PIPELINE:
            return [self.file / name for name in self.weights]
        return [self.file, *(self.file.with_name(name) for name in self.weights)]

    def port(self, role: str) -> Port | None:
        """The first input that carries `role`."""
        return next((port for port in self.inputs if port.role == role), None)


def read_card(path: Path) -> Card:
    """Raises ModelError with a sentence that names the file and what is wrong with it."""
    try:
        return understood(path, path.read_text(encoding="utf-8"))
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,  # of tables within tables, thousands deep
    ) as error:
        raise ModelError(
            f"The card {path.name} cannot be read: {error}.", "See models/README.md for its form."
        ) from error


@lru_cache(maxsize=512)
def understood(path: Path, text: str) -> Card:
    """The card that `text`, the content of `path`, is; kept, since each action looks through all cards several times.

    Raises what `read_card` catches.
    """
    data = tomllib.loads(text)
    if data["model"].get("role") == PIPELINE:  # its networks have the ports of their kind
        data |= {"input": [], "output": []}
    inputs = tuple(Port(**tuples(port)) for port in data.pop("input"))
    outputs = tuple(Port(**tuples(port)) for port in data.pop("output"))
    model = tuples(data.pop("model")) | {"weights": data.pop("weights", {})}
    file = path.parent / model.pop("file", path.stem + ".onnx")
    if file.parent != path.parent:
        raise ValueError("the model file must lie beside its card")
    card = Card(name=path.stem, file=file, inputs=inputs, outputs=outputs, facts=data, **model)
    check_card(card)
    return card


def tuples(table: dict[str, Any]) -> dict[str, Any]:
    """A card's table with tuples for lists, so that what is made of it can be compared and hashed."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}


def check_card(card: Card) -> None:
    """Raises ValueError that names the entry which has the wrong type or cannot be."""
    for entry in fields(card):
        value = getattr(card, entry.name)
        if entry.type in (str, bool, int) and type(value) is not entry.type:
            raise ValueError(f"{entry.name} is {value!r}")
    if min(card.scale, card.multiple, card.tile, card.least) < 1 or min(card.halo, card.border) < 0:
        raise ValueError("scale, multiple, tile, least, halo or border is too small")
    if card.size and (len(card.size) != 2 or min(card.size) <= 2 * card.border):
        raise ValueError(f"size is {list(card.size)}, not [height, width]")
    if not isinstance(card.weights, dict) or not all(isinstance(digest, str) for digest in card.weights.values()):
        raise ValueError("weights is no table of names and sha256")
    if any(Path(name).is_absolute() or ".." in Path(name).parts for name in card.weights):
        raise ValueError("weights name a file outside of the model's folder")
    for port in (*card.inputs, *card.outputs):
        falling = port.high < port.low and port.role == "mask"
        if not (port.low < port.high or falling) or port.order not in ("RGB", "BGR", "Y"):
            raise ValueError(f"{port.name} has an impossible range or colour order")
        if port.layout not in ("NCHW", "NHWC") or len(port.mean) != len(port.std) or 0 in port.std:
            raise ValueError(f"{port.name} has an impossible layout, mean or std")


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
