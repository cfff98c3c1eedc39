"""A sealed model runs as before, and nobody without the key can read or change it."""

import os
import sys
import types

import numpy as np
import pytest
from gesso import cli
from gesso.contract.errors import BadInput, ModelError
from gesso.engine import cards, keys, sealing
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import seal, shelf

from tests.nets import save_net

PICTURE = np.random.default_rng(1).random((1, 3, 8, 9)).astype(np.float32)
CHUNK = 48
SEALED = CHUNK + sealing.TAG


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one model of several chunks, and a home for the key."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GESSO_KEY_FILE", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)  # not installed
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(sealing, "CHUNK", CHUNK)
    (tmp_path / "models").mkdir()
    save_net(tmp_path / "models", gain=0.5)
    return tmp_path / "models"


def run() -> np.ndarray:
    return Models().network("test").run({"image": PICTURE}, Progress())["image"]


def test_the_picture_is_the_same_and_so_is_the_file_in_the_end(folder, capsys):
    plain, card, before = (folder / "net.onnx").read_bytes(), (folder / "net.toml").read_text(), run()
    assert cli.main(["models", "seal", "net"]) == 0
    assert "home/.config/gesso/model.key" in capsys.readouterr().out
    assert cards.read_cards()[0][0].sealed and "sealed" in shelf.list_models()
    assert np.array_equal(run(), before) and shelf.verify()[1]
    assert cli.main(["models", "unseal", "net"]) == 0
    assert (folder / "net.onnx").read_bytes() == plain and (folder / "net.toml").read_text() == card


def test_nothing_of_the_model_is_left_to_read(folder):
    plain = (folder / "net.onnx").read_bytes()
    seal.seal("net")
    run()
    assert sorted(path.name for path in folder.iterdir()) == ["net.onnx", "net.toml"]
    first = (folder / "net.onnx").read_bytes()
    assert not any(plain[at : at + 8] in first for at in range(len(plain) - 8))
    seal.unseal("net")
    seal.seal("net")
    again, secret = (folder / "net.onnx").read_bytes(), len(sealing.MAGIC) + sealing.MARK
    assert not any(first[at : at + 8] in again for at in range(secret, len(first) - 8))


def test_the_key_is_the_users_alone(folder):
    seal.seal("net")
    assert keys.key_file().stat().st_mode & 0o777 == 0o600
    keys.key_file().chmod(0o640)
    with pytest.raises(ModelError, match="Others can read the key file"):
        run()


def test_a_change_anywhere_is_found(folder):
    seal.seal("net")
    whole = (folder / "net.onnx").read_bytes()
    assert len(whole) > sealing.HEADER + 3 * SEALED
    for at in range(len(whole)):
        (folder / "net.onnx").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ModelError):
            run()


@pytest.mark.parametrize(
    "cut",
    [
        lambda head, chunks: head,
        lambda head, chunks: head[:-1],
        lambda head, chunks: head + b"".join(chunks[:-1]),
        lambda head, chunks: head + b"".join(chunks)[:-1],
        lambda head, chunks: head + b"".join(chunks) + b"\0",
        lambda head, chunks: head + b"".join(chunks[1:]),
        lambda head, chunks: head + b"".join((chunks[1], chunks[0], *chunks[2:])),
        lambda head, chunks: head + b"".join((chunks[0], *chunks)),
    ],
)
def test_what_is_cut_moved_or_repeated_is_found(folder, cut):
    seal.seal("net")
    data = (folder / "net.onnx").read_bytes()
    head, rest = data[: sealing.HEADER], data[sealing.HEADER :]
    (folder / "net.onnx").write_bytes(cut(head, [rest[at : at + SEALED] for at in range(0, len(rest), SEALED)]))
    with pytest.raises(ModelError, match="was changed, renamed, or belongs|another key"):
        run()


def test_a_sealed_model_keeps_its_name(folder):
    seal.seal("net")
    (folder / "net.onnx").rename(folder / "other.onnx")
    (folder / "net.toml").rename(folder / "other.toml")
    with pytest.raises(ModelError, match="other.onnx was changed, renamed"):
        run()


@pytest.mark.parametrize(
    "spoil, sentence",
    [
        (lambda file: file.unlink(), "there is no key to open it"),
        (lambda file: file.write_text("not a key"), "not 32 bytes"),
        (lambda file: file.write_text("A" * 43 + "="), "another key than yours"),
    ],
)
def test_without_the_key_it_stays_shut(folder, spoil, sentence):
    seal.seal("net")
    sealed = (folder / "net.onnx").read_bytes()
    spoil(keys.key_file())
    for wanted in (run, lambda: seal.unseal("net")):
        with pytest.raises(ModelError, match=sentence):
            wanted()
    assert (folder / "net.onnx").read_bytes() == sealed


def test_the_key_can_be_elsewhere(folder, monkeypatch):
    monkeypatch.setenv("GESSO_KEY_FILE", str(folder.parent / "stick" / "key"))
    assert "stick/key" in seal.seal("net")
    run()
    assert not (folder.parent / "home").exists()


def test_the_key_can_be_in_the_keyring(folder, monkeypatch):
    kept: dict[tuple[str, str], str] = {}
    ring = types.ModuleType("keyring")
    ring.errors = types.SimpleNamespace(KeyringError=RuntimeError)
    ring.get_password = lambda *entry: kept.get(entry)
    ring.set_password = lambda service, user, text: kept.update({(service, user): text})
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", ring.errors)
    assert "in your keyring" in seal.seal("net")
    run()
    assert kept and not keys.key_file().exists()


def test_when_the_process_dies_half_way_the_old_file_stays(folder, monkeypatch):
    plain = (folder / "net.onnx").read_bytes()

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", lambda *_: None)
    keys.sealing_key()
    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        seal.seal("net")
    assert (folder / "net.onnx").read_bytes() == plain


@pytest.mark.parametrize(
    "prepare, wanted, sentence",
    [
        (lambda folder: seal.seal("net"), seal.seal, "is sealed already"),
        (lambda folder: None, seal.unseal, "is not sealed"),
        (lambda folder: None, lambda name: seal.seal("other"), "There is no model other"),
    ],
)
def test_what_cannot_be_done_is_said(folder, prepare, wanted, sentence):
    prepare(folder)
    with pytest.raises(BadInput, match=sentence):
        wanted("net")


def test_weights_in_other_files_are_not_sealed(folder):
    (folder / "w.bin").write_bytes(np.full(3, 0.25, np.float32).tobytes())
    save_net(folder, "large", location="w.bin")
    with pytest.raises(BadInput, match="weights in files beside it"):
        seal.seal("large")


def test_without_the_library_it_is_said(folder, monkeypatch):
    plain = (folder / "net.onnx").read_bytes()
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    with pytest.raises(ModelError, match="pip install cryptography"):
        seal.seal("net")
    assert (folder / "net.onnx").read_bytes() == plain
