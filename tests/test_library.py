"""gesso models: what is there, whether it is sound, and a way in for one's own."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from gesso.contract.errors import BadInput, ModelError
from gesso.engine import cards
from gesso.engine.session import Models
from gesso.engine.write_card import to_toml
from gesso.library import add
from gesso.library import shelf as shelves

from tests.nets import save_net, write_card


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Path:
    """Folders `shipped` with one model, `mine` (not there yet), and `new` with a model to add."""
    for name in ("shipped", "new"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(cards, "folders", lambda: [tmp_path / "mine", tmp_path / "shipped"])
    for module in (add, shelves):
        monkeypatch.setattr(module, "folders", cards.folders)
    save_net(tmp_path / "shipped", "own")
    save_net(tmp_path / "new", "extra", gain=3.0)
    return tmp_path


def test_list(shelf):
    (shelf / "shipped/broken.toml").write_text("x")
    text = shelves.list_models()
    assert "own   test  auto  0.0  CC0-1.0  A test" in text
    assert "broken.toml cannot be read" in text
    assert str(shelf / "mine") in text


def test_verify(shelf):
    assert shelves.verify() == ("ok    own", True)
    with (shelf / "shipped/own.onnx").open("ab") as file:
        file.write(b"x")
    text, sound = shelves.verify()
    assert not sound and "BAD   own" in text and "sha256" in text


@pytest.mark.parametrize("given", [["new/extra.onnx"], ["new/extra.onnx", "new/extra.toml"]])
def test_add(shelf, given):
    assert "--model extra" in add.add(*(shelf / name for name in given))
    assert Models().network("test", "extra").card.file == shelf / "mine/extra.onnx"
    add.add(*(shelf / name for name in given))
    assert sorted(path.name for path in (shelf / "mine").iterdir()) == ["extra.onnx", "extra.toml"]
    assert shelves.verify()[1]


def test_mine_comes_before_gessos_own(shelf):
    assert "takes the place" in add.add(save_net(shelf / "new", "own", gain=5.0))
    assert Models().card("test").file == shelf / "mine/own.onnx"


def test_add_takes_outside_weights_along(shelf):
    (shelf / "new/w.bin").write_bytes(np.full(3, 0.5, np.float32).tobytes())
    add.add(save_net(shelf / "new", "large", location="w.bin"))
    assert (shelf / "mine/w.bin").is_file() and shelves.verify()[1]


def test_add_leaves_the_weights_of_another_model_as_they_are(shelf):
    for name, weight in (("first", 0.5), ("second", 0.25)):
        (shelf / "new/w.bin").write_bytes(np.full(3, weight, np.float32).tobytes())
        model = save_net(shelf / "new", name, location="w.bin")
        if name == "first":
            add.add(model)
    with pytest.raises(BadInput, match="first has other weights in a file w.bin"):
        add.add(model)
    assert shelves.verify()[1] and not (shelf / "mine/second.onnx").exists()


@pytest.mark.parametrize("name", ["mine.onnx", "mine.toml"])
def test_weights_never_go_over_another_model(shelf, name):
    add.add(save_net(shelf / "new", "mine"))
    before = {path.name: path.read_bytes() for path in (shelf / "mine").iterdir()}
    (shelf / "new" / name).write_bytes(np.full(3, 0.5, np.float32).tobytes())
    file = save_net(shelf / "new", "sly", location=name)
    file.with_suffix(".toml").unlink()
    with pytest.raises(BadInput, match=f"keeps weights in {name}"):
        add.add(file)
    assert {path.name: path.read_bytes() for path in (shelf / "mine").iterdir()} == before


@pytest.mark.parametrize("text", ['"' * count + "\n" + '"' * count for count in (1, 3, 4, 8)] + ['\\\n\t"', 'ü """'])
def test_a_card_can_hold_any_text(text):
    assert tomllib.loads(to_toml({"model": {"summary": text}})) == {"model": {"summary": text}}


def change(shelf: Path, old: str, new: str) -> None:
    card = shelf / "new/extra.toml"
    card.write_text(card.read_text().replace(old, new))


@pytest.mark.parametrize(
    "spoil, error, sentence",
    [
        (lambda shelf: (shelf / "new/extra.onnx").unlink(), BadInput, "no .onnx file"),
        (lambda shelf: (shelf / "new/extra.onnx").write_bytes(b"<html>"), ModelError, "web page"),
        (lambda shelf: (shelf / "new/extra.onnx").write_bytes(b"\x08\x09"), ModelError, "sha256"),
        (lambda shelf: write_card(shelf / "new/extra.onnx", role="dream"), ModelError, "are: colorize.*test"),
        (lambda shelf: change(shelf, 'name = "image"\nrole = "image"', 'name = "image"\nrole = "depth"'), ModelError,
         "asks for depth"),
        (lambda shelf: change(shelf, 'name = "result"\nrole = "image"', 'name = "result"\nrole = "mask"'), ModelError,
         "does not give image"),
        (lambda shelf: change(shelf, "[model]", '[model]\nfile = "own.onnx"'), ModelError, "belongs to own.onnx"),
        (lambda shelf: change(shelf, "licence", "license"), ModelError, "extra.toml cannot be read"),
    ],
)  # fmt: skip
def test_add_refuses_and_leaves_nothing(shelf, spoil, error, sentence):
    spoil(shelf)
    with pytest.raises(error, match=sentence):
        add.add(shelf / "new/extra.onnx")
    assert not (shelf / "mine").exists() or not list((shelf / "mine").iterdir())


def test_add_wants_what_the_action_reads(shelf):
    card = shelf / "shipped/own.toml"
    card.write_text('words = ["sea"]\n' + card.read_text())
    with pytest.raises(ModelError, match="lacks words"):
        add.add(shelf / "new/extra.onnx")


def test_a_name_must_be_plain(shelf):
    with pytest.raises(BadInput, match="cannot be a model's name"):
        add.add((shelf / "new/extra.onnx").rename(shelf / "new/-a b.onnx"), shelf / "new/extra.toml")
