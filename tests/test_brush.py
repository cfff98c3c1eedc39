"""Words painted over a picture, into a hole and into margins: what is known stays, words and seed decide the rest."""

import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.convert.small import resized
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.layouts import Layouts
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

MODELS = Models()
PHOTO = resized(data.coffee(), 120, 80)
SMALL = PHOTO.astype(np.float32) / 255
HOLE = np.zeros((80, 120), np.float32)
HOLE[:40, 30:90] = 1


def layouts(words: str, guidance: float = 2.0) -> Layouts:
    return Layouts(MODELS, words, guidance, needed=False)


def act(menu: str, name: str, array: np.ndarray, mask: np.ndarray | None = None, **settings):
    told = {"seed": 3, **settings}
    return perform(find(menu, name), told, MODELS, Progress(), Picture(array), mask)[0].layers


def change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(after.astype(float) - before).mean())


def test_a_layout_goes_any_part_of_the_way():
    sea = layouts("sea, blue")
    near, middle, far = (sea.like(SMALL, strength, 3, Progress()) for strength in (0.0, 0.6, 1.0))
    assert change(resized(SMALL, 32, 32), near) < 0.08
    assert change(near, middle) > 0.02
    assert np.allclose(far, sea.fresh(sea.noise(3), Progress())[0], atol=1e-4)


def test_a_layout_goes_on_with_what_is_known():
    gone = resized(HOLE, 32, 32) > 0.5

    def around(words: str, *seeds: int) -> np.ndarray:
        made = layouts(words, 3.0)
        return made.around(SMALL, HOLE, np.concatenate([made.noise(seed) for seed in seeds]), 3, Progress())

    ((blue,), (red, other)) = around("sky, blue", 3), around("tulip, red", 3, 4)
    assert change(red[gone], other[gone]) > 0.05
    assert change(resized(SMALL, 32, 32)[~gone], blue[~gone]) < 0.09
    red_less, _, blue_more = (blue - red)[gone].mean(0)
    assert blue_more - red_less > 0.25


def test_a_variation_goes_as_far_as_it_is_told():
    made = {strength: act("generate", "vary", PHOTO, strength=strength)[0].picture.array for strength in (20, 50, 90)}
    far = [change(PHOTO, array) for array in made.values()]
    assert far == sorted(far) and far[0] > 2
    assert change(made[90], act("generate", "vary", PHOTO, strength=90, words="sea, blue")[0].picture.array) > 5


def test_a_variation_keeps_depth_and_alpha():
    deep = np.dstack([PHOTO.astype(np.uint16) * 257, np.full((80, 120), 40000, np.uint16)])
    made = act("generate", "vary", deep)[0].picture.array
    assert made.dtype == np.uint16 and (made[..., 3] == 40000).all() and len(np.unique(made[..., :3])) > 256


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (70, 3)])
def test_any_shape_is_varied(shape):
    assert act("generate", "vary", np.full((*shape, 3), 90, np.uint8))[0].picture.array.shape == (*shape, 3)


def test_a_hole_is_painted_and_nothing_else():
    first, second = act("inpaint", "paint", PHOTO, HOLE, words="sky, blue", candidates=2)
    part = np.s_[first.y : first.y + first.picture.height, first.x : first.x + first.picture.width]
    inside = HOLE[part] > 0
    assert np.array_equal(first.picture.array[~inside], PHOTO[part][~inside])
    assert change(first.picture.array[inside], PHOTO[part][inside]) > 10
    (alone,) = act("inpaint", "paint", PHOTO, HOLE, words="sky, blue", seed=4)
    assert np.array_equal(second.picture.array, alone.picture.array)
    assert not np.array_equal(second.picture.array, first.picture.array)


def test_margins_are_painted():
    (layer,) = act("generate", "surround", PHOTO, words="sea", left=20)
    assert (layer.x, layer.picture.width, layer.picture.height) == (-20, 20, 80)
    rim = layer.picture.array[:, -2:].astype(float).mean() - PHOTO[:, :2].mean()
    assert abs(rim) < 12  # it is toned to what is beside it


@pytest.mark.parametrize("settings", [{"words": " "}, {"words": "dragon"}])
def test_what_is_not_known_is_said(settings):
    with pytest.raises(BadInput, match="Known are: sky"):
        act("inpaint", "paint", PHOTO, HOLE, **settings)


def test_a_hole_needs_surroundings():
    with pytest.raises(BadInput, match="leaves nothing"):
        act("inpaint", "paint", PHOTO, np.ones_like(HOLE))
