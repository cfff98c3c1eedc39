"""Stable Diffusion folders: added, refused, used by the four actions, on the promises of every other model."""

import itertools
import json
import shutil
import sys
import weakref
from pathlib import Path

import numpy as np
import onnx
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput, Cancelled, GessoError, ModelError
from gesso.engine import files
from gesso.engine.cards import read_card
from gesso.engine.diffusion import painting, parts
from gesso.engine.diffusion.request import best, legal
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.library import add, shelf

from tests import pipelines

QUICK = {"steps": 2, "sampler": "ddim", "seed": 3, "model": "tiny"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "tiny"
    return pipelines.save_folder(folder, pipelines.SD1, pipelines.parts_of(pipelines.SD1))


@pytest.fixture(scope="module")
def shelved(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GESSO_MODELS", str(home))
        add.add(exported)
    return home


@pytest.fixture
def home(shelved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with `tiny` in it; it must be left as it was."""
    monkeypatch.setenv("GESSO_MODELS", str(shelved))
    return shelved


@pytest.fixture
def folder(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to be spoilt, and nothing installed."""
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path / "home"))
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def run(title: str, picture: Picture | None = None, mask: np.ndarray | None = None, progress=None, **settings):
    return perform(find(*title.split()), QUICK | settings, Models(), progress or Progress(), picture, mask)


def noise(dtype: str = "u2", channels: int = 3) -> Picture:
    top = np.iinfo(dtype).max
    return Picture((np.random.default_rng(1).random((70, 90, channels)) * top).astype(dtype))


def test_adding_listing_and_removing(exported, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    assert cli.main(["models", "add", str(exported / "model_index.json"), "--set", "steps=7"]) == 0
    said = capsys.readouterr().out
    assert "for diffusion: Stable Diffusion: paints from words." in said and pipelines.LICENCE in said
    card = read_card(tmp_path / "tiny.toml")
    assert card.licence == "creativeml-openrail-m"
    wanted = {"channels": 4, "half": False, "pixels": 8, "multiple": 16, "size": 64, "steps": 7, "guidance": 7.5}
    assert card.facts["diffusion"] == wanted
    assert "tiny  diffusion" in shelf.list_models() and shelf.verify()[1] and "tiny: ok" in shelf.show("tiny")
    assert "Added tiny" in add.add(exported)  # takes the place of the first
    assert shelf.remove("tiny") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unet": None}, "There is no unet/model.onnx"),
        ({"vae_encoder": None}, "There is no vae_encoder/model.onnx"),
        ({"tokenizer/merges.txt": None}, "There is no tokenizer in tokenizer"),
        ({"scheduler": None}, "There is no scheduler/scheduler_config.json"),
        ({"unet/model.onnx": b"version https://git-lfs.github.com/spec/v1"}, "unet/model.onnx is a Git LFS pointer"),
        ({"vae_decoder/model.onnx": b"PK\x03\x04"}, "vae_decoder/model.onnx is a zip archive"),
        ({"text_encoder/model.onnx": b"\x08\x07rubbish"}, "cannot load"),
        ({"tokenizer/vocab.json": b"["}, "The tokenizer of the model cannot be read"),
        ({"scheduler/scheduler_config.json": b"<html>"}, "scheduler_config.json of copy is not JSON"),
        ({"scheduler/scheduler_config.json": b'{"beta_schedule": "odd"}'}, "beta_schedule is odd"),
        ({"scheduler/scheduler_config.json": b'{"beta_end": "much"}'}, "The configuration of copy makes no sense"),
        ({"unet/config.json": b'{"sample_size": {}, "block_out_channels": 3}'}, "makes no sense"),
        ({"scheduler/scheduler_config.json": b'{"prediction_type": "odd"}'}, "prediction_type is odd"),
        ({"scheduler/scheduler_config.json": b'{"timestep_spacing": "odd"}'}, "timestep_spacing is odd"),
    ],
)
def test_a_broken_folder_is_named(folder, changes, sentence):
    for name, content in changes.items():
        if content is not None:
            (folder / name).write_bytes(content)
        elif (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink()
    with pytest.raises(GessoError, match=sentence):
        add.add(folder)
    assert not list((folder.parent / "home").iterdir())


def edited(file: Path, change) -> None:
    model = onnx.load(file)
    change(model)
    onnx.save(model, file)


def test_a_decoder_that_gives_no_numbers(folder):
    def spoil(model):
        bias = next(one for one in model.graph.initializer if one.name.endswith("conv_out.bias"))
        bias.CopyFrom(onnx.numpy_helper.from_array(np.full(3, np.nan, np.float32), bias.name))

    edited(folder / "vae_decoder/model.onnx", spoil)
    with pytest.raises(ModelError, match="The part vae_decoder of copy gave numbers that are not finite"):
        add.add(folder)


def test_weights_stay_in_their_folder(folder):
    model = onnx.load(folder / "unet/model.onnx")
    onnx.save(model, folder / "unet/model.onnx", save_as_external_data=True, location="w.pb", size_threshold=0)
    assert "Added copy" in add.add(folder)
    assert "unet/w.pb" in read_card(folder.parent / "home/copy.toml").weights
    data = (folder / "unet/model.onnx").read_bytes()
    (folder / "unet/model.onnx").write_bytes(data.replace(b"w.pb", b"../w"))
    with pytest.raises(ModelError, match="wants its weights from '../w'"):
        add.add(folder)


def test_what_was_changed_later_is_refused(folder):
    add.add(folder)
    (folder.parent / "home/copy/unet/config.json").write_text("{}")
    text, sound = shelf.verify()
    assert not sound and "copy/unet/config.json is not the file its card names" in text
    card = folder.parent / "home/copy.toml"
    card.write_text(card.read_text().replace('"unet/config.json"', '"../config.json"'))
    assert "outside of the model's folder" in shelf.verify()[0]


def test_memory_is_looked_at_before_loading(folder, monkeypatch):
    monkeypatch.setattr("gesso.engine.session.free_memory", lambda: 1000)
    with pytest.raises(ModelError, match=r"copy/unet needs 0.0 GB of memory, and 0.0 GB are free"):
        add.add(folder)


def test_half_precision(folder):
    """Weights, inputs and outputs in half, of the UNet and the VAE."""
    made = pipelines.parts_of(pipelines.SD1)
    made["unet"].half(), made["vae"].half()
    pipelines.save_folder(folder, pipelines.SD1, made)
    add.add(folder)
    assert read_card(folder.parent / "home/copy.toml").facts["diffusion"]["half"] is True
    picture = run("generate words", words="fox", model="copy")[0].layers[0].picture
    assert picture.array.std() > 5


def test_the_same_seed_is_the_same_picture(home):
    both, record = run("generate words", words="the fox", candidates=2)
    alone = run("generate words", words="the fox", seed=4)[0].layers[0].picture
    assert np.array_equal(both.layers[1].picture.array, alone.array)
    assert not np.array_equal(both.layers[0].picture.array, alone.array)
    assert record["notes"] == {"steps": 2, "guidance": 7.5, "sampler": "ddim"} and list(record["models"]) == ["tiny"]


def test_words_negative_words_and_guidance_count(home):
    def painted(**settings):
        return run("generate words", **({"words": "fox"} | settings))[0].layers[0].picture.array

    first = painted()
    for other in ({"words": "red"}, {"negative": "red"}, {"guidance": 2.0}, {"sampler": "euler"}):
        assert not np.array_equal(first, painted(**other)), other
    assert np.array_equal(painted(guidance=1.0), painted(guidance=0.5, negative="red"))
    with pytest.raises(BadInput, match="There are no words"):
        painted(words=" ")


@pytest.mark.parametrize(("width", "height"), [(0, 0), (50, 90), (64, 16)])
def test_sizes(home, width, height):
    picture = run("generate words", words="fox", width=width, height=height)[0].layers[0].picture
    assert (picture.width, picture.height) == (width or 64, height or 64)


def test_sizes_that_a_model_takes(home):
    folder = parts.Folder(read_card(home / "tiny.toml"))
    assert (
        legal(folder, 65, 16) == (80, 16)
        and best(folder, 400, 100) == (128, 32)
        and best(folder, 1, 9000) == (16, 6064)
    )


def test_outside_the_selection_nothing_moves(home):
    picture = noise(channels=4)
    mask = np.zeros((70, 90), np.float32)
    mask[20:40, 30:61], mask[60:63, 5:9] = 1, 0.2
    (layer,) = run("inpaint words", picture, mask, words="fox")[0].layers
    made, box = layer.picture.array, layer.picture.box.shift(layer.x, layer.y)
    before, hole = picture.array[box.slices], mask[box.slices] > 0
    assert np.array_equal(made[~hole], before[~hole])
    assert (made[hole] != before[hole]).any(axis=1).mean() > 0.99


def test_margins(home):
    picture = noise()
    (layer,) = run("generate outpaint", picture, words="fox", left=20, top=10)[0].layers
    assert (layer.x, layer.y) == (-20, -10) and layer.mask.sum() == 80 * 110 - 70 * 90
    assert layer.picture.array[layer.mask].std() > 0


def test_variation_goes_as_far_as_it_is_told(home, monkeypatch):
    """The strength is the share of the steps; one is the least."""
    picture, passes = noise("u1"), []
    answer = painting.Guide.answer
    monkeypatch.setattr(painting.Guide, "answer", lambda *given: passes.append(1) or answer(*given))
    for strength, steps in ((1, 1), (50, 3), (100, 6)):
        settings = {"strength": strength, "steps": 6, "guidance": 1.0, "words": "fox"}
        layer = run("generate variation", picture, **settings)[0].layers[0]
        assert layer.picture.array.shape == picture.array.shape and len(passes) == steps
        passes.clear()


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7])
def test_cancel(home, at):
    """Between the parts and between the steps; what runs inside of a step is ended by RunOptions (see test_session)."""
    progress = Progress(lambda done, text: progress.cancel() if done >= at else None)
    with pytest.raises(Cancelled):
        run("generate words", words="fox", steps=10, progress=progress)


