"""The judge of realism: its number, its map, and that neither depends on what cannot be seen."""

import json
import sys

import cv2
import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import files
from gesso.engine.assess import realism
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.data import dead_leaves
from export.realism import pool, train
from export.realism.model import Realism, Statistics
from export.training import trained

MODELS = Models()


def assess(picture, mask=None):
    """(the layer, the facts)."""
    outcome, record = perform(find("assess", "realism"), {}, MODELS, Progress(), picture, mask)
    assert record["facts"] == outcome.facts and 0 <= outcome.facts["score"] <= 1
    return outcome.layers[0], outcome.facts


def photo(height=200, width=250):
    return np.ascontiguousarray(data.coffee()[60 : 60 + height, 100 : 100 + width])


@pytest.mark.parametrize("spoil", [
    lambda rgb: cv2.GaussianBlur(rgb, (0, 0), 3),
    lambda rgb: (rgb + np.random.default_rng(0).normal(0, 35, rgb.shape)).clip(0, 255).astype(np.uint8),
    lambda rgb: np.repeat(np.repeat(rgb[::3, ::3], 3, axis=0), 3, axis=1)[: len(rgb), : rgb.shape[1]],
], ids=["blur", "noise", "pixels"])  # fmt: skip
def test_a_spoilt_photo_looks_less_real(spoil):
    assert assess(Picture(spoil(photo())))[1]["score"] < assess(Picture(photo()))[1]["score"] - 0.1


@pytest.mark.parametrize("array, same", [
    (photo().astype(np.uint16) * 257, photo()),
    ((photo() / 255).astype(np.float32), photo()),
    (photo()[..., :1], np.repeat(photo()[..., :1], 3, axis=2)),
    (np.dstack([photo(), np.full((200, 250), 255, np.uint8)]), photo()),
], ids=["16 bits", "float", "grey", "alpha"])  # fmt: skip
def test_every_kind_of_picture(array, same):
    layer, facts = assess(Picture(array))
    assert facts == assess(Picture(same))[1]
    assert layer.picture.array.dtype == array.dtype
    assert layer.picture.array.shape == (200, 250, 2 if array.shape[2] == 1 else 4)
    assert np.allclose(layer.picture.alpha(), realism.OPACITY, atol=1 / 255)


def test_a_grey_map_is_brighter_where_it_looks_made():
    half = photo()[..., :1].copy()
    half[:, 125:, 0] = cv2.GaussianBlur(half, (0, 0), 4)[:, 125:]
    layer, _ = assess(Picture(half))
    left, right = layer.picture.array[..., 0][:, :90].mean(), layer.picture.array[..., 0][:, 160:].mean()
    assert right > left + 10


def test_only_the_selection_counts():
    rgb = photo()
    rgb[:, 150:] = cv2.GaussianBlur(rgb, (0, 0), 4)[:, 150:]
    mask = np.zeros(rgb.shape[:2], np.float32)
    mask[32:160, 10:70] = 1
    layer, facts = assess(Picture(rgb), mask)
    assert (layer.x, layer.y, layer.picture.width, layer.picture.height) == (10, 32, 60, 128)
    assert facts["pixels"] == 60 * 128
    other = mask[:, ::-1].copy()
    assert assess(Picture(rgb), other)[1]["score"] < facts["score"] - 0.2


def test_what_is_transparent_does_not_count():
    rgb = photo()
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[:, 120:] = 0
    noise = np.random.default_rng(0).integers(0, 256, rgb.shape).astype(np.uint8)
    hidden = np.where(alpha[..., None] > 0, rgb, noise)
    layer, facts = assess(Picture(np.dstack([rgb, alpha])))
    assert facts == assess(Picture(np.dstack([hidden, alpha])))[1] and facts["pixels"] == 200 * 120
    assert not layer.picture.array[:, 120:, 3].any()
    with pytest.raises(BadInput, match="nothing to see"):
        assess(Picture(np.dstack([rgb, 0 * alpha])))


