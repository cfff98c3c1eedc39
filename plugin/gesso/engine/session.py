"""Networks: a card, its checked file and one onnxruntime session, loaded when first used and kept."""

import hashlib
import mmap
import os
import re
import threading
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from gesso.contract.actions import ACTIONS
from gesso.contract.errors import ModelError, no_model
from gesso.contract.params import ModelName
from gesso.engine import binding, sealing
from gesso.engine.backends import Arrays, Contest, Runner, fastest, roughest, ruled_out
from gesso.engine.cards import Card, read_cards
from gesso.engine.keys import find_key
from gesso.engine.progress import Progress

ort.disable_telemetry_events()  # what ORT_DISABLE_TELEMETRY does not reach: the event log of Windows

NOT_ONNX = {
    b"version https://git-lfs": "a Git LFS pointer, not the model itself",
    b"PK": "a zip archive (a PyTorch checkpoint?)",
    b"\x80": "a Python pickle",
    b"<": "a web page",
    b"{": "a JSON text",
}
KEPT = 1_500_000_000  # bytes of model files that stay loaded
LOCATION = re.compile(rb"\x0a\x08location(?:\x12([\x01-\x7f]))?")  # where an ONNX TensorProto says it lies outside
UNKNOWN_OPERATOR = re.compile(r"(\S+)\(-?\d+\) is not a registered function|No Op registered for (\S+)")