def test_only_one_part_is_in_memory(home, monkeypatch):
    alive: list[tuple[str, weakref.ref]] = []
    load = parts.Folder.load

    def watched(folder, name):
        assert not [other for other, session in alive if session() is not None]
        session = load(folder, name)
        alive.append((name, weakref.ref(session)))
        return session

    monkeypatch.setattr(parts.Folder, "load", watched)
    run("generate variation", noise(), words="fox", candidates=2)
    assert [name for name, _ in alive] == ["text_encoder", "vae_encoder", "unet", "vae_decoder"]


def test_words_that_were_cut_are_said(home):
    record = run("generate words", words="the fox in fog " * 20 + "and snow")[1]
    (said,) = record["notes"]["warnings"]
    assert "It was not told of: " in said and said.endswith("and snow")


def test_another_sampler_is_said(folder):
    config = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(config | {"_class_name": "PNDMScheduler"}))
    assert "Unsure: gesso does not have its own sampler, PNDMScheduler: DDIM is used." in add.add(folder)
    said = run("generate words", words="fox", model="copy", sampler="auto")[1]["notes"]["warnings"]
    assert said == ["gesso does not have this model's own sampler, PNDMScheduler: DDIM is used."]


@pytest.mark.parametrize(
    ("name", "config", "habits"),
    [
        ("sd-turbo", {}, (4, 1.0)),
        ("quick", {"timestep_spacing": "trailing", "prediction_type": "epsilon"}, (4, 1.0)),
        ("quick", {"timestep_spacing": "trailing", "prediction_type": "v_prediction"}, (20, 7.5)),
        ("quick", {"_class_name": "LCMScheduler"}, (4, 1.0)),
    ],
)
def test_models_of_few_steps(folder, name, config, habits):
    folder = folder.rename(folder.with_name(name))
    known = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(known | config))
    add.add(folder)
    facts = read_card(folder.parent / f"home/{name}.toml").facts["diffusion"]
    assert (facts["steps"], facts["guidance"]) == habits


