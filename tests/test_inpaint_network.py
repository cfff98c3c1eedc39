"""The network that lays out holes (export/inpaint): what it learns from, what it looks at, two steps of training."""

import cv2
import numpy as np
import pytest
import torch
from gesso.engine.membrane import fill_membrane

from export.inpaint.masks import WIDTHS, evaluation_hole, training_hole
from export.inpaint.model import LINES, Structure, first_met
from export.inpaint.train import main as train


@pytest.mark.parametrize("kind", WIDTHS)
def test_evaluation_holes_are_fixed(kind):
    hole = evaluation_hole(300, 500, kind, 3)
    assert (hole == evaluation_hole(300, 500, kind, 3)).all()
    assert (hole != evaluation_hole(300, 500, kind, 4)).any()
    assert 0.02 < hole.mean() < 0.6
    thickness = 2 * cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max()
    assert thickness >= WIDTHS[kind][0] - 1


def test_two_steps_of_training(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    random = np.random.default_rng(0)
    for name in "abcdefghijklmnopqrstuvwxyz":
        cv2.imwrite(str(pictures / f"{name * 3}.png"), random.integers(0, 256, (90, 140, 3), dtype=np.uint8))
    train([str(pictures), "--steps", "2", "--threads", "1"])
    assert "step 2" in capsys.readouterr().out
    assert (tmp_path / ".work" / "inpaint-structure.pt").exists()
    assert 0.04 < training_hole(64, random).mean() < 0.6


def test_an_untrained_network_is_between_the_membrane_and_the_lines():
    """A straight edge under a hole: the lines continue it, the membrane does not."""
    edge = torch.ones(1, 3, 48, 48) * (torch.arange(48) > 23)
    mask = torch.zeros(1, 1, 48, 48)
    mask[..., 18:30, 10:38] = 1
    membrane = fill_membrane(edge[0].permute(1, 2, 0).numpy(), mask[0, 0].numpy() > 0)
    image = torch.from_numpy(membrane).permute(2, 0, 1)[None]
    with torch.no_grad():
        result = Structure()(image, mask)
    assert torch.equal(result * (1 - mask), image * (1 - mask))
    assert (result - edge).abs().sum() < 0.7 * (image - edge).abs().sum()


def test_scores_as_large_as_trained_heads_give_stay_finite():
    """exp(88) is the largest that fp32 holds; a trained head was seen to give 461."""
    network, mask = Structure(), torch.zeros(1, 1, 32, 32)
    mask[..., 8:24, 8:24] = 1
    with torch.no_grad():
        network.head.bias[: len(LINES)] = 500
        result = network(torch.rand(1, 3, 32, 32), mask)
    assert ((result > -0.01) & (result < 1.01)).all()


@pytest.mark.parametrize("rows, columns", LINES)
def test_the_first_pixel_met(rows, columns):
    """Against a walk, pixel by pixel."""
    torch.manual_seed(0)
    image, known = torch.rand(1, 3, 32, 40), (torch.rand(1, 1, 32, 40) > 0.8).float()
    found = first_met(image, known, rows, columns)[0]
    for y in range(32):
        for x in range(40):
            at, steps = (y, x), 0
            while 0 <= at[0] < 32 and 0 <= at[1] < 40 and not known[0, 0, at[0], at[1]]:
                at, steps = (at[0] - rows, at[1] - columns), steps + 1
            if 0 <= at[0] < 32 and 0 <= at[1] < 40:
                assert torch.equal(found[:3, y, x], image[0, :, at[0], at[1]]) and found[3, y, x] == 1
                assert found[4, y, x] == pytest.approx(steps * np.hypot(rows, columns), abs=1e-3)
            else:
                assert not found[:, y, x].any()
