"""generate texture: it wraps around, repeats by seed, comes in any size; its training runs."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from flows import save_flow, small_flow
from gesso.contract.actions import find
from gesso.contract.errors import BadSetting
from gesso.engine.cards import read_card
from gesso.engine.generate.texture import on_torus, resize_torus
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise, network_velocity, sample
from gesso.engine.session import Models, Network
from PIL import Image

import export.texture.train
from export.texture.model import BANK

ACTION = find("generate", "texture")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    save_flow(tmp_path, "texture", ["stone", "brick"], wrap=True, flow={"steps": 3})
    monkeypatch.setenv("GESSO_MODELS", str(tmp_path))
    return tmp_path


def generate(seed: int, width: int = 64, height: int = 48, kind: str = "stone") -> np.ndarray:
    settings = {"kind": kind, "seed": seed, "width": width, "height": height}
    outcome, record = perform(ACTION, settings, Models(), Progress())
    assert record["settings"]["seed"] == seed
    return outcome.layers[0].picture.array


def test_net_lives_on_a_torus() -> None:
    net = small_flow(2, wrap=True)
    latent, time, words = torch.randn(1, 3, 32, 48), torch.tensor([0.4]), torch.eye(2)[:1]
    shifted = net(torch.roll(latent, (8, 16), (2, 3)), time, words)
    torch.testing.assert_close(shifted, torch.roll(net(latent, time, words), (8, 16), (2, 3)))


def test_tiles_make_the_whole(folder: Path) -> None:
    """The net of this test sees 44 px around itself: its halo of 64 px must hide the tiles."""
    network = Network.load(read_card(folder / "texture.toml"))
    small = Network.load(read_card(folder / "texture.toml"))
    object.__setattr__(small.card, "tile", 64)
    noise, words = draw_noise(1, 176, 200), np.array([[0, 1]], np.float32)
    whole, tiled = (
        sample(on_torus(network_velocity(net, words, Progress()), net.card), noise, 2, Progress())
        for net in (network, small)
    )
    np.testing.assert_allclose(tiled, whole, atol=1e-4)


def test_seed_repeats_and_decides(folder: Path) -> None:
    assert np.array_equal(generate(5), generate(5))
    assert not np.array_equal(generate(5), generate(6))
    assert not np.array_equal(generate(5), generate(5, kind="brick"))


@pytest.mark.parametrize(("width", "height"), [(16, 16), (50, 33), (64, 200)])
def test_any_size(folder: Path, width: int, height: int) -> None:
    assert generate(1, width, height).shape == (height, width, 3)


def test_resizing_makes_no_seam() -> None:
    rgb = np.random.default_rng(0).random((64, 64, 3), np.float32)
    shifted = resize_torus(np.roll(rgb, (32, 16), (0, 1)), 48, 32)
    np.testing.assert_allclose(shifted, np.roll(resize_torus(rgb, 48, 32), (16, 12), (0, 1)), atol=1e-5)


def test_unknown_kind_lists_the_bank(folder: Path) -> None:
    with pytest.raises(BadSetting, match="It has: stone, brick"):
        generate(1, kind=next(value for value, _ in ACTION.params[0].options if value not in ("stone", "brick")))


def test_choices_are_the_trained_bank() -> None:
    assert [value for value, _ in ACTION.params[0].options] == list(BANK)


def test_training_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(BANK.values()):
        Image.fromarray(np.full((32, 32, 3), 20 * number, np.uint8)).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("export.texture.model.SIDE", 32)
    monkeypatch.setattr(sys, "argv", ["train", str(tmp_path), "--steps", "2", "--threads", "1"])
    export.texture.train.main()
    assert torch.load(".work/texture.pt", weights_only=True)["steps"] == 2
