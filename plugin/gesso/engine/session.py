"""Networks: a card, its checked file and one onnxruntime session, loaded when first used and kept."""

import hashlib
import os
import re
import threading
from pathlib import Path

import numpy as np
import onnxruntime as ort

from gesso.contract.errors import ModelError
from gesso.engine.cards import Card, Port, read_cards
from gesso.engine.progress import Progress

ort.disable_telemetry_events()  # what ORT_DISABLE_TELEMETRY does not reach: the event log of Windows

NOT_ONNX = {
    b"version https://git-lfs": "a Git LFS pointer, not the model itself",
    b"PK": "a zip archive (a PyTorch checkpoint?)",
    b"\x80": "a Python pickle",
    b"<": "a web page",
    b"{": "a JSON text",
}
LOCATION = re.compile(rb"\x0a\x08location(?:\x12([\x01-\x7f]))?")  # where an ONNX TensorProto says it lies outside


def read_model(path: Path, sha256: str) -> bytes:
    """The file's bytes, after the checks: its sha256 is `sha256`, it is ONNX, and its outside data lie beside it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model {path.name} cannot be read: {error.strerror}.", "Install gesso again.") from error
    for start, what in NOT_ONNX.items():
        if data.startswith(start):
            raise ModelError(f"{path.name} is {what}.", "gesso runs ONNX files only.")
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(
            f"The model {path.name} is not the file its card names (sha256 differs).",
            "It is damaged or was changed: install it again.",
        )
    for name in outside_weights(data):
        if not name or Path(name).name != name or not (path.parent / name).is_file():
            place = repr(name) if name else "an odd place"
            raise ModelError(f"{path.name} wants its weights from {place}.", "They must lie beside the model.")
    return data


def outside_weights(model: bytes) -> set[str]:
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
    options.log_severity_level = 3
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class Network:
    """A loaded model. Inputs and outputs go by role; pictures are float32 NCHW RGB in 0..1."""

    def __init__(self, card: Card, session: ort.InferenceSession):
        self.card = card
        self._session = session

    @classmethod
    def load(cls, card: Card) -> "Network":
        """Raises ModelError when the file is damaged, not ONNX, or lacks a port that the card names."""
        data = read_model(card.file, card.sha256)
        try:
            session = new_session(str(card.file) if outside_weights(data) else data)
        except Exception as error:  # onnxruntime has no common base class for its errors
            raise ModelError(
                f"onnxruntime cannot load {card.file.name}: {error}", "The file may be damaged."
            ) from error
        for named, real in ((card.inputs, session.get_inputs()), (card.outputs, session.get_outputs())):
            missing = {port.name for port in named} - {port.name for port in real}
            if missing:
                raise ModelError(f"{card.file.name} has no port {', '.join(sorted(missing))}.", "Correct its card.")
        return cls(card, session)

    def run(self, inputs: dict[str, np.ndarray], progress: Progress) -> dict[str, np.ndarray]:
        """One pass. `inputs` and the answer are keyed by role; range and colour order are the card's business.

        Raises Cancelled within one operator of a cancel, ModelError when the run fails or gives NaN.
        """
        feed = {}
        for port in self.card.inputs:
            feed[port.name] = to_graph(inputs[port.role], port)
        names = [port.name for port in self.card.outputs]
        with progress.running() as options:
            try:
                values = self._session.run(names, feed, options)
            except Exception as error:
                progress.check()
                raise ModelError(f"The model {self.card.name} failed: {error}", "Try another model.") from error
        answer = {}
        for port, value in zip(self.card.outputs, values, strict=True):
            if not np.isfinite(value).all():
                raise ModelError(f"The model {self.card.name} gave numbers that are not finite.", "Try another model.")
            answer[port.role] = from_graph(value, port)
        return answer


def to_graph(value: np.ndarray, port: Port) -> np.ndarray:
    """A picture, NCHW RGB 0..1, in the port's colour order and range; what is no picture stays as it is."""
    if port.role != "image":
        return value
    ranged = value if (port.low, port.high) == (0.0, 1.0) else port.low + value * (port.high - port.low)
    return np.ascontiguousarray(reordered(ranged, port), np.float32)


def from_graph(value: np.ndarray, port: Port) -> np.ndarray:
    """The way back."""
    if port.role != "image":
        return value
    ordered = reordered(value, port)
    return ordered if (port.low, port.high) == (0.0, 1.0) else (ordered - port.low) / (port.high - port.low)


def reordered(value: np.ndarray, port: Port) -> np.ndarray:
    """RGB <-> the port's order."""
    return value[:, ::-1] if port.order == "BGR" else value


class Models:
    """All installed models; each is loaded at its first use and then kept. Safe to use from several threads."""

    def __init__(self) -> None:
        self._networks: dict[tuple[str, str], Network] = {}
        self._lock = threading.Lock()

    def card(self, role: str, name: str = "auto") -> Card:
        """The card of `role` called `name`. Raises ModelError that lists what there is."""
        cards, broken = read_cards()
        fitting = [card for card in cards if card.role == role]
        for card in fitting:
            if card.name == name or (name == "auto" and card.default):
                return card
        have = ", ".join(card.name for card in fitting) or "none"
        wrong = " ".join(error.message for error in broken)
        raise ModelError(f"There is no model {name!r} for {role}.", f"Installed: {have}. {wrong}".strip())

    def network(self, role: str, name: str = "auto") -> Network:
        card = self.card(role, name)
        with self._lock:
            key = (str(card.file), card.sha256)
            if key not in self._networks:
                self._networks[key] = Network.load(card)
            return self._networks[key]