def read_model(path: Path, sha256: str, weights: Mapping[str, str]) -> bytes:
    """The model's bytes, after the checks: its sha256 is `sha256`, it is ONNX, and so for each file of `weights`.

    weights: the sha256 of each file that the model names for weights outside itself; they must lie beside it.
    A sealed file is opened in memory, nothing of it is written.
    """
    sealed = sealing.is_sealed(path)
    data = b"".join(sealing.unseal(path, sha256, find_key)) if sealed else read_onnx(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise changed(path.name)
    for name in outside_weights(data):
        with outside_file(path, name).open("rb") as file:
            if name not in weights:
                raise ModelError(f"The card of {path.name} lacks the sha256 of {name}.", "Add the model again.")
            if hashlib.file_digest(file, "sha256").hexdigest() != weights[name]:
                raise changed(name)
    return data


def read_onnx(path: Path) -> bytes:
    """The bytes of a file that begins as ONNX does. Raises ModelError that says what it is instead."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model {path.name} cannot be read: {error.strerror}.", "Install gesso again.") from error
    for start, what in NOT_ONNX.items():
        if data.startswith(start):
            raise ModelError(f"{path.name} is {what}.", "gesso runs ONNX files only.")
    return data


def changed(name: str) -> ModelError:
    """The error for a file that is not the one of the card; to be raised."""
    return ModelError(
        f"The model {name} is not the file its card names (sha256 differs).",
        "It is damaged or was changed: install it again.",
    )


def outside_file(model: Path, name: str) -> Path:
    """Where the weights are that `model` calls `name`. Raises ModelError unless they lie beside it."""
    file = model.parent / name
    if not name or Path(name).name != name or not file.is_file() or file.resolve().parent != model.resolve().parent:
        place = repr(name) if name else "an odd place"
        raise ModelError(f"{model.name} wants its weights from {place}.", "They must lie beside the model.")
    return file


def outside_weights(model: bytes | mmap.mmap) -> set[str]:
    """The files an ONNX model names for weights outside itself; "" for a name too long, or hidden before its key."""
    names = set()
    for match in LOCATION.finditer(model):
        length = match.group(1)[0] if match.group(1) else 0
        names.add(model[match.end() : match.end() + length].decode("utf-8", "replace"))
    return names


def new_session(model: bytes | str) -> ort.InferenceSession:
    """A CPU session: all cores this process may use, denormals off (they slow some nets 50-fold), no idle spinning."""
    options = ort.SessionOptions()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    options.intra_op_num_threads = cores
    options.log_severity_level = 4  # what fails is raised, and said by gesso
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def open_session(file: Path, data: bytes) -> ort.InferenceSession:
    """A session of `file`, whose bytes are `data`. Raises ModelError that says in words why there can be none."""
    outside = outside_weights(data)
    check_memory(file.name, len(data) + sum(outside_file(file, name).stat().st_size for name in outside))
    return load_session(file.name, str(file) if outside else data)


def check_memory(name: str, needed: int) -> None:
    """Raises ModelError, before anything is loaded, where `needed` bytes are not free."""
    if (free := free_memory()) is not None and needed > free:
        raise ModelError(
            f"{name} needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free.",
            "Close other programs, or use a smaller model.",
        )


def load_session(name: str, model: bytes | str) -> ort.InferenceSession:
    """A session of a file's bytes, or of a file. Raises ModelError that says in words why there can be none."""
    try:
        return new_session(model)
    except Exception as error:  # onnxruntime has no common base class for its errors
        if unknown := UNKNOWN_OPERATOR.search(str(error)):
            operator = next(filter(None, unknown.groups()))
            raise ModelError(
                f"{name} uses the operator {operator}, which plain onnxruntime does not have.",
                "Export it again without custom operators.",
            ) from error
        raise ModelError(f"onnxruntime cannot load {name}: {error}", "The file may be damaged.") from error


def free_memory() -> int | None:
    """Bytes that programs can still have; None where the system does not say."""
    try:
        told = re.search(r"MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return None
    return int(told.group(1)) * 1024 if told else None


def kind_of(port: Any) -> binding.Kind:
    """What onnxruntime knows of an input or output. Raises ModelError for a type that gesso cannot make."""
    if port.type not in binding.TYPES:
        raise ModelError(f"The port {port.name} carries {port.type}.", "gesso cannot use such a model.")
    return binding.Kind(binding.TYPES[port.type], tuple(port.shape))


class Network:
    """A loaded model. Inputs and outputs go by role; what each role is like stands in binding.py."""

    def __init__(self, card: Card, session: ort.InferenceSession, runner: Runner | None = None):
        self.card = card
        self._runner = runner or session
        self._twin: Network | None = None
        self._kinds = {port.name: kind_of(port) for port in session.get_inputs()}

    @classmethod
    def load(cls, card: Card) -> "Network":
        """Raises ModelError when the file is damaged, not ONNX, or lacks a port that the card names."""
        data = read_model(card.file, card.sha256, card.weights)
        session = open_session(card.file, data)
        for named, real in ((card.inputs, session.get_inputs()), (card.outputs, session.get_outputs())):
            missing = {port.name for port in named} - {port.name for port in real}
            if missing:
                raise ModelError(f"{card.file.name} has no port {', '.join(sorted(missing))}.", "Correct its card.")
        return cls(card, session, session if card.weights else fastest(session, data, card.sha256))

    def beside(self, twin: "Network") -> "Network":
        """This network where 8 bits are enough: `twin` runs, the same in integers, where it is right and sooner."""
        network = copy(self)
        network._runner, network._twin = roughest(self._runner, twin._runner, twin.card.sha256), twin
        return network

    @property
    def ran(self) -> Card:
        """The card of what ran last: this network's, or its twin's."""
        if self._twin is None:
            return self.card
        chosen = self._runner.chosen if isinstance(self._runner, Contest) else None
        return self._twin.card if self._twin._runner in (self._runner, chosen) else self.card

    def run(self, inputs: dict[str, np.ndarray], progress: Progress) -> dict[str, np.ndarray]:
        """One pass. `inputs` and the answer are keyed by role; what the graph itself wants is binding.py's business.

        Raises Cancelled within one operator of a cancel, ModelError when the run fails or gives no usable answer.
        """
        fed = binding.feed(self.card, self._kinds, inputs)
        names = [port.name for port in self.card.outputs]
        with progress.running() as options:
            try:
                values = self._runner.run(names, fed, options)
            except Exception as error:
                progress.check()
                raise ModelError(f"The model {self.card.name} failed: {error}", "Try another model.") from error
        return binding.answer(self.card, values, inputs)

    def paint(
        self, rgb: np.ndarray, progress: Progress, told: Arrays | None = None, gives: str = "image"
    ) -> np.ndarray:
        """HxWxC: what is made of one picture, HxWx3 float32 perceptual RGB. told: the other inputs, by role."""
        return self.run({"image": planes(rgb)} | (told or {}), progress)[gives][0].transpose(1, 2, 0)


def planes(pixels: np.ndarray) -> np.ndarray:
    """HxWxC -> 1xCxHxW, as networks have it."""
    return pixels.transpose(2, 0, 1)[None]


def weight(card: Card) -> int:
    """Bytes of the model's files; 0 for what is gone."""
    return sum(file.stat().st_size for file in card.files if file.is_file())


def serves(role: str) -> str:
    """The actions that use models of that role, as advice."""
    titles = [
        action.title
        for action in ACTIONS
        if any(isinstance(param, ModelName) and role.startswith(param.role) for param in action.params)
    ]
    return f"It serves: {', '.join(titles)}." if titles else "Choose another model."


class Models:
    """All installed models; each is loaded at its first use and kept, until larger ones need its room.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._networks: dict[Card, Network] = {}
        self._lock = threading.Lock()

    def has(self, role: str) -> bool:
        """Whether there is any model of `role`."""
        return any(card.role == role for card in read_cards()[0])

    def card(self, role: str, name: str = "auto", also: tuple[str, ...] = ()) -> Card:
        """The card called `name` of `role`, or of the roles `also`; `auto` is the default one, else the first.

        Raises ModelError that lists what there is.
        """
        cards, broken = read_cards()
        fitting = [card for card in cards if card.role in (role, *also)]
        named = [card for card in fitting if card.name == name]
        if name == "auto":
            named = [card for card in fitting if card.default] or fitting
        if named:
            return named[0]
        wrong = " ".join(error.message for error in broken)
        if not fitting and name == "auto":
            raise no_model(role)
        other = [card.role for card in cards if card.name == name]
        if other:
            raise ModelError(f"The model {name} is for {other[0]}, not for {role}.", serves(other[0]))
        have = ", ".join(card.name for card in fitting) or "none"
        raise ModelError(f"There is no model {name!r} for {role}.", f"Installed: {have}. {wrong}".strip())

    def release(self) -> None:
        """Give back the memory of all networks; each is loaded again when it is next used."""
        with self._lock:
            self._networks.clear()

    def network(self, role: str, name: str = "auto", also: tuple[str, ...] = ()) -> Network:
        """The network of the card that `card` finds, loaded where it is not yet. Raises ModelError."""
        card = self.card(role, name, also)
        with self._lock:
            network = self._networks.pop(card, None) or Network.load(card)
            self._networks[card] = network  # the one used last stands last
            while len(self._networks) > 1 and sum(weight(kept) for kept in self._networks) > KEPT:
                del self._networks[next(iter(self._networks))]
            return network

    def rough(self, network: Network) -> Network:
        """`network` for pictures of 8 bits: beside its twin in integers, where its card names one that is installed."""
        twins = [card for card in read_cards()[0] if card.name == network.card.int8 and card.role == network.card.role]
        if ruled_out() or not twins:
            return network
        try:
            return network.beside(self.network(network.card.role, twins[0].name))
        except ModelError:  # a damaged twin takes itself away only
            return network
