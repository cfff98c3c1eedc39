"""Detail over a sketch: any size, by seed and words; flow and GAN learn from the shipped autoencoder's latents."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gesso.engine.painter import Painter, grid, middle
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image
from skimage import data
from torch import nn

import export.flow.crops
import export.flow.train
import export.gan.train
from export.card import write_card
from export.flow.model import Painter as Net
from export.flow.release import example, save_graph, sections
from export.to_onnx import load_weights
from export.training import trained

SHIPPED = Path(__file__).parents[1] / "models"
SKETCH = data.coffee()[::16, ::20].astype(np.float32) / 255


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The shipped models, but for a painter of random weights in few steps."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("vae-decoder", "denoise-fast", "upscale-x2"):
        for ending in (".onnx", ".toml"):
            shutil.copy(SHIPPED / f"{name}{ending}", folder)
    torch.manual_seed(0)
    net = Net(width=16, wide=16, code=16)
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.1)
    save_graph(net, folder / "flow.onnx")
    card = sections({"steps": 1})
    write_card(folder / "flow.onnx", **{**card, "flow": {"steps": 2, "channels": 8}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GESSO_MODELS", str(folder))
        yield Models()


def paint(models, words=("sea",), size=(48, 32), seed=1):
    return Painter(models, list(words)).paint(SKETCH, size, seed, 3.0, Progress())


def test_seed_and_words_decide(models):
    first = paint(models)
    assert first.shape == (32, 48, 3) and first.min() >= 0 and first.max() <= 1
    assert np.array_equal(first, paint(models))
    assert not np.array_equal(first, paint(models, seed=2))
    assert not np.array_equal(first, paint(models, words=("rose", "red")))


@pytest.mark.parametrize("size", [(16, 16), (700, 20), (33, 90), (300, 600)])
def test_any_size(models, size):
    assert paint(models, size=size).shape == (size[1], size[0], 3)


def test_latents_come_in_twos_and_keep_the_shape():
    assert grid(512, 512, 256) == (32, 32) and grid(1920, 1080, 256) == (32, 18) and grid(8000, 16, 64) == (8, 2)
    assert middle(SKETCH, 8, 8).shape == (8, 8, 3)


@pytest.mark.parametrize("name", ["flow", "gan"])
def test_training_leaves_a_model_that_can_be_shipped_and_trained_on(tmp_path, monkeypatch, capsys, name):
    rows = ["file\tpack\tuse\tscene\tlight\tpeople\tcaption"]
    for number, caption in enumerate(("tulips", "roses")):
        Image.fromarray(data.coffee()[:, number:]).save(tmp_path / f"{caption}.png")
        rows.append(f"{caption}.png\tflowers\ttrain\t\t\t\t{caption}")
    (tmp_path / "manifest.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    train = getattr(export, name).train
    monkeypatch.setattr(train, "BATCH", 4)
    monkeypatch.setattr(export.flow.crops, "CROPS", 80)
    for steps in ("2", "3"):
        told = ["train", str(tmp_path), "--steps", steps, "--threads", "1", "--models", str(SHIPPED)]
        monkeypatch.setattr(sys, "argv", told)
        train.main()
    assert "resumed at step 2" in capsys.readouterr().out
    net, _ = trained(name, Net())
    save_graph(net, tmp_path / "m.onnx")
    again = Net().eval()
    load_weights(again, tmp_path / "m.onnx")
    inputs = tuple(example(4, 6).values())
    assert torch.allclose(again(*inputs), net(*inputs), atol=0.03)
