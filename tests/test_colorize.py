"""enhance colorize: dabs of colour spread over a grey photo, alone and over what a network says."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from gesso import batch, cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine import files
from gesso.engine.cards import Card, Port
from gesso.engine.enhance import colorize
from gesso.engine.enhance.spread import along_edges, smooth_rows, spread
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.colorize.evaluate import colorized, colourfulness, dabs
from export.tone.evaluate import error

GREEN = (110, 140, 110, 255)


class Fixed(Models):
    """A network that makes the left half reddish, the right half bluish."""

    def __init__(self):
        super().__init__()
        ports, outputs = (Port("image", "image"),), (Port("ab", "ab"),)
        self.card = Card("fixed", "colorize", Path("fixed.onnx"), "", "", "", tile=64, inputs=ports, outputs=outputs)

    def has(self, role):
        return True

    def network(self, role, name="auto"):
        return self

    def run(self, inputs, progress):
        ab = np.zeros((1, 2, *inputs["image"].shape[2:]), np.float32)
        middle = ab.shape[3] // 2
        ab[:, 0, :, :middle], ab[:, 1, :, middle:] = 30, -30
        return {"ab": ab}


class Bare(Models):
    """No network at all."""

    def has(self, role):
        return False


def coloured(array, models=None, mask=None, **others):
    others = {name: Picture(one) for name, one in others.items()}
    image, action = Picture(array), find("enhance", "colorize")
    return perform(action, {}, models or Fixed(), Progress(), image, mask, others=others)[0].layers[0]


def grey(number=np.uint8, height=90, width=140, channels=3):
    full = np.iinfo(number).max if np.dtype(number).kind == "u" else 1
    light = np.random.default_rng(0).uniform(0.3, 0.7, (height, width, 1))
    return (np.tile(light, channels) * full).astype(number)


@pytest.mark.parametrize("number", [np.uint8, np.uint16, np.float32])
def test_lightness_and_alpha_stay_at_every_depth(number):
    before = grey(number, channels=4)
    after = coloured(before).picture
    assert after.array.dtype == number and np.array_equal(after.array[..., 3], before[..., 3])
    one, other = (colorize.lab(Picture(array).rgb()) for array in (before, after.array))
    assert np.abs(one[..., 0] - other[..., 0]).max() < 0.5
    assert np.abs(other[:, :60, 1] - 30).max() < 2 and np.abs(other[:, 80:, 2] + 30).max() < 2


def test_colours_stop_at_edges():
    """A bright and a dark half: between the cells' centres each pixel takes the colour of its own half."""
    light = np.full((96, 96), 20, np.float32)
    light[:, 50:] = 80
    cells = cv2.resize(light, (16, 16), interpolation=cv2.INTER_AREA)
    small = np.where(cells > 50, 40, -40).astype(np.float32)[..., None]
    full = Box(0, 0, 96, 96)
    made = along_edges(small, cells, light, full, full)[..., 0]
    assert made[40, 49] < -35 and made[40, 52] > 35
    part = Box(31, 17, 40, 30)
    assert np.array_equal(along_edges(small, cells, light[part.slices], part, full)[..., 0], made[part.slices])


def test_rows_are_solved():
    random = np.random.default_rng(0)
    values, alike = random.normal(size=(3, 9, 2)), random.uniform(0, 50, (3, 8))
    made = smooth_rows(values, alike)
    for row in range(3):
        matrix = np.eye(9)
        for x, weight in enumerate(alike[row]):
            matrix[np.ix_([x, x + 1], [x, x + 1])] += weight * np.array([[1, -1], [-1, 1]])
        assert np.allclose(matrix @ made[row], values[row])


def test_a_dab_colours_its_half():
    """Two halves of different lightness, a dab in each."""
    light = np.full((60, 90), 30.0)
    light[:, 45:] = 70
    values, known = np.zeros((60, 90, 1)), np.zeros((60, 90))
    values[10:14, 10:14], values[50:54, 80:84] = -40, 40
    known[values[..., 0] != 0] = 1
    made = spread(values, known, light)[..., 0]
    assert made[:, :44].max() < -35 and made[:, 46:].min() > 35


def test_a_grey_photo_is_coloured_by_dabs_alone():
    hints = np.zeros((90, 140, 4), np.uint8)
    hints[20:40, 30:60] = GREEN
    made = colorize.lab(coloured(grey(), Bare(), hints=hints).picture.rgb())[..., 1:]
    wanted = colorize.lab(np.array(GREEN[:3]).reshape(1, 1, 3) / 255)[0, 0, 1:]
    assert np.abs(made - wanted).max() < 3


def test_nothing_that_says_a_colour_gets_a_sentence():
    with pytest.raises(BadInput, match="Nothing says which colors to use. Dab a few"):
        coloured(grey(), Bare())
    with pytest.raises(BadInput, match="The layer of hints is empty where the picture is"):
        coloured(grey(), hints=np.zeros((90, 140, 4), np.uint8))


def test_hints_correct_a_network():
    hints = np.zeros((90, 140, 4), np.uint8)
    hints[20:40, 100:130] = GREEN
    made = colorize.lab(coloured(grey(), hints=hints).picture.rgb())[..., 1:]
    wanted = colorize.lab(np.array(GREEN[:3]).reshape(1, 1, 3) / 255)[0, 0, 1:]
    assert np.abs(made[20:40, 100:130] - wanted).max() < 2
    assert np.abs(made[60:, 100:] - wanted).max() < 8, "the rest of that half follows"


def test_hints_belong_to_what_is_selected():
    hints, mask = np.zeros((90, 140, 4), np.uint8), np.zeros((90, 140), np.float32)
    hints[20:40, 30:60] = GREEN
    mask[20:40, 30:60] = 1
    made = coloured(grey(), mask=mask, hints=hints)
    a, b = colorize.lab(made.picture.rgb())[25 - made.y, 40 - made.x, 1:]
    assert a < -10 and b > 5, "not the green that was painted there"


def test_hints_of_another_size_get_a_sentence():
    with pytest.raises(BadInput, match="hints is of .* and the picture of"):
        coloured(grey(), hints=np.zeros((80, 140, 4), np.uint8))


def test_the_command_takes_hints(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "Models", Fixed)
    hints = np.zeros((90, 140, 4), np.uint8)
    hints[20:40, 30:60] = GREEN
    for folder in ("in", "dabs"):
        (tmp_path / folder).mkdir()
    files.write(tmp_path / "in/a.png", Picture(grey()))
    files.write(tmp_path / "dabs/a.png", Picture(hints))
    words = ["enhance", "colorize", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    assert cli.main([*words, "--hints", str(tmp_path / "dabs")]) == 0
    made = files.read(tmp_path / "out/a.png").picture.array[30, 40].astype(int)
    assert made[1] > made[0] + 15 and made[1] > made[2] + 15


def test_better_than_grey_with_hints():
    plain, hinted, lively = [], [], []
    for number, photo in enumerate([data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]):
        truth = cv2.resize(photo, (320, 240), interpolation=cv2.INTER_AREA)
        before = (255 * colorize.without_colour(truth / 255)).round().astype(np.uint8)
        made = colorized(before, Bare(), "auto", dabs(truth, np.random.default_rng(number)))
        plain.append(error(before, truth))
        hinted.append(error(made, truth))
        lively.append(colourfulness(made) / colourfulness(truth))
    assert np.mean(hinted) < 0.7 * np.mean(plain)
    assert np.mean(lively) > 0.5
