"""What every script that makes the shipped files shares: its options, and the writing of cards."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gesso.engine.write_card import write_card

from export.data import licences

__all__ = ["origin", "release_options", "write_card", "write_draft"]


def write_draft(path: Path, **sections: Any) -> None:
    """Write the card of the model `path` without what is measured yet. From then on the engine of this process knows
    the models of its folder only: measured is this file, not a user's own of the same name."""
    write_card(path, **sections)
    os.environ["GESSO_MODELS"] = str(path.parent)


def origin(rows: Sequence[dict[str, str]], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a card says of the pictures (rows of the manifest) and the time (see `trained`) that made a model."""
    pictures = {"pictures": len(rows), "licences": licences(rows), "credits": "credits.txt"}
    return {**pictures, **facts, "machine": "one CPU core"}


def release_options(description: str | None, packs: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The options every release script has; with `packs`, those of one that measures on pictures of these names."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures it was trained on")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where to write the file and its card")
    if packs:
        parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
        parser.add_argument(
            "--pack", nargs="+", default=packs, help="beginnings of the names of pictures to measure on"
        )
    return parser
