"""generate texture: it wraps around, repeats by seed, comes in any size; its training runs."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gesso.contract.actions import find
from gesso.contract.errors import BadSetting
from gesso.engine.bank import paint, quilted
from gesso.engine.cards import read_card
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network
from PIL import Image
from torch.nn import functional as F

import export.texture.train
from export.card import write_card
from export.texture.evaluate import seam
from export.texture.model import BANK, CHANNELS, PATCH, TextureBank
from export.texture.release import PORTS, save_graph

ACTION = find("generate", "texture")
LEARNT = ["stone", "brick"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bank of two textures: soft stripes and soft spots."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    bank = TextureBank(len(LEARNT), side=96, width=8)
    stripes = 0.5 + 0.3 * torch.sin(torch.arange(96) / 96 * 12 * torch.pi).repeat(3, 96, 1)
    spots = F.avg_pool2d(F.pad(torch.rand(1, 3, 96, 96), (12, 12, 12, 12), mode="circular"), 25, 1)[0]
    bank.begin(torch.stack([stripes, 0.5 + 0.2 * (spots - spots.mean()) / spots.std()]))
    save_graph(bank, folder / "texture.onnx")
    model = {"role": "texture", "licence": "CC0-1.0", "summary": "A test", "default": True}
    model |= {"scale": PATCH, "tile": 256, "halo": len(bank.layers)}
    write_card(folder / "texture.onnx", words=LEARNT, model=model, **PORTS, map={"channels": CHANNELS})
    return folder


@pytest.fixture
def installed(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GESSO_MODELS", str(shelf))
    return shelf


def generate(seed: int, width: int = 144, height: int = 132, kind: str = "stone") -> np.ndarray:
    settings = {"kind": kind, "seed": seed, "width": width, "height": height}
    outcome, record = perform(ACTION, settings, Models(), Progress())
    assert record["settings"]["seed"] == seed
    return outcome.layers[0].picture.array


def test_quilt_without_choice_is_the_exemplar_itself() -> None:
    flat = np.full((24, 24, 2), 0.3, np.float32)
    np.testing.assert_array_equal(quilted(flat, 40, 57, 1, Progress()), np.full((40, 57, 2), 0.3, np.float32))


def test_quilt_uses_only_what_it_was_given() -> None:
    exemplar = np.random.default_rng(0).permutation(32 * 32).reshape(32, 32, 1).astype(np.float32)
    made = quilted(exemplar, 50, 37, 2, Progress())
    right = np.roll(exemplar, -1, 1)[
        exemplar[..., 0].argsort(axis=None) // 32, exemplar[..., 0].argsort(axis=None) % 32
    ]
    together = np.roll(made, -1, 1)[..., 0] == right[made[..., 0].astype(int), 0]
    assert together.mean() > 0.8  # whole pieces, also across the wrap-around
    assert together[:, -1].mean() > 0.6


@pytest.mark.parametrize("size", [(16, 40), (64, 200)])
def test_small_sizes(installed: Path, size: tuple[int, int]) -> None:
    assert generate(3, *size).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(144, 132), (150, 131)])
def test_no_seam(installed: Path, size: tuple[int, int]) -> None:
    made = generate(3, *size, kind="brick")
    assert made.shape == (size[1], size[0], 3)
    assert seam(made) < 1.5  # few pixels lie along the rim of these sizes
    assert seam(made[:-20, :-20]) > 2  # as it would be without the torus


def test_tiles_make_the_whole(installed: Path) -> None:
    network = Network.load(read_card(installed / "texture.toml"))
    pieces = Network.load(dataclasses.replace(network.card, tile=24))
    words = np.array([[0, 1]], np.float32)
    latent = np.random.default_rng(1).standard_normal((45, 61, CHANNELS), np.float32)
    whole, tiled = (paint(net, words, latent, Progress()) for net in (network, pieces))
    np.testing.assert_allclose(tiled, whole, atol=1)  # 8-bit steps
    shifted = paint(network, words, np.roll(latent, (10, 20), (0, 1)), Progress())
    np.testing.assert_allclose(shifted, np.roll(whole, (40, 80), (0, 1)), atol=1)


def test_seed_repeats_and_decides(installed: Path) -> None:
    assert np.array_equal(generate(5), generate(5))
    assert not np.array_equal(generate(5), generate(6))
    assert not np.array_equal(generate(5), generate(5, kind="brick"))


def test_unknown_kind_lists_the_bank(installed: Path) -> None:
    with pytest.raises(BadSetting, match="It has: stone, brick"):
        generate(1, kind="marble")


def test_choices_are_the_trained_bank() -> None:
    assert [value for value, _ in ACTION.params[0].options] == list(BANK)


def test_training_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(BANK.values()):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("export.texture.model.SIDE", 32)
    monkeypatch.setattr(sys, "argv", ["train", str(tmp_path), "--steps", "2", "--threads", "1"])
    export.texture.train.main()
    assert torch.load(".work/texture.pt", weights_only=True)["steps"] == 2
