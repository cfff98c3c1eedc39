"""OpenVINO, or a twin in integers, takes a network's place only where it was seen to give its numbers, and sooner."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from gesso.contract.errors import Cancelled
from gesso.engine import backends
from gesso.engine.backends import OTHER, OURS, TWIN, OpenVino
from gesso.engine.cards import read_card
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network

from tests.nets import save_net

PICTURE = np.random.default_rng(1).random((1, 3, 60, 61)).astype(np.float32)


@pytest.fixture(autouse=True)
def free(tmp_path, monkeypatch):
    """Nothing is known yet, and no backend is ruled out."""
    monkeypatch.delenv("GESSO_BACKEND")
    monkeypatch.setenv("GESSO_HOME", str(tmp_path / "home"))


class Stub:
    """OpenVINO, as it might be: other numbers, or late."""

    change, late = (lambda answer: answer), 0.0

    def __init__(self, model):
        self.real = backends_real(model)

    def run(self, names, fed, options):
        time.sleep(self.late)
        return [type(self).change(answer) for answer in self.real.run(names, fed, options)]


backends_real = OpenVino


def verdict(tmp_path):
    network = Network.load(read_card(save_net(tmp_path, gain=0.5).with_suffix(".toml")))
    first, second = (network.run({"image": PICTURE}, Progress())["image"] for _ in range(2))
    assert first == pytest.approx(PICTURE * 0.5, abs=1e-5) and np.array_equal(first, second)
    assert type(network._runner._runner) is not backends.Contest
    return next(iter(backends.verdicts().values()))


@pytest.mark.parametrize(
    ("change", "late", "sooner", "chosen"),
    [
        (lambda answer: answer, 0.0, 1e9, OTHER),
        (lambda answer: answer, 0.3, 0.95, OURS),
        (lambda answer: answer + 0.01, 0.0, 1e9, OURS),
        (lambda answer: answer * np.nan, 0.0, 1e9, OURS),
        (lambda answer: answer[..., :-1], 0.0, 1e9, OURS),
    ],
)
def test_right_and_sooner_is_chosen(tmp_path, monkeypatch, change, late, sooner, chosen):
    monkeypatch.setattr(backends, "OpenVino", type("Other", (Stub,), {"change": staticmethod(change), "late": late}))
    monkeypatch.setattr(backends, "SOONER", sooner)
    assert verdict(tmp_path) == chosen


def test_a_verdict_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(backends, "SOONER", 1e9)
    assert verdict(tmp_path) == OTHER
    card = read_card(tmp_path / "net.toml")
    assert isinstance(Network.load(card)._runner, OpenVino)
    monkeypatch.setenv("GESSO_BACKEND", OURS)
    assert not isinstance(Network.load(card)._runner, OpenVino)
    monkeypatch.delenv("GESSO_BACKEND")
    backends.notes().write_text("[1, 2")  # damaged: found out again
    assert isinstance(Network.load(card)._runner, backends.Contest)


def test_a_network_it_cannot_load_stays_onnxruntimes(tmp_path, monkeypatch):
    def refuse(model):
        raise RuntimeError("no such operator")

    monkeypatch.setattr(backends, "OpenVino", refuse)
    network = Network.load(read_card(save_net(tmp_path).with_suffix(".toml")))
    assert network.run({"image": PICTURE}, Progress())["image"] == pytest.approx(PICTURE, abs=1e-5)
    assert list(backends.verdicts().values()) == [OURS]


@pytest.mark.parametrize(
    ("off", "sooner", "chosen"), [(0.005, 1e9, TWIN), (0.005, 0.0, OURS), (0.02, 1e9, OURS), (np.nan, 1e9, OURS)]
)
def test_a_twin_runs_where_it_is_nearly_right_and_sooner(tmp_path, monkeypatch, off, sooner, chosen):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    monkeypatch.setattr(backends, "SOONER", sooner)
    monkeypatch.setattr(backends, "installed", lambda: False)
    card = save_net(tmp_path).with_suffix(".toml")
    card.write_text(card.read_text().replace("default = true", 'default = true\nint8 = "twin"'))
    twin = save_net(tmp_path, "twin", gain=1 + off).with_suffix(".toml")
    twin.write_text(twin.read_text().replace("default = true", ""))
    models = Models()
    exact = models.network("test")
    for _ in range(2):  # the verdict found, and the verdict read
        got = models.rough(exact).run({"image": PICTURE}, Progress())["image"]
        assert got == pytest.approx(PICTURE * (1 + off if chosen == TWIN else 1), abs=1e-6)
        assert list(backends.verdicts().values()) == [chosen]
        assert models.rough(exact).ran.name == ("twin" if chosen == TWIN else "net")
    assert np.array_equal(exact.run({"image": PICTURE}, Progress())["image"], PICTURE)
    monkeypatch.setenv("GESSO_BACKEND", OURS)
    assert np.array_equal(models.rough(exact).run({"image": PICTURE}, Progress())["image"], PICTURE)
    twin.unlink()
    monkeypatch.delenv("GESSO_BACKEND")
    assert models.rough(exact) is exact


def test_a_twin_with_a_contest_of_its_own_is_told_when_it_ran(tmp_path, monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    monkeypatch.setattr(backends, "SOONER", 1e9)
    monkeypatch.setattr(backends, "OpenVino", Stub)
    card = save_net(tmp_path).with_suffix(".toml")
    card.write_text(card.read_text().replace("default = true", 'default = true\nint8 = "twin"'))
    twin = save_net(tmp_path, "twin").with_suffix(".toml")
    twin.write_text(twin.read_text().replace("default = true", ""))
    for _ in range(2):  # the verdicts found, and read
        models = Models()
        network = models.rough(models.network("test"))
        network.run({"image": PICTURE}, Progress())
        assert network.ran.name == "twin"


def test_a_damaged_twin_takes_itself_away_only(tmp_path, monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    card = save_net(tmp_path).with_suffix(".toml")
    card.write_text(card.read_text().replace("default = true", 'default = true\nint8 = "twin"'))
    twin = save_net(tmp_path, "twin")
    twin.with_suffix(".toml").write_text(twin.with_suffix(".toml").read_text().replace("default = true", ""))
    twin.write_bytes(twin.read_bytes()[:-9] + bytes(9))
    models = Models()
    exact = models.network("test")
    assert models.rough(exact) is exact


def test_little_work_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(backends, "OpenVino", Stub)
    network = Network.load(read_card(save_net(tmp_path, gain=0.5).with_suffix(".toml")))
    network.run({"image": PICTURE[:, :, :8, :8]}, Progress())
    assert backends.verdicts() == {}


def test_a_shipped_network_gives_the_same_and_can_be_cancelled(monkeypatch):
    ours = Models().network("denoise")
    given = {
        "image": np.random.default_rng(0).random((1, 3, 512, 512), np.float32),
        "noise-level": np.full(4 * (1,), 0.1),
    }
    other = OpenVino(ours.card.file.read_bytes())
    expected = Network(ours.card, ours._runner._ours).run(given, Progress())["image"]
    network = Network(ours.card, ours._runner._ours, other)
    assert np.abs(network.run(given, Progress())["image"] - expected).max() < 1 / 255
    progress = Progress()
    threading.Timer(0.2, progress.cancel).start()
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        network.run(given, progress)
        network.run(given, progress)
        network.run(given, progress)
    assert time.perf_counter() - start < 1.5


def test_it_does_not_report_home():
    code = (
        "import sys; from gesso.engine.backends import OpenVino; from pathlib import Path\n"
        f"OpenVino(Path({str(Models().card('denoise').file)!r}).read_bytes())\n"
        "print([name for name, module in sys.modules.items() if 'openvino_telemetry' in name and module])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