def test_without_the_library_it_says_so(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ModelError, match="needs the Python package tokenizers"):
        run("generate words", words="fox")


def test_on_files(home, tmp_path, capsys):
    """Every action as a command; a wrong model is told from a right one."""
    files.write(tmp_path / "in.png", noise("u1"), None)
    mask = np.zeros((70, 90, 1), np.uint8)
    mask[30:50, 30:60] = 255
    files.write(tmp_path / "mask.png", Picture(mask), None)
    given = {
        "generate words": ["the fox"],
        "generate variation": ["in.png", "--words", "fox"],
        "generate outpaint": ["in.png", "--words", "fox", "--right", "16"],
        "inpaint words": ["in.png", "mask.png", "--words", "fox"],
    }
    for (title, words), number in zip(given.items(), itertools.count()):
        paths = [str(tmp_path / word) if word.endswith(".png") else word for word in words]
        out = tmp_path / f"out{number}.png"
        assert cli.main([*title.split(), *paths, "-o", str(out), "--steps", "1", "--seed", "1"]) == 0
        assert files.read(out).picture.array.std() > 0
    assert cli.main(["generate", "text", "sea", "-o", str(tmp_path / "x.png"), "--model", "tiny"]) == 3
    assert "for diffusion, not for text. It serves: generate words" in capsys.readouterr().err
