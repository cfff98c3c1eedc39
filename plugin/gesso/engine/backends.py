"""What may run a network in onnxruntime's place, where it is right, and sooner: OpenVINO, and for pictures of 8 bits a
twin of the network in 8-bit integers (export/int8.py).

The first time a network runs on a machine, both do the same work. The other has to give onnxruntime's numbers, the twin
nearly so, and to be faster; the verdict is written down and holds until the network, the processor or a library is
another one. GESSO_BACKEND=onnxruntime leaves both out.
"""

import hashlib
import importlib.util
import io
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort

from gesso.contract.wire import home

OURS, OTHER, TWIN = "onnxruntime", "openvino", "int8"
APART = 1 / 1024  # of the range of a network's numbers: as far as OpenVINO's may be off
ROUGHLY = 2 / 255  # of the range: as far as a twin's may be off, root mean square
TELLING = 10_000  # numbers that a network is fed, at least, for what it does then to tell anything
SOONER = 0.95  # share of onnxruntime's time that the other may take at most to be preferred
POLL = 20  # milliseconds between two looks at whether the work is to stop
SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
ITS_OWN = ("processor", "cpu MHz", "core id", "apicid", "initial apicid", "physical id", "bogomips", "BogoMIPS")

Arrays = dict[str, np.ndarray]


class Runner(Protocol):
    """What can run a network: an onnxruntime session, or what stands in for one."""

    def run(self, names: Sequence[str], fed: Arrays, options: ort.RunOptions) -> list[np.ndarray]:
        """The outputs of these names; fed: the inputs by name. Ends early, with any error, once told to terminate."""


def fastest(session: ort.InferenceSession, model: bytes, sha256: str) -> Runner:
    """What runs the network of `session`, whose file is `model`."""
    if ruled_out() or not installed():
        return session
    key = named(sha256)
    verdict = verdicts().get(key)
    if verdict == OURS:
        return session
    try:
        other = OpenVino(model)
    except Exception:  # OpenVINO has no common base class for its errors, and onnxruntime can do it
        remember(key, OURS)
        return session
    return other if verdict == OTHER else Contest(session, other, key, OTHER)


def roughest(exact: Runner, twin: Runner, sha256: str) -> Runner:
    """What runs a network where 8 bits are enough; sha256: that of its twin's file."""
    if ruled_out():
        return exact
    key = f"{named(sha256)} {TWIN}"
    return {OURS: exact, TWIN: twin}.get(verdicts().get(key, "")) or Contest(exact, twin, key, TWIN)


def ruled_out() -> bool:
    return os.environ.get("GESSO_BACKEND") == OURS


def installed() -> bool:
    return importlib.util.find_spec(OTHER) is not None


def named(sha256: str) -> str:
    """What a verdict about the network of that file is remembered by."""
    return " ".join([sha256[:16], processor(), ort.__version__, *([version(OTHER)] if installed() else [])])


def describe() -> dict[str, str]:
    """Lines for `gesso diagnostics`, by what they are about."""
    out = "ruled out by GESSO_BACKEND"
    tried = verdicts()
    twins = [verdict for key, verdict in tried.items() if key.endswith(TWIN)]
    chosen = [verdict for key, verdict in tried.items() if not key.endswith(TWIN)]
    integers = out if ruled_out() else f"run {twins.count(TWIN)} of the {len(twins)} networks that were tried with them"
    if not installed():
        other = "not installed: pip install 'gesso[openvino]' makes some networks faster"
    else:
        runs = f"runs {chosen.count(OTHER)} of the {len(chosen)} networks that were tried"
        other = f"{version(OTHER)}, {out if ruled_out() else runs}"
    return {"OpenVINO": other, "integers": integers}


class OpenVino:
    """A network on OpenVINO's CPU device, in fp32."""

    def __init__(self, model: bytes):
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # it would report home
        import openvino

        core = openvino.Core()
        threads = {"INFERENCE_NUM_THREADS": len(os.sched_getaffinity(0))} if hasattr(os, "sched_getaffinity") else {}
        self._compiled = core.compile_model(core.read_model(io.BytesIO(model)), "CPU", {**SETTINGS, **threads})

    def run(self, names: Sequence[str], fed: Arrays, options: ort.RunOptions) -> list[np.ndarray]:
        request = self._compiled.create_infer_request()
        request.start_async(fed)
        while not request.wait_for(POLL):
            if options.terminate:
                request.cancel()
                request.wait()
        return [np.array(request.get_tensor(self._compiled.output(name)).data) for name in names]


class Contest:
    """Both, until the first work has shown which of them is to do the rest."""

    def __init__(self, ours: Runner, other: Runner, key: str, name: str):
        """key, name: what the verdict is remembered by, and what it is where `other` is better."""
        self._runner: Runner | None = None
        self._ours, self._other, self._key, self._name = ours, other, key, name

    @property
    def chosen(self) -> Runner:
        """What runs by now."""
        return self._runner or self._ours

    def run(self, names: Sequence[str], fed: Arrays, options: ort.RunOptions) -> list[np.ndarray]:
        if self._runner is None and sum(array.size for array in fed.values()) >= TELLING:
            return self._judge(names, fed, options)
        return self.chosen.run(names, fed, options)

    def _judge(self, names: Sequence[str], fed: Arrays, options: ort.RunOptions) -> list[np.ndarray]:
        """The outputs, as the one gives them that is to do the rest."""
        ours, seconds = timed(self._ours, names, fed, options)
        try:
            others, theirs = timed(self._other, names, fed, options)
        except Exception:
            if options.terminate:
                raise
            self._runner = self._ours  # for this time: the other cannot do it
            return ours
        right = all(same(*pair, self._name == TWIN) for pair in zip(ours, others, strict=True))
        better = right and theirs < SOONER * seconds
        remember(self._key, self._name if better else OURS)
        self._runner = self._other if better else self._ours
        return others if better else ours


def timed(runner: Runner, names: Sequence[str], fed: Arrays, options: ort.RunOptions) -> tuple[list[np.ndarray], float]:
    """(the outputs, seconds) of the second of two runs: the first is slower."""
    runner.run(names, fed, options)
    start = time.perf_counter()
    return runner.run(names, fed, options), time.perf_counter() - start


def same(ours: np.ndarray, others: np.ndarray, rough: bool) -> bool:
    """Whether two answers of a network are alike; NaN never is."""
    if ours.shape != others.shape:
        return False
    scale = max(1.0, float(np.ptp(ours)) if ours.size else 1.0)
    off = np.abs(ours - others)
    return bool(np.square(off).mean() <= (ROUGHLY * scale) ** 2 if rough else off.max(initial=0) <= APART * scale)


def processor() -> str:
    """A short name of this machine's processor and what it can do, as far as Python knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = [platform.processor(), platform.machine()]
    told = sorted({line for line in lines if not line.startswith(ITS_OWN)})
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def verdicts() -> dict[str, str]:
    """What was found out on this machine before, by network; empty where nothing can be read."""
    try:
        found = json.loads(notes().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(key: str, verdict: str) -> None:
    """Write a verdict down; where that cannot be, it is found out again at the next start."""
    file = notes()
    try:
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps({**verdicts(), key: verdict}, indent=1), encoding="utf-8")
        os.replace(partial, file)
    except OSError:
        pass


def notes() -> Path:
    """Where the verdicts are kept."""
    return home() / "backends.json"
