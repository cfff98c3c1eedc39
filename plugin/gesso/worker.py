"""Door 1: the warm engine process that GIMP talks to. `python -m gesso.worker`; GIMP's side starts it when needed.

One engine serves all of a user's GIMPs, one run at a time. It leaves after IDLE seconds without a connection.
"""

import errno
import logging
import os
import platform
import secrets
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import IO, Any

import numpy as np
import onnxruntime as ort

from gesso import __version__
from gesso.contract import wire
from gesso.contract.actions import find
from gesso.contract.errors import BadInput, Cancelled, GessoError
from gesso.engine.cards import read_cards
from gesso.engine.job import perform
from gesso.engine.planes import open_mask, open_plane, save_mask, save_plane
from gesso.engine.preview import preview
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import add, shelf

IDLE = float(os.environ.get("GESSO_IDLE", 600))
log = logging.getLogger("gesso")


def take_lock(path: Path) -> IO[bytes] | None:
    """Hold `path` for the life of this process; None when another engine holds it."""
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def hello() -> dict[str, Any]:
    """What a client is told of this engine: versions, the role of each model by name, and which cards are broken."""
    cards, broken = read_cards()
    return {
        "gesso": __version__,
        "pid": os.getpid(),
        "python": platform.python_version(),
        "onnxruntime": ort.__version__,
        "numpy": np.__version__,
        "models": {card.name: card.role for card in cards},
        "broken": [error.message for error in broken],
    }


