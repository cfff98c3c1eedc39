"""`gesso diagnostics`: one block to copy into a bug report. It says nothing about pictures, and ~ for the home folder.

It starts an engine through client/link.py, the way GIMP does it, so that what fails there fails here.
"""

import os
import platform
import sys
import tempfile
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from gesso import __version__, install
from gesso.client.link import Engine
from gesso.contract import wire
from gesso.contract.errors import GessoError
from gesso.engine import backends
from gesso.engine.cards import read_cards
from gesso.library import shelf

LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "tifffile")


def report() -> str:
    """The whole block, one fact a line."""
    lines = [
        f"gesso        {__version__}, in {install.PACKAGE}",
        f"Python       {platform.python_version()}, {sys.executable}",
        f"libraries    {', '.join(f'{name} {version(name)}' for name in LIBRARIES)}",
        f"system       {platform.platform()}, {os.cpu_count()} cores",
        *gimps(),
        f"engine       {start_time()}",
        *(f"{about:<12} {line}" for about, line in backends.describe().items()),
        *models(),
        f"last error   {last_error()}",
    ]
    return "\n".join(lines).replace(str(Path.home()), "~")


def gimps() -> list[str]:
    """The GIMPs on PATH and the profiles, with what gesso is in each."""
    found = [f"GIMP         {number}, {path}" for number, path in install.installed_gimps().items()]
    profiles = [f"profile      {profile}: {install.state(profile)}" for profile in install.my_profiles()]
    return (found or ["GIMP         no GIMP 3 on PATH"]) + (profiles or ["profile      no GIMP 3 profile"])


def start_time() -> str:
    """How long a new engine, in a folder of its own, takes from nothing to its first answer; or why there is none."""
    with (
        tempfile.TemporaryDirectory(prefix="gesso-") as folder,
        install.another_engine(Path(folder), GESSO_PYTHON=sys.executable),
    ):
        try:
            start = time.perf_counter()
            with Engine() as engine:
                engine.hello()
            return f"started in {time.perf_counter() - start:.2f} s"
        except GessoError as error:
            return f"DOES NOT START: {error}"


def models() -> list[str]:
    """A line for each model, sound or not, and for each card that cannot be read."""
    cards, broken = read_cards()
    states = [f"model        {card.name} ({card.role}) {card.sha256[:12]}: {shelf.state(card)}" for card in cards]
    return states + [f"model        {error.message}" for error in broken]


def last_error() -> str:
    """When a run of the engine last failed, and what was said; "none" where none did."""
    file = wire.home() / "last-error.txt"
    if not file.exists():
        return "none"
    return f"{datetime.fromtimestamp(file.stat().st_mtime):%Y-%m-%d %H:%M}, {file.read_text(encoding='utf-8').strip()}"
