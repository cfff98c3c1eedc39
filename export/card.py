"""What every script that makes the shipped files shares: its options, and the writing of cards."""

import argparse
from pathlib import Path

from gesso.engine.write_card import write_card

__all__ = ["release_options", "write_card"]


def release_options(description: str | None) -> argparse.ArgumentParser:
    """The options every release script has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures it was trained on")
    parser.add_argument("--models", type=Path, default=Path("models"), help="where to write the file and its card")
    return parser
