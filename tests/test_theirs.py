"""Files that cannot be used get a sentence; what was guessed is said; misbehaviour leaves the picture alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from gesso import cli
from gesso.contract.actions import ACTIONS, find
from gesso.contract.errors import BadInput, ModelError
from gesso.contract.params import ModelName
from gesso.engine import files
from gesso.engine import session as sessions
from gesso.engine.cards import read_card
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import add, shelf
from skimage import data

from tests import zoo
from tests.nets import digest
from tests.test_conventions import EXHIBITS

MODELS = Path(__file__).parents[1] / "models"
BY_NAME = {exhibit.name: exhibit for exhibit in EXHIBITS}
CLIPPED = BY_NAME["scunet_color"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path / "home"))
    return tmp_path


Q = {"q": np.float32(0.01).reshape(1)}


def written(folder, text: str, name: str = "thing", weights=None):
    return zoo.save(replace(CLIPPED, name=name, text=text, weights=weights or {}), folder)


def same(body: str) -> str:
    return f"net (float[1,3,h,w] x) => (float[1,3,h,w] y) {{ {body} }}"


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS pointer"),
        (b"<!DOCTYPE html>", "web page"),
        (b'{"error": "not found"}', "JSON text"),
        (b"PK\x03\x04", "zip archive"),
        (b"\x80\x04\x95", "Python pickle"),
        (b"", "cannot load"),
        (lambda file: file.read_bytes()[:-20], "cannot load"),
    ],
)
def test_what_is_no_model_is_named(home, content, sentence):
    file = zoo.save(CLIPPED, home)
    file.write_bytes(content(file) if callable(content) else content)
    with pytest.raises(ModelError, match=sentence):
        add.add(file)
    assert not list((home / "home").iterdir())


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("net (int64[1,77] input_ids) => (float[1,77] y) { y = Cast<to = 1> (input_ids) }", "wants an input input_ids"),
        ("net (float[1,3,h,w] x, float[1,3,h,w] z) => (float[1,3,h,w] y) { y = Add (x, z) }", "wants x, z"),
        ("net (float[1,3,h,w] x) => (float[1,3,1,1] y) { y = GlobalAveragePool (x) }", "which is no picture"),
        (same("y = Sub (x, x)"), "no picture for a photo"),
        ("net (float[1,3,8,8] x) => (float[1,3,64,64] y) "
         "{ s = Constant<value = float[4] {1,1,8,8}> () y = Resize (x, , s) }", "enlarges 8 times"),
        ("net (float[1,5,h,w] x) => (float[1,5,h,w] y) { y = Relu (x) }", "wants an input x of 1x5xhxw"),
    ],
)  # fmt: skip
def test_what_cannot_be_driven_is_said(home, text, sentence):
    with pytest.raises(ModelError, match=sentence):
        add.add(written(home, text))
    assert not list((home / "home").iterdir())


def test_a_custom_operator_is_named(home):
    model = onnx.load(zoo.save(CLIPPED, home))
    model.graph.node[-1].domain = "com.example"
    model.opset_import.append(onnx.helper.make_opsetid("com.example", 1))
    file = home / "custom.onnx"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="uses the operator com.example:Clip"):
        add.add(file)


def test_folders(home):
    folder = home / "nafnet"
    folder.mkdir()
    with pytest.raises(BadInput, match="holds 0 .onnx files"):
        add.add(folder)
    zoo.save(BY_NAME["nafnet-deblur"], folder).rename(folder / "model.onnx")
    assert "Added nafnet" in add.add(folder)
    (folder / "model_index.json").write_text("{}")
    with pytest.raises(ModelError, match="There is no text_encoder/model.onnx"):
        add.add(folder)


def test_outside_weights_are_pinned_and_leave_with_the_model(home):
    model = onnx.load(zoo.save(CLIPPED, home))
    onnx.save(model, home / "big.onnx", save_as_external_data=True, location="big.data", size_threshold=0)
    add.add(home / "big.onnx")
    card = read_card(home / "home/big.toml")
    assert list(card.weights) == ["big.data"]
    Models().network("restore", "big")
    (home / "home/big.data").write_bytes(b"0" * (home / "big.data").stat().st_size)
    with pytest.raises(ModelError, match="big.data is not the file its card names"):
        Models().network("restore", "big")
    shelf.remove("big")
    assert not list((home / "home").iterdir())


@pytest.mark.parametrize("place", ["../big.data", "/etc/hostname", "missing.data"])
def test_outside_weights_stay_in_the_folder(home, place):
    model = onnx.load(zoo.save(CLIPPED, home))
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], place)
    model.graph.initializer[0].ClearField("raw_data")
    (home / "big.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="wants its weights from"):
        add.add(home / "big.onnx")


def test_a_model_larger_than_the_memory_is_not_loaded(home, monkeypatch):
    monkeypatch.setattr(sessions, "free_memory", lambda: 100)
    with pytest.raises(ModelError, match="GB are free"):
        add.add(zoo.save(CLIPPED, home))


def test_guesses_are_said_and_can_be_overruled(home):
    file = written(home, CLIPPED.text, "unknown", CLIPPED.weights)
    said = add.add(file)
    assert "Taken for restore" in said and "RGB or BGR cannot be seen" in said
    assert "?" in shelf.list_models() and "unsure: Taken for" in shelf.show("unknown")
    add.add(file, None, "style", ["order=BGR", "range=-1..1", "tile=96", "licence=MIT", "mean=0.5,0.5,0.5"])
    card = read_card(home / "home/unknown.toml")
    port = card.port("image")
    assert (card.role, card.tile, card.licence) == ("style", 96, "MIT")
    assert (port.order, port.low, port.mean, port.std) == ("BGR", -1.0, (0.5,) * 3, (1.0,) * 3)
    for wrong in ("range=1", "order=RBG", "mask=black", "tile=wide", "colour=red"):
        with pytest.raises(BadInput, match="cannot be set"):
            add.add(file, None, "", [wrong])
    with pytest.raises(BadInput, match="no action 'dream'"):
        add.add(file, None, "dream")


def test_a_mask_can_be_turned(home):
    add.add(zoo.save(BY_NAME["lama_fp32"], home), None, "", ["mask=known"])
    assert read_card(home / "home/lama_fp32.toml").port("mask").low == 1.0


def test_a_name_that_lies_is_noticed(home):
    """A net of 0..1 that is called candy, which wants 0..255: what trying says is taken, and the doubt is told."""
    said = add.add(written(home, CLIPPED.text, "candy-small", CLIPPED.weights))
    assert "Models of this name want 0..255" in said
    assert read_card(home / "home/candy-small.toml").port("image").high == 1.0


def test_a_net_that_looks_at_everything_is_run_whole(home):
    """Instance normalisation: in tiles each would get its own contrast."""
    body = """s = Constant<value = float[3] {0.2, 0.2, 0.2}> () b = Constant<value = float[3] {0.5, 0.5, 0.5}> ()
    y = InstanceNormalization (x, s, b)"""
    said = add.add(written(home, same(body), "norm-style"))
    assert "looks at the whole picture" in said
    assert read_card(home / "home/norm-style.toml").whole
    large = np.tile(data.coffee()[:300, :300], (4, 4, 1))
    outcome, _ = perform(find("convert", "style"), {"model": "norm-style"}, Models(), Progress(), Picture(large))
    x = large / 255
    right = (x - x.mean((0, 1))) / x.std((0, 1)) * 0.2 + 0.5
    assert np.abs(outcome.layers[0].picture.array / 255 - right).mean() < 0.02


def test_a_net_of_squares_gets_squares(home):
    """As window attention has it; here the picture is mixed with itself, rows and columns exchanged."""
    add.add(written(home, same("t = Transpose<perm = [0,1,3,2]> (x) s = Mul (t, q) y = Add (x, s)"), "uformer", Q))
    assert read_card(home / "home/uformer.toml").size == (128, 128)
    outcome, _ = perform(find("enhance", "restore"), {}, Models(), Progress(), Picture(data.coffee()[:90, :200]))
    assert outcome.layers[0].picture.array.shape == (90, 200, 3)


MISBEHAVIOUR = {
    "nan": ("y = Log (n)", "not finite"),
    "flat": ("z = Sub (x, x) y = Add (z, z)", "one flat color"),
    "small": ("y = MaxPool<kernel_shape = [2,2], strides = [2,2]> (x)", "gave a picture of 32x24 instead of 64x48"),
    "crash": ("c = Constant<value = int64[4] {1,3,5,5}> () y = Reshape (x, c)", "failed"),
}


@pytest.mark.parametrize("kind", MISBEHAVIOUR)
def test_misbehaviour_is_reported(home, kind):
    """A model whose card promises a restored picture, and which does something else."""
    body, sentence = MISBEHAVIOUR[kind]
    text = same(("o = Constant<value = float {-1}> () n = Mul (x, o) " if kind == "nan" else "") + body)
    add.add(zoo.save(CLIPPED, home))
    file = written(home / "home", text, "scunet_color")
    model = onnx.load(file)
    for port, name in ((model.graph.input[0], "input"), (model.graph.output[0], "output")):
        port.name = name
    for node in model.graph.node:
        node.input[:] = ["input" if name == "x" else name for name in node.input]
        node.output[:] = ["output" if name == "y" else name for name in node.output]
    file.write_bytes(model.SerializeToString())
    card = file.with_suffix(".toml")
    old = read_card(card).sha256
    card.write_text(card.read_text().replace(old, digest(file)))
    photo = np.random.default_rng(1).integers(20, 200, (48, 64, 3)).astype(np.uint8)
    before = photo.copy()
    with pytest.raises(ModelError, match=sentence):
        perform(find("enhance", "denoise"), {"model": "scunet_color"}, Models(), Progress(), Picture(photo))
    assert (photo == before).all()


def test_a_wrong_range_is_noticed(home, capsys):
    """A card that says -1..1 of a net of 0..1: dark pictures come out grey, and the run says so."""
    add.add(zoo.save(CLIPPED, home), None, "", ["range=-1..1"])
    files.write(home / "a.png", Picture(data.coffee()[:60, :60] // 3))
    words = ["enhance", "denoise", str(home / "a.png"), "-o", str(home / "b.png"), "--model", "scunet_color"]
    assert cli.main(words) == 0
    assert "scunet_color looks wrong: its card may name a wrong range" in capsys.readouterr().err


@pytest.mark.parametrize("action", [action for action in ACTIONS if action.own_model], ids=lambda action: action.title)
def test_without_a_model_it_says_so(home, action):
    picture = Picture(np.zeros((8, 8, 3), np.uint8))
    (role,) = (param.role for param in action.params if isinstance(param, ModelName))
    settings = {param.name: 8 for param in action.params if param.name == "left"}
    with pytest.raises(ModelError, match=f"No model for {role} is installed. Add one with"):
        perform(action, settings, Models(), Progress(), picture, np.ones((8, 8), np.float32))


@pytest.mark.parametrize("size", [40, 300])
def test_pieces_are_filled_whole(home, size):
    """A small hole and one too large for the net's own size: each is filled with the mean of what is around it."""
    add.add(zoo.save(BY_NAME["migan"], home))
    photo = np.full((700, 700, 3), 60, np.uint8)
    photo[:, 350:] = 180
    mask = np.zeros((700, 700), np.float32)
    mask[200 : 200 + size, 360 - size // 2 : 360 + size // 2] = 1
    mask[600:604, 20:24] = 1
    outcome, _ = perform(find("inpaint", "fill"), {"model": "migan"}, Models(), Progress(), Picture(photo), mask)
    layer = outcome.layers[0]
    made = photo.copy()
    made[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width] = layer.picture.array
    assert (made[mask == 0] == photo[mask == 0]).all()
    assert (np.abs(made[600:604, 20:24].astype(int) - 60) <= 1).all()
    assert 65 < made[200 + size // 2, 360].mean() < 175


def test_the_command_line(home, capsys):
    file = zoo.save(CLIPPED, home)
    assert cli.main(["models", "add", str(file), "--set", "licence=Apache-2.0"]) == 0
    assert cli.main(["models", "list"]) == 0 and cli.main(["models", "show", "scunet_color"]) == 0
    assert "Apache-2.0" in capsys.readouterr().out
    assert cli.main(["models", "remove", "scunet_color"]) == 0
    assert cli.main(["models", "remove", "scunet_color"]) == 2
    assert cli.main(["models", "verify"]) == 0


@pytest.mark.parametrize(
    "own, action, settings",
    [
        ("denoise", ("enhance", "denoise"), {"auto": False, "strength": 20.0}),
        ("upscale-x2", ("enhance", "upscale"), {}),
    ],
)
def test_gessos_own_networks_without_name_and_card(home, monkeypatch, own, action, settings):
    """Trained nets, found out from the bare file, give the very picture that their own cards give."""
    bare = home / "bare.onnx"
    bare.write_bytes((MODELS / f"{own}.onnx").read_bytes())
    add.add(bare)
    made = []
    for folder, name in ((home / "home", "bare"), (MODELS, own)):
        monkeypatch.setenv("GESSO_MODELS", str(folder))
        photo = Picture(data.chelsea()[60:160, 100:230])
        outcome, _ = perform(find(*action), {"model": name, **settings}, Models(), Progress(), photo)
        made.append(outcome.layers[0].picture.array)
    assert (made[0] == made[1]).all()
