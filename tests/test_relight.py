"""enhance relight: the engine's half, the look as a table, the shipped network, and the training that made it."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gesso import batch, cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import files
from gesso.engine.cards import Card, Port
from gesso.engine.enhance import relight as engine
from gesso.engine.enhance.look import SIDE, Look
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image
from skimage import data

from export.to_onnx import export_model, load_weights
from export.tone import train
from export.tone.evaluate import KINDS, error, relit
from export.tone.model import HEIGHTS, SIZE, Tone, apply_tone
from export.training import trained


class Fixed(Models):
    """A network that always answers the same look: each colour raised by a tenth, red by two."""

    def __init__(self):
        super().__init__()
        ports = (Port("c", "tone-curves"), Port("m", "colour-matrix"))
        self.card = Card(
            "fixed", "relight", Path("fixed.onnx"), "", "", "", tile=SIZE, size=(SIZE, SIZE), outputs=ports
        )

    def network(self, role, name="auto"):
        return self

    def run(self, inputs, progress):
        assert inputs["image"].shape == (1, 3, SIZE, SIZE)
        curves = np.tile(np.linspace(0.1, 1.1, HEIGHTS, dtype=np.float32), (1, 3, 1))
        curves[:, 0] += np.float32(0.1)
        return {"tone-curves": curves, "colour-matrix": np.eye(3, dtype=np.float32)[None]}


def relight(array, **settings):
    models = settings.pop("models", None) or Fixed()
    return perform(find("enhance", "relight"), settings, models, Progress(), Picture(array))[0]


@pytest.fixture
def sure(monkeypatch):
    """Every look is believed."""
    monkeypatch.setattr(engine, "trust", lambda seen, look: 1.0)


def photo(array):
    return cv2.resize(array, (320, 240), interpolation=cv2.INTER_AREA)


def test_the_engine_computes_what_the_training_saw():
    rng = np.random.default_rng(1)
    curves = np.sort(rng.uniform(-0.2, 1.2, (3, HEIGHTS)).astype(np.float32))
    matrix = rng.normal(0, 0.5, (3, 3)).astype(np.float32)
    rgb = rng.uniform(0, 1, (70, 131, 3)).astype(np.float32)
    trained_on = apply_tone(*(torch.from_numpy(a)[None] for a in (curves, matrix, rgb.transpose(2, 0, 1))))
    assert np.abs(trained_on[0].permute(1, 2, 0).numpy() - rgb - Look(curves, matrix).change(rgb)).max() < 1e-5


def test_an_untrained_net_changes_nothing():
    rgb = torch.rand(2, 3, SIZE, SIZE)
    assert (apply_tone(*Tone().eval()(rgb), rgb) - rgb).abs().max() < 0.01


@pytest.mark.parametrize("number", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth_and_its_alpha(number, channels, sure):
    full = np.iinfo(number).max if np.dtype(number).kind == "u" else 1
    array = (np.random.default_rng(0).uniform(0.1, 0.6, (40, 50, channels)) * full).astype(number)
    made = relight(array, strength=50).layers[0].picture
    assert made.array.dtype == number
    if channels in (2, 4):
        assert np.array_equal(made.array[..., -1], array[..., -1])
    raised = [0.1, 0.05, 0.05] if channels > 2 else 0.05 + 0.05 * 0.2126
    assert np.abs(made.rgb() - Picture(array).rgb() - raised).max() < (0.003 if number is np.uint8 else 1e-4)
    assert np.array_equal(relight(array, strength=0).layers[0].picture.array, array)


def test_beyond_white_it_goes_on(sure):
    made = relight(np.full((8, 8, 3), 1.5, np.float32)).layers[0].picture.array
    assert np.abs(made - [1.7, 1.6, 1.6]).max() < 1e-5


def test_the_slighter_a_fault_the_less_is_it_believed():
    seen = np.random.default_rng(0).uniform(0.2, 0.7, (SIZE, SIZE, 3))
    steps = np.linspace(0, 1, HEIGHTS)
    looks = [Look(np.tile(steps + lift, (3, 1)), np.eye(3)) for lift in (0, 0.01, 0.1, 0.3)]
    trusts = [engine.trust(seen, look) for look in looks]
    assert trusts == sorted(trusts) and trusts[0] == 0 and trusts[1] < 0.2 and trusts[3] > 0.95


def test_the_look_as_a_table(tmp_path, monkeypatch, sure):
    """Each row of the file is what the picture's own pixels become; red runs fastest."""
    monkeypatch.setattr(batch, "Models", Fixed)
    files.write(tmp_path / "photo.png", Picture(photo(data.coffee())))
    words = ["enhance", "relight", str(tmp_path / "photo.png"), "--strength", "50", "-o", str(tmp_path / "look.cube")]
    assert cli.main(words) == 0
    lines = (tmp_path / "look.cube").read_text().splitlines()
    assert lines[:2] == ['TITLE "look"', f"LUT_3D_SIZE {SIDE}"] and len(lines) == 2 + SIDE**3
    rows = np.array([line.split() for line in lines[2:]], float).reshape(SIDE, SIDE, SIDE, 3)
    blue, green, red = 3, 20, 8
    wanted = np.array([red, green, blue]) / (SIDE - 1) + [0.1, 0.05, 0.05]
    assert np.abs(rows[blue, green, red] - wanted).max() < 1e-5
    assert rows.max() == 1.0


def test_what_has_no_look_gets_a_sentence(tmp_path, capsys):
    files.write(tmp_path / "photo.png", Picture(photo(data.coffee())))
    words = ["enhance", "denoise", str(tmp_path / "photo.png"), "-o", str(tmp_path / "look.cube")]
    assert cli.main(words) == BadInput.exit_code
    assert ".cube is not a format" in capsys.readouterr().err and not (tmp_path / "look.cube").exists()


def test_faults_are_mended_and_good_photos_stay():
    """On photos the training never saw."""
    models, ours, plain, good = Models(), [], [], []
    for number, truth in enumerate(map(photo, [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()])):
        rng = np.random.default_rng(number)
        for change in KINDS.values():
            damaged = change(truth, rng)
            ours.append(error(relit(damaged, models, "auto"), truth))
            plain.append(error(damaged, truth))
        good.append(error(relit(truth, models, "auto"), truth))
    assert np.mean(ours) < 0.8 * np.mean(plain)
    assert np.mean(good) < 2.5


def test_training_leaves_a_model_that_can_be_shipped_and_trained_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    for number, picture in enumerate([data.coffee(), data.chelsea()]):
        Image.fromarray(picture).save(tmp_path / f"pictures/{number}.png")
    monkeypatch.setattr(train, "BATCH", 2)
    words = ["train", str(tmp_path / "pictures"), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", [*words, "--steps", "2"])
    train.main()
    model, facts = trained("tone", Tone())
    assert facts["steps"] == 2
    inputs = {"image": torch.rand(1, 3, SIZE, SIZE)}
    export_model(model, inputs, ["curves", "matrix"], tmp_path / "m.onnx", {})
    again = Tone().eval()
    load_weights(again, tmp_path / "m.onnx")
    assert torch.allclose(again(*inputs.values())[0], model(*inputs.values())[0], atol=2e-3)
