"""Models are checked before they run, and a bad one is named."""

import os
import pickle
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from gesso.contract.errors import Cancelled, ModelError
from gesso.engine import session
from gesso.engine.cards import read_card, read_cards
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network

from tests.nets import save_net, write_card

PICTURE = np.random.default_rng(1).random((1, 3, 8, 9)).astype(np.float32)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    return tmp_path


def load(file):
    return Network.load(read_card(file.with_suffix(".toml")))


def test_a_model_runs_by_role(folder):
    save_net(folder, gain=0.5)
    models = Models()
    network = models.network("test")
    assert network.run({"image": PICTURE}, Progress())["image"] == pytest.approx(PICTURE * 0.5)
    assert models.network("test", "net") is network


def test_the_model_used_longest_ago_gives_way(folder, monkeypatch):
    for name in ("a", "b", "c"):
        save_net(folder, name)
    monkeypatch.setattr(session, "KEPT", 2 * (folder / "a.onnx").stat().st_size)
    models = Models()
    first, second = models.network("test", "a"), models.network("test", "b")
    assert models.network("test", "a") is first
    models.network("test", "c")
    assert models.network("test", "a") is first and models.network("test", "b") is not second


@pytest.mark.parametrize(
    "ports, low, high, flip",
    [("low = -1.0", -1, 1, False), ("high = 255.0", 0, 255, False), ('order = "BGR"', 0, 1, True)],
)
def test_range_and_order_are_the_cards_business(folder, ports, low, high, flip):
    """The net of gain 1 gives back what it was given; a spy sees it in the card's own range and order."""
    network = load(save_net(folder, ports=ports))
    seen = {}
    real = network._runner

    class Spy:
        def run(self, names, feed, options):
            seen.update(feed)
            return real.run(names, feed, options)

    network._runner = Spy()
    assert network.run({"image": PICTURE}, Progress())["image"] == pytest.approx(PICTURE, abs=1e-6)
    assert seen["image"] == pytest.approx((PICTURE[:, ::-1] if flip else PICTURE) * (high - low) + low, abs=1e-4)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (pickle.dumps({"weights": [1]}), "Python pickle"),
        (b"PK\x03\x04checkpoint", "zip archive"),
        (b"<!DOCTYPE html>", "web page"),
        (b"{}", "JSON"),
        (b"", "onnxruntime cannot load"),
        (b"\x08\x09rubbish", "onnxruntime cannot load"),
    ],
)
def test_what_is_not_onnx_is_named(folder, content, sentence):
    file = save_net(folder)
    file.write_bytes(content)
    write_card(file)
    with pytest.raises(ModelError, match=sentence):
        load(file)


def test_one_changed_byte_is_refused(folder):
    file = save_net(folder)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelError, match="sha256"):
        load(file)
    file.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        load(file)


@pytest.mark.parametrize(
    "location", ["../weights.bin", "/etc/hostname", "missing.bin", "a/b.bin", "../" * 60 + "etc/x"]
)
def test_weights_outside_the_folder_are_refused(folder, location):
    with pytest.raises(ModelError, match="wants its weights from"):
        load(save_net(folder, location=location))


def test_a_hidden_location_is_refused(folder):
    """The same entry, its two fields swapped, which is as valid."""
    file = save_net(folder, location="../w")
    swapped = file.read_bytes().replace(b"\x0a\x08location\x12\x04../w", b"\x12\x04../w\x0a\x08location")
    assert swapped != file.read_bytes()
    file.write_bytes(swapped)
    write_card(file)
    with pytest.raises(ModelError, match="wants its weights from"):
        load(file)


def test_weights_beside_the_model_are_read(folder):
    (folder / "w.bin").write_bytes(np.full(3, 0.25, np.float32).tobytes())
    file = save_net(folder, location="w.bin")
    assert load(file).run({"image": PICTURE}, Progress())["image"] == pytest.approx(PICTURE * 0.25)
    (folder / "w.bin").write_bytes(np.full(3, 0.5, np.float32).tobytes())
    with pytest.raises(ModelError, match="w.bin is not the file its card names"):
        load(file)
    card = file.with_suffix(".toml")
    card.write_text(card.read_text().split("[weights]")[0])
    with pytest.raises(ModelError, match="lacks the sha256 of w.bin"):
        load(file)


def test_numbers_that_are_not_finite_are_refused(folder):
    with pytest.raises(ModelError, match="not finite"):
        load(save_net(folder, gain=float("nan"))).run({"image": PICTURE}, Progress())


def test_a_port_that_is_not_there(folder):
    file = save_net(folder)
    card = file.with_suffix(".toml")
    card.write_text(card.read_text().replace('name = "result"', 'name = "picture"'))
    with pytest.raises(ModelError, match="no port picture"):
        load(file)


def test_a_broken_card_disables_itself_only(folder):
    save_net(folder)
    (folder / "broken.toml").write_text("[model]\nrole = 3")
    cards, broken = read_cards()
    assert [card.name for card in cards] == ["net"]
    assert "broken.toml" in broken[0].message
    with pytest.raises(ModelError, match="Installed: net.*broken.toml"):
        Models().network("test", "other")


def test_a_card_is_read_again_only_when_it_has_changed(folder):
    card = save_net(folder).with_suffix(".toml")
    before = read_card(card)
    assert before.default and read_card(card) is before
    card.write_text(card.read_text().replace("default = true", "default = false"))
    assert not read_card(card).default


@pytest.mark.parametrize(
    "line",
    [
        'scale = "2"',
        "multiple = 0",
        "tile = true",
        "halo = -1",
        'file = "../net.onnx"',
        "colour = 1",
        "deep = " + "[" * 20_000,
    ],
    ids=lambda line: line[:20],
)
def test_a_card_is_read_strictly(folder, line):
    card = save_net(folder).with_suffix(".toml")
    card.write_text(card.read_text().replace("default = true", line))
    with pytest.raises(ModelError, match="net.toml cannot be read"):
        read_card(card)


def test_weights_are_a_table(folder):
    card = save_net(folder).with_suffix(".toml")
    card.write_text('weights = ["w.bin"]\n' + card.read_text())
    with pytest.raises(ModelError, match="net.toml cannot be read: weights is no table"):
        read_card(card)


@pytest.mark.parametrize("ports", ["low = 1.0", 'order = "rgb"', "high = 'x'"])
def test_a_port_is_read_strictly(folder, ports):
    with pytest.raises(ModelError, match="net.toml cannot be read"):
        read_card(save_net(folder, ports=ports).with_suffix(".toml"))


def test_nothing_is_reported_to_anyone(folder):
    """onnxruntime 1.29 and later keep a device's number and a queue of reports in the home folder, if they may."""
    save_net(folder)
    home = folder / "home"
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    code = "import gesso.worker, gesso.engine.session as session; session.Models().network('test')"
    subprocess.run([sys.executable, "-c", code], env=env | {"HOME": str(home)}, check=True)
    assert not [path for path in home.rglob("*") if path.is_file()]


def test_cancel_ends_a_running_model(folder):
    network = load(save_net(folder, layers=2000))
    progress = Progress()
    picture = np.ones((1, 3, 600, 600), np.float32)
    threading.Timer(0.3, progress.cancel).start()
    start = time.perf_counter()
    with pytest.raises(Cancelled):
        while True:
            network.run({"image": picture}, progress)
    assert time.perf_counter() - start < 0.8