def look_after_models(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Do what the window of the models asks; the kind of answer and the answer, with all models as they are then."""
    work = {
        "list": lambda: "",
        "add": lambda: add.add(Path(message["file"]), action=message.get("use", "")),
        "remove": lambda: shelf.remove(message["name"]),
        "verify": lambda: shelf.unsound() or "Every model is sound.",
    }
    try:
        text = work[message["do"]]()
    except Exception as error:
        return "failure", wire.failure(translate(error))
    return "models", {"text": text, "rows": shelf.rows(), "uses": list(add.ROLES)}


def translate(error: Exception) -> GessoError:
    """Any failure as a sentence for the user; what is not gesso's own goes to the log with its traceback."""
    if isinstance(error, GessoError):
        return error
    if isinstance(error, MemoryError):
        return BadInput("There is not enough memory for this.", "Select a smaller part, or close other programs.")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return GessoError("There is no room left on the disk.", "Free some space and run the action again.")
    log.exception("unexpected failure", exc_info=error)
    return GessoError(f"Something went wrong inside gesso: {error}.", f"Details are in {wire.home() / 'engine.log'}.")


class Engine:
    """Owns the models and the lock that lets one run compute at a time."""

    def __init__(self) -> None:
        self.models = Models()
        self.turn = threading.Lock()
        self.connections: set[Connection] = set()
        self.last_used = time.monotonic()

    def serve(self, connection: Connection, key: bytes) -> None:
        """Answer one client until it closes the connection, and take away what it left behind if it was killed."""
        self.connections.add(connection)
        folders: set[Path] = set()
        try:
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            while True:
                message = wire.receive(connection)
                if message["type"] == "hello":
                    wire.send(connection, "hello", hello())
                elif message["type"] == "models":
                    wire.send(connection, *look_after_models(message))
                elif message["type"] == "folder":
                    folders.add(Path(message["folder"]))
                elif message["type"] == "run":
                    self.answer(connection, wire.read_run(message))
                elif message["type"] == "quit":
                    os._exit(0)
        except (EOFError, OSError):
            pass  # the client has gone, which is how it takes its leave
        except Exception:
            log.exception("a client was dropped")
        finally:
            connection.close()
            for folder in folders:
                wire.remove_private(folder)
            self.last_used = time.monotonic()  # before the connection is gone: `main` leaves where both look idle
            self.connections.discard(connection)

    def answer(self, connection: Connection, run: wire.Run) -> None:
        """Run, while watching whether the client goes away, and send result or failure."""

        def report(done: float, text: str) -> None:
            try:
                wire.send(connection, "progress", wire.Progress(done, text))
            except OSError:  # the client has gone, and the watcher has not seen it yet
                raise Cancelled() from None

        progress = Progress(report)
        over = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(connection, progress, over), daemon=True)
        watcher.start()
        message: Any
        try:
            kind, message = "result", self.run(run, progress)
        except Cancelled:
            raise EOFError from None
        except Exception as error:
            if not Path(run.folder).exists():  # the client has gone, and its folder with it
                raise EOFError from None
            known = translate(error)
            with suppress(OSError):  # a full disk is to be told, too
                (wire.home() / "last-error.txt").write_text(f"{run.action}: {known}\n", encoding="utf-8")
            kind, message = "failure", wire.failure(known)
        finally:
            over.set()
            watcher.join()
        wire.send(connection, kind, message)

    @staticmethod
    def watch(connection: Connection, progress: Progress, over: threading.Event) -> None:
        """Cancel when the client closes the connection: while a run is under way it sends nothing else."""
        while not over.is_set():
            try:
                gone = connection.poll(0.05)
            except (EOFError, OSError):
                gone = True
            if gone and not over.is_set():
                progress.cancel()
                return

    def run(self, run: wire.Run, progress: Progress) -> wire.Result:
        """Wait for the engine's turn, do it, and write the result's pixels into the run's folder. Raises GessoError."""
        action = find(*run.action.split(" ", 1))
        while not self.turn.acquire(timeout=0.1):
            progress.step(0.0, "Waiting for another run")
        try:
            start = time.perf_counter()
            others = {name: open_plane(plane) for name, plane in run.planes.items() if name != "mask"}
            image, top = others.pop("image", None), others.pop("top", None)
            mask = open_mask(run.planes["mask"]) if "mask" in run.planes else None
            stack = tuple(open_plane(plane) for plane in run.layers)
            if run.view and image:
                outcome, record = preview(
                    action, run.settings, self.models, progress, run.view, image, mask, top, others
                )
            else:
                outcome, record = perform(action, run.settings, self.models, progress, image, mask, top, stack, others)
            layers = []
            for layer in outcome.layers:
                file = Path(run.folder) / f"result-{secrets.token_hex(8)}"  # several runs may share a folder
                plane = save_plane(layer.picture, file)
                shape = None if layer.mask is None else save_mask(layer.mask, file.with_name(f"{file.name}-mask"))
                layers.append(wire.ResultLayer(plane, layer.x, layer.y, layer.name, shape, layer.settings))
            return wire.Result(layers, record, time.perf_counter() - start)
        finally:
            self.turn.release()


def main() -> None:
    """Be the engine until nobody has asked for IDLE seconds; leave at once where this user has one already."""
    home = wire.home()
    logging.basicConfig(filename=home / "engine.log", format="%(asctime)s %(message)s", level=logging.INFO)
    lock = take_lock(home / f"engine-{__version__}.lock")
    if lock is None:
        return  # another engine was quicker; clients will find it
    key = secrets.token_bytes(32)
    family, address = wire.address()
    if family == "AF_UNIX":
        with suppress(FileNotFoundError):
            os.unlink(address)  # left by an engine that was killed: we hold the lock
    engine = Engine()
    with Listener(address, family, backlog=16) as listener:
        secret = wire.key_file()
        secret.unlink(missing_ok=True)
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(key)
        threading.Thread(target=accept, args=(listener, engine, key), daemon=True).start()
        while engine.connections or time.monotonic() - engine.last_used < IDLE:
            time.sleep(1)


def accept(listener: Listener, engine: Engine, key: bytes) -> None:
    """Give each client a thread of its own, for ever; `key` is what it must know."""
    while True:
        with suppress(OSError, EOFError):
            connection = listener.accept()
            threading.Thread(target=engine.serve, args=(connection, key), daemon=True).start()


if __name__ == "__main__":
    main()
