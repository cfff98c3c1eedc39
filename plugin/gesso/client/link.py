"""The way to the engine: find the running one or start it, ask it to run an action, wait for the answer.

engine.json, written beside gesso.py by `gesso install`, names the engine's Python; GESSO_PYTHON overrides it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from gesso.contract import wire
from gesso.contract.errors import EngineError

SETTINGS = Path(__file__).resolve().parents[2] / "engine.json"
PATIENCE = 60.0  # seconds for an engine to start: the first start after a boot reads 300 MB from a cold disk
OF_GIMP = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "GI_TYPELIB_PATH")


class Engine:
    """One connection to the engine. Closing it, or dying, cancels what it asked for."""

    def __init__(self) -> None:
        self._connection = connect() or _start_and_connect()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def hello(self) -> dict[str, Any]:
        """The engine's versions and the names of its models."""
        return self._ask("hello", {}, lambda done, text: None)

    def models(self, **wanted: str) -> dict[str, Any]:
        """Look after the models: `do` is list, add (`file`, `use`), remove (`name`) or verify; see wire.py."""
        return self._ask("models", wanted, lambda done, text: None)

    def take_away(self, folder: Path) -> None:
        """Have the engine remove this private folder, if it is still there when the connection closes."""
        wire.send(self._connection, "folder", {"folder": str(folder)})

    def run(self, run: wire.Run, report: Callable[[float, str], None]) -> wire.Result:
        """Do it. `report` hears the share that is done, 0..1. Raises the engine's own errors, and EngineError."""
        return wire.read_result(self._ask("run", run, report))

    def _ask(self, kind: str, body: Any, report: Callable[[float, str], None]) -> dict[str, Any]:
        try:
            wire.send(self._connection, kind, body)
            while True:
                message = wire.receive(self._connection)
                if message["type"] == "progress":
                    report(message["done"], message["text"])
                elif message["type"] == "failure":
                    raise wire.read_failure(message)
                else:
                    return message
        except (EOFError, OSError):
            raise EngineError(
                "The engine stopped while it was working.", "Nothing was changed. Run the action again."
            ) from None


def connect() -> Connection | None:
    """A connection to the engine that runs, or None."""
    family, address = wire.address()
    try:
        return Client(address, family, authkey=wire.key_file().read_bytes())
    except (OSError, EOFError, AuthenticationError):
        return None


def _python() -> str:
    """The engine's Python."""
    if given := os.environ.get("GESSO_PYTHON"):
        return given
    try:
        return str(json.loads(SETTINGS.read_text(encoding="utf-8"))["python"])
    except (OSError, ValueError, KeyError):
        raise EngineError(
            "This GIMP does not know where gesso's engine is.",
            "Run `gesso install` in a terminal, then start GIMP again.",
        ) from None


def _start_and_connect() -> Connection:
    """Start the engine, detached from GIMP so that Cancel does not take it away, and wait until it answers."""
    python, log = _python(), wire.home() / "engine-start.log"
    environment = {name: value for name, value in os.environ.items() if name not in OF_GIMP}
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, "-m", "gesso.worker"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=wire.home(),
                env=environment,
                **detached,
            )
    except OSError:
        raise EngineError(f"The engine's Python, {python}, cannot be started.", "Run `gesso install` again.") from None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if connection := connect():
            return connection
        if process.poll():  # None: it starts; 0: another engine was quicker and will answer
            break
        time.sleep(0.05)
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    reason = last[0] if last else "it did not answer"
    raise EngineError(f"The engine could not be started: {reason}.", "Run `gesso diagnostics` in a terminal.")
