"""A folder of ONNX files that make one model: each part is checked when it is needed, loaded, and released."""

import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gesso.contract.errors import ModelError
from gesso.engine import binding
from gesso.engine.cards import Card
from gesso.engine.progress import Progress
from gesso.engine.session import NOT_ONNX, changed, check_memory, kind_of, load_session, outside_file, outside_weights

PARTS = ("text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder")
GRAPH = "model.onnx"
MEMORY = {True: 3.7, False: 1.25}  # bytes for each of the file, halves or not: a CPU's onnxruntime computes in floats
FACTS = ("channels", "pixels", "multiple", "size", "half", "steps", "guidance")  # see models/README.md


class Part:
    """One loaded network. Its inputs and outputs go by the graph's own names."""

    def __init__(self, title: str, session: Any):
        self.title = title
        self._session = session
        self.kinds = {port.name: kind_of(port) for port in session.get_inputs()}
        self.outputs = [port.name for port in session.get_outputs()]

    def run(self, values: Mapping[str, np.ndarray], progress: Progress) -> dict[str, np.ndarray]:
        """One pass; floats come back as float32. What the graph has no input for is not sent, types are the graph's.

        Raises Cancelled within one operator of a cancel, ModelError.
        """
        if lacking := set(self.kinds) - set(values):
            raise ModelError(f"{self.title} wants {', '.join(sorted(lacking))}.", "gesso cannot use this model.")
        fed = {name: cast(values[name], kind) for name, kind in self.kinds.items()}
        with progress.running() as options:
            try:
                made = self._session.run(self.outputs, fed, options)
            except Exception as error:  # onnxruntime has no common base class for its errors
                progress.check()
                raise ModelError(f"{self.title} failed: {error}", "Try another size, or another model.") from error
        for value in made:
            if not np.isfinite(value).all():
                raise ModelError(
                    f"{self.title} gave numbers that are not finite.",
                    "Half-precision exports of the VAE often do: export that part in float32.",
                )
        return {name: np.asarray(value, np.float32) for name, value in zip(self.outputs, made, strict=True)}

    def answer(self, value: np.ndarray, progress: Progress) -> np.ndarray:
        """The same for a graph of one input, whatever its name: its first output."""
        return self.run(dict.fromkeys(self.kinds, value), progress)[self.outputs[0]]

    def close(self) -> None:
        """Give its memory back, whoever still holds this object."""
        self._session = None


def cast(value: np.ndarray, kind: binding.Kind) -> np.ndarray:
    """`value` in the graph's type; a single number in the graph's number of axes (a timestep has none, or one)."""
    if value.size == 1:
        value = value.reshape((1,) * len(kind.shape))
    if np.dtype(kind.type).kind in "ui":
        value = np.rint(value)
    return value.astype(kind.type)


@dataclass(frozen=True)
class Folder:
    """The folder of a card of the role `diffusion`; every file that is read is one of the card's, with its sha256."""

    card: Card

    @property
    def facts(self) -> dict[str, Any]:
        """What was found out when it was added. Raises ModelError."""
        facts: dict[str, Any] = self.card.facts.get("diffusion", {})
        if lacking := set(FACTS) - set(facts):
            lines = ", ".join(sorted(lacking))
            raise ModelError(f"The card of {self.card.name} lacks {lines} in [diffusion].", "Add the folder again.")
        return facts

    @property
    def two_encoders(self) -> bool:
        """Whether it is of the SDXL kind."""
        return f"text_encoder_2/{GRAPH}" in self.card.weights

    def config(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder, such as unet/config.json; empty where there is none. Raises ModelError."""
        if name not in self.card.weights:
            return {}
        self.check(name)
        try:
            found = json.loads((self.card.file / name).read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"{name} of {self.card.name} is not JSON: {error}", "Get the whole folder.") from error
        return found if isinstance(found, dict) else {}

    def tokenizer(self, name: str) -> Path:
        """The folder of a tokenizer, its files checked."""
        self.check(*(file for file in self.card.weights if file.startswith(f"{name}/")))
        return self.card.file / name

    def check(self, *names: str) -> None:
        """Raises ModelError where a file is gone, or is not what the card names."""
        for name in names:
            title = f"{self.card.name}/{name}"
            if name not in self.card.weights:
                raise ModelError(f"The card lacks the sha256 of {title}.", "Add the folder again.")
            try:
                with (self.card.file / name).open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise ModelError(f"{title} cannot be read: {error.strerror}.", "Add the folder again.") from error
            if digest != self.card.weights[name]:
                raise changed(title)

    def load_all(self) -> None:
        """Check every file, and load one part after the other. Raises ModelError."""
        self.check(*self.card.weights)
        for part in PARTS:
            if f"{part}/{GRAPH}" in self.card.weights:
                self.load(part)

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """A part, loaded until the end of the block. Raises ModelError."""
        loaded = Part(f"The part {name} of {self.card.name}", self.load(name))
        try:
            yield loaded
        finally:
            loaded.close()

    def load(self, name: str) -> Any:
        """An onnxruntime session of that part, after all checks."""
        file = self.card.file / name / GRAPH
        self.check(f"{name}/{GRAPH}")
        files = graph_files(file)
        title = f"{self.card.name}/{name}"
        half = self.card.facts.get("diffusion", {}).get("half", False)
        check_memory(title, round(MEMORY[half] * sum(one.stat().st_size for one in files)))
        self.check(*(f"{name}/{one.name}" for one in files[1:]))
        return load_session(title, str(file))


def graph_files(graph: Path) -> list[Path]:
    """An ONNX file and those beside it that hold its weights. Raises ModelError that says what the file is instead."""
    title = f"{graph.parent.name}/{graph.name}"
    if not graph.is_file() or not graph.stat().st_size:
        raise ModelError(f"There is no {title}.", "Get the whole folder.")
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for start, what in NOT_ONNX.items():
            if data[: len(start)] == start:
                raise ModelError(f"{title} is {what}.", "gesso runs ONNX files only.")
        names = outside_weights(data)
    return [graph, *(outside_file(graph, name) for name in sorted(names))]