@pytest.mark.parametrize("array", [
    np.full((1, 1, 3), 90, np.uint8),
    np.full((3, 300, 1), 90, np.uint8),
    np.full((40, 50, 3), np.nan, np.float32),
    np.full((40, 50, 4), np.inf, np.float32),
], ids=["a pixel", "a line", "NaN", "infinity"])  # fmt: skip
def test_odd_pictures(array):
    if array.shape[2] == 4:
        array[..., 3] = 1
    outcome, record = perform(find("assess", "realism"), {}, MODELS, Progress(), Picture(array))
    assert np.isfinite(outcome.layers[0].picture.array).all() and 0 <= outcome.facts["score"] <= 1
    assert "too little to see" in record["notes"]["warnings"][0]


def test_tiles_are_invisible(monkeypatch):
    network = MODELS.network("realism")
    picture = Picture(np.ascontiguousarray(data.astronaut()[:470, :510]))
    whole = realism.predict(picture, network, Progress())
    monkeypatch.setitem(network.card.__dict__, "tile", 320)
    tiled = realism.predict(picture, network, Progress())
    assert whole.shape == (30, 32) and np.abs(whole - tiled).max() < 1e-4


def test_the_command_line(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for name, array in (("a.png", photo()), ("b.png", np.full((90, 80, 3), 99, np.uint8))):
        files.write(tmp_path / "in" / name, Picture(array), None)
    mask = np.zeros((200, 250, 1), np.uint8)
    mask[50:120, 60:200] = 255
    files.write(tmp_path / "mask.png", Picture(mask), None)
    one = [str(tmp_path / "in" / "a.png"), "--mask", str(tmp_path / "mask.png"), "-o", str(tmp_path / "map.png")]
    assert cli.main(["assess", "realism", *one]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pixels"] == 70 * 140 and 0 <= told["score"] <= 1 and "realism" in told["models"]
    map_ = files.read(tmp_path / "map.png").picture.array
    differs = (map_ != photo()).any(axis=2)
    assert not differs[mask[..., 0] == 0].any() and differs[mask[..., 0] > 0].mean() > 0.95
    assert cli.main(["assess", "realism", str(tmp_path / "in")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["picture"].rsplit("/", 1)[-1] for line in lines] == ["a.png", "b.png"]
    assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["a.png", "b.png"]


def test_auc_counts_pairs():
    assert train.auc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == 3.5 / 4


def test_the_regression_finds_what_parts_the_kinds():
    rng = np.random.default_rng(0)
    found = {"real": rng.normal(1, 1, (300, 4)), "a": rng.normal(0, 1, (200, 4)), "b": rng.normal(0, 1, (50, 4))}
    values, real, weight = train.balanced(found)
    assert np.isclose(weight[real == 0][:200].sum(), weight[real == 0][200:].sum()) and np.isclose(weight.sum(), 1)
    slope, offset = train.logistic(values, real, weight, 1e-6)
    assert np.allclose(slope, 1, atol=0.35) and abs(offset + 2) < 0.5  # of two Gaussians one step apart: exactly this


def test_the_training_runs_and_goes_on(tmp_path, monkeypatch, capsys):
    (tmp_path / "pictures").mkdir()
    for number in range(3):
        cv2.imwrite(str(tmp_path / "pictures" / f"{number}.png"), dead_leaves(300, np.random.default_rng(number)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pool, "SOURCES", {"train": 3, "held-out": 2})
    for fold in ("train", "held-out"):
        monkeypatch.setitem(pool.KINDS, fold, ("blur", "fill-telea"))
    for steps in ("2", "3"):
        argv = ["train", str(tmp_path / "pictures"), "--steps", steps, "--threads", "1"]
        monkeypatch.setattr(sys, "argv", argv)
        train.main()
    told = capsys.readouterr().out
    assert "resumed at step 2" in told and "validation AUC" in told
    model, facts = trained("realism", Realism())
    assert facts["steps"] == 3 and model.regression.weight.abs().max() > 0


def test_a_place_of_the_map_sees_what_the_training_saw():
    """The place in the middle of a patch has the features that a larger picture has there, but for the rim."""
    rgb = np.ascontiguousarray(data.astronaut()[100:340, 100:340])
    whole = pool.Signature()(pool.images(rgb[None], "cpu"))
    part = pool.described(rgb[None, 80:160, 80:160])
    assert np.corrcoef(whole[0, :, 7, 7], part[0])[0, 1] > 0.995
    assert np.allclose(whole[0, :36, 7, 7], Statistics()(pool.images(rgb[None], "cpu"))[0, :, 7, 7])
