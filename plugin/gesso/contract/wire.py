"""What the two processes say to each other: JSON messages over a local socket, pixels in memory-mapped files.

    client                          engine
    {"type": "hello"}        ->
                             <-     {"type": "hello", versions ...}
    {"type": "models", "do": list | add | remove | verify, "file", "use", "name"}  ->
                             <-     {"type": "models", "text", "rows", "uses"} | {"type": "failure", ...}
    {"type": "folder", "folder"}  ->     no answer: where the pixels of the runs will be
    {"type": "run", ...}     ->
                             <-     {"type": "progress", "done": 0..1, "text": ...}   any number
                             <-     {"type": "result", ...} | {"type": "failure", ...}
    {"type": "quit"}         ->     the engine leaves
    closing the connection cancels the run

Pixels travel as raw native bytes (a Plane) in files of a private folder, in memory (/dev/shm) where there is one.
The side that asked makes the folder and takes it away, before it closes the connection; where it was killed, the engine
does. Nothing is ever pickled.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gesso import __version__
from gesso.contract.errors import KINDS, EngineError, GessoError

PRIVATE = "gesso-"  # what the names of folders begin with that are made here
KINDS_OF_NUMBER = {"u8": 1, "u16": 2, "u32": 4, "half": 2, "float": 4, "double": 8}


@dataclass(frozen=True)
class Plane:
    """One picture: `height` rows of `width` pixels of `channels` numbers, tightly packed, native byte order.

    channels: 1 grey, 2 grey+alpha, 3 RGB, 4 RGBA; alpha is straight, not premultiplied.
    number: u8 u16 u32 (full scale = 1.0), half, float, double (1.0 = white).
    curve: `linear` light or `perceptual` (any gamma-like encoding; alpha is always linear).
    """

    file: str
    width: int
    height: int
    channels: int
    number: str
    curve: str = "perceptual"

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return self.width * self.height * self.channels * KINDS_OF_NUMBER[self.number]


@dataclass(frozen=True)
class View:
    """A look at a run: `side` is the longest of the picture shown, in pixels; (x, y), 0..1, is its middle, where it is
    a part of the image."""

    side: int
    x: float = 0.5
    y: float = 0.5


@dataclass(frozen=True)
class Run:
    """Do `action` (for example "inpaint fill") in `folder`.

    planes: image, mask, top, and one under the name of each OtherLayer. layers: where the action reads several. view:
    where only a look at the result is wanted; the answer's layers are then two small pictures, before and after.
    """

    action: str
    settings: dict[str, Any]
    planes: dict[str, Plane]
    folder: str
    layers: list[Plane] = field(default_factory=list)
    view: View | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run is: `done`, 0..1, and what it is waiting for or doing, or ""."""

    done: float
    text: str


@dataclass(frozen=True)
class ResultLayer:
    """A picture to show at (x, y) of the picture that was sent. `mask`, `settings`: see Layer in engine/job.py."""

    plane: Plane
    x: int
    y: int
    name: str
    mask: Plane | None
    settings: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """`record` is what repeats the run: action, settings with the seed drawn, models with their sha256, version."""

    layers: list[ResultLayer]
    record: dict[str, Any]
    seconds: float


def send(connection: Connection, kind: str, message: Any) -> None:
    """Send a message dataclass (or dict) as JSON bytes."""
    body = message if isinstance(message, dict) else asdict(message)
    connection.send_bytes(json.dumps({"type": kind, **body}).encode())


def receive(connection: Connection) -> dict[str, Any]:
    """The next message. Raises EOFError when the other side has gone, EngineError when it is not one of ours."""
    try:
        message = json.loads(connection.recv_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise EngineError(
            "The engine sent something unreadable.", "Install gesso again so that both parts match."
        ) from None
    if not isinstance(message, dict) or "type" not in message:
        raise EngineError("The engine sent an unknown message.", "Install gesso again so that both parts match.")
    return message


def read_run(message: dict[str, Any]) -> Run:
    """The Run of a message that `send` made; raises KeyError or TypeError for another."""
    planes = {name: Plane(**plane) for name, plane in message["planes"].items()}
    layers = [Plane(**plane) for plane in message["layers"]]
    view = View(**message["view"]) if message["view"] else None
    return Run(message["action"], message["settings"], planes, message["folder"], layers, view)


def read_result(message: dict[str, Any]) -> Result:
    """The Result of a message that `send` made."""
    layers = [
        ResultLayer(
            **(item | {"plane": Plane(**item["plane"]), "mask": Plane(**item["mask"]) if item["mask"] else None})
        )
        for item in message["layers"]
    ]
    return Result(layers, message["record"], message["seconds"])


def failure(error: GessoError) -> dict[str, str]:
    """An error as a message."""
    return {"kind": type(error).__name__, "message": error.message, "advice": error.advice}


def read_failure(message: dict[str, Any]) -> GessoError:
    """The error of such a message, of its own class; to be raised."""
    return KINDS.get(message["kind"], GessoError)(message["message"], message["advice"])


def address() -> tuple[str, str]:
    """(family, address) of this user's engine of this version, for multiprocessing.connection.

    Raises EngineError where a socket's name would be too long for the system.
    """
    if sys.platform == "win32":
        user = hashlib.sha256(str(home()).encode()).hexdigest()[:16]
        return "AF_PIPE", rf"\\.\pipe\gesso-{user}-{__version__}"
    path = str(home() / f"engine-{__version__}.sock")
    if len(os.fsencode(path)) > 100:  # sun_path holds 104 to 108 bytes
        raise EngineError(f"The path {path} is too long for a socket.", "Set GESSO_HOME to a short folder.")
    return "AF_UNIX", path


def key_file() -> Path:
    """Holds the 32 secret bytes that both sides must know; written anew by each engine."""
    return home() / f"engine-{__version__}.key"


def private_folder(size: int) -> Path:
    """A new folder that only this user can read, for `size` bytes of planes: in memory where the system offers it."""
    memory = Path("/dev/shm")
    ours_alone = Path("/.flatpak-info").exists()  # GIMP's Flatpak has a /dev/shm that the engine outside cannot see
    usable = memory.is_dir() and os.access(memory, os.W_OK) and not ours_alone
    fits = usable and shutil.disk_usage(memory).free > size  # containers often have 64 MB only
    return Path(tempfile.mkdtemp(prefix=PRIVATE, dir=memory if fits else None))


def remove_private(folder: Path) -> None:
    """Take away a folder that `private_folder` made, with all that is in it; any other stays, and one that is gone."""
    if folder.name.startswith(PRIVATE):
        shutil.rmtree(folder, ignore_errors=True)


def home() -> Path:
    """Where the engine's address, key and log are: private to the user, the same for every GIMP of theirs."""
    given = os.environ.get("GESSO_HOME")
    folder = Path(given) if given else Path.home() / ".cache" / "gesso"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
