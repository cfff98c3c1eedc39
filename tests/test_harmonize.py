"""blend harmonize: the engine's half, the shipped network, and the training that made it."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.blend import harmonize
from gesso.engine.cards import Card
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image
from skimage import data

from export.harmonize import train
from export.harmonize.evaluate import KINDS, harmonized
from export.harmonize.model import SIZE, Harmonize, apply_map
from export.harmonize.pastes import disturb, region
from export.to_onnx import export_model, load_weights
from export.training import trained


class Fixed(Models):
    """A network that always answers the same transforms, 21x2x2."""

    def __init__(self, transforms):
        super().__init__()
        self.transforms = transforms.astype(np.float32)
        self.card = Card("fixed", "harmonize", Path("fixed.onnx"), "", "", "", tile=SIZE)

    def network(self, role, name="auto"):
        return self

    def run(self, inputs, progress):
        assert inputs["image"].shape == (1, 3, SIZE, SIZE)
        assert inputs["mask"].shape == (1, 1, SIZE, SIZE)
        return {"colour-transforms": self.transforms[None]}


def brighter(amount):
    """Transforms that add `amount` to every colour."""
    transforms = np.zeros((3, 7, 2, 2))
    transforms[:, 6] = amount
    return Fixed(transforms.reshape(21, 2, 2))


def scene(number=np.uint8, height=150, width=200):
    """(what is under, a layer with a disc of another brightness), with noise in every bit."""
    full = np.iinfo(number).max if np.dtype(number).kind == "u" else 1
    colours = np.random.default_rng(0).uniform(0.2, 0.7, (2, height, width, 3))
    alpha = cv2.circle(np.zeros((height, width)), (90, 70), 40, 1.0, -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 2)
    return Picture((colours[0] * full).astype(number)), Picture((np.dstack([colours[1], alpha]) * full).astype(number))


def blend(image, top, models, **settings):
    outcome, _ = perform(find("blend", "harmonize"), settings, models, Progress(), image, top=top)
    layer = outcome.layers[0]
    box = np.s_[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width]
    return layer.picture, Picture(top.array[box])


def test_the_engine_computes_what_the_training_saw():
    transforms = np.random.default_rng(1).normal(0, 0.2, (21, 12, 12)).astype(np.float32)
    rgb = np.random.default_rng(2).uniform(-0.1, 1.2, (70, 131, 3)).astype(np.float32)
    change = harmonize.process_output(Picture(rgb), Picture(rgb).box, transforms)
    tensors = [torch.from_numpy(a)[None] for a in (transforms, rgb.transpose(2, 0, 1))]
    assert np.abs(apply_map(*tensors)[0].permute(1, 2, 0).numpy() - change).max() < 1e-5


@pytest.mark.parametrize("number", [np.uint8, np.uint16, np.float32])
def test_the_change_is_added_and_the_alpha_kept(number, monkeypatch):
    monkeypatch.setattr(harmonize, "BLOCK", 17)
    layer, before = blend(*scene(number), brighter(0.1))
    seen = before.array[..., 3] > 0
    assert layer.array.dtype == number
    assert np.array_equal(layer.array[..., 3], before.array[..., 3])
    assert np.array_equal(layer.array[~seen], before.array[~seen])
    assert np.abs(layer.rgb() - before.rgb() - 0.1)[seen].max() < (0.003 if number is np.uint8 else 1e-5)


def test_strength():
    layer, before = blend(*scene(np.uint16), brighter(0.2), strength=50)
    assert abs((layer.rgb() - before.rgb())[before.alpha() > 0].mean() - 0.1) < 1e-4
    layer, before = blend(*scene(np.uint16), brighter(0.2), strength=0)
    assert np.array_equal(layer.array, before.array)


def test_grey_pictures():
    image, top = (Picture(picture.array[..., picture.array.shape[2] - 3 :: 2][..., :1]) for picture in scene())
    alpha = scene()[1].array[..., 3:]
    layer, before = blend(image, Picture(np.concatenate([top.array, alpha], axis=2)), brighter(0.1))
    assert layer.array.shape[2] == 2
    assert np.abs(layer.rgb() - before.rgb() - 0.1)[before.alpha() > 0].max() < 0.01


@pytest.mark.parametrize("size", [(1, 2), (2, 90), (3, 3), (700, 1200)])
def test_every_size(size):
    image = Picture(np.full((*size, 3), 100, np.uint8))
    top = np.full((*size, 4), 120, np.uint8)
    top[..., 3] = 255
    top[:, size[1] // 2 :, 3] = 0
    layer, before = blend(image, Picture(top), brighter(0.1))
    assert layer.array.shape == before.array.shape
    assert np.abs(layer.rgb() - before.rgb() - 0.1).max() < 0.003


def test_a_layer_over_everything_gets_a_sentence():
    image, top = scene()
    opaque = top.array.copy()
    opaque[..., 3] = 255
    with pytest.raises(BadInput, match="hides all"):
        blend(image, Picture(opaque), brighter(0.1))
    transparent = Picture(np.dstack([image.array, top.array[..., 3]]))
    with pytest.raises(BadInput, match="hides all"):
        blend(
            transparent,
            Picture(np.dstack([top.array[..., :3], (top.array[..., 3] > 0) * np.uint8(255)])),
            brighter(0.1),
        )


def test_hidden_colours_do_not_count():
    image, top = scene()
    garbage = top.array.copy()
    garbage[garbage[..., 3] == 0] = [255, 0, 0, 0]
    clean, dirty = (harmonize.process_input(image, Picture(array), SIZE)[0] for array in (top.array, garbage))
    assert np.abs(clean - dirty).max() < 0.01


def test_better_than_leaving_it():
    """On photos the training never saw."""
    models, ours, plain = Models(), [], []
    photos = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    for number, photo in enumerate(photos):
        rng = np.random.default_rng(number)
        small = cv2.resize(photo, (320, 240), interpolation=cv2.INTER_AREA)
        mask = region(small, rng) > 0.5
        for change in KINDS.values():
            pasted = change(small, cv2.resize(photos[number - 1], (320, 240)), rng)
            result = harmonized(small, pasted, mask, models, "auto")
            ours.append(np.square(result[mask].astype(float) - small[mask]).mean())
            plain.append(np.square(pasted[mask].astype(float) - small[mask]).mean())
    assert np.mean(ours) < 0.8 * np.mean(plain)


def test_regions_and_changes():
    photo = cv2.resize(data.coffee(), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    shares = [region(photo, np.random.default_rng(seed)).mean() for seed in range(20)]
    assert min(shares) > 0.04 and max(shares) < 0.62
    pictures = torch.rand(8, 3, 16, 16)
    changed = [disturb(pictures, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*changed)
    assert (changed[0] - pictures).abs().mean() > 0.05


def test_training_leaves_a_model_that_can_be_shipped_and_trained_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    for number, photo in enumerate([data.coffee(), data.chelsea()]):
        Image.fromarray(photo).save(tmp_path / f"pictures/{number}.png")
    monkeypatch.setattr(train, "BATCH", 2)
    words = ["train", str(tmp_path / "pictures"), "--threads", "1"]
    monkeypatch.setattr(sys, "argv", [*words, "--steps", "2"])
    train.main()
    model, facts = trained("harmonize", Harmonize())
    assert facts["steps"] == 2
    inputs = {"image": torch.rand(1, 3, SIZE, SIZE), "mask": torch.rand(1, 1, SIZE, SIZE).round()}
    export_model(model, inputs, ["transforms"], tmp_path / "m.onnx", {})
    again = Harmonize()
    load_weights(again, tmp_path / "m.onnx")
    assert torch.allclose(again(*inputs.values()), model(*inputs.values()), atol=2e-3)
    monkeypatch.setattr(sys, "argv", [*words, "--steps", "1", "--fresh", "--start", str(tmp_path / "m.onnx")])
    train.main()
