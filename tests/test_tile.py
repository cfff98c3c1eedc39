"""generate tile: opposite edges meet, the middle stays as it is to the bit."""

import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import Layer, perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.texture.evaluate import seam

TILE = find("generate", "tile")


def tile(picture: Picture, mask: np.ndarray | None = None, **settings) -> Layer:
    return perform(TILE, {"seed": 1, **settings}, Models(), Progress(), picture, mask)[0].layers[0]


@pytest.mark.parametrize(("kind", "channels"), [(np.uint8, 3), (np.uint16, 4), (np.uint32, 1), (np.float32, 2)])
def test_only_the_band_is_new(kind: type, channels: int) -> None:
    random = np.random.default_rng(0)
    top = np.iinfo(kind).max if np.dtype(kind).kind == "u" else 1
    array = (random.random((60, 81, channels)) * top).astype(kind)
    layer = tile(Picture(array), band=20)
    middle = np.s_[6:-6, 8:-8]
    assert layer.mask.sum() == 60 * 81 - 48 * 65 and not layer.mask[middle].any()
    assert layer.picture.array.dtype == kind and layer.picture.array.shape == array.shape
    assert layer.picture.array[middle].tobytes() == array[middle].tobytes()
    assert (layer.picture.array[layer.mask] != array[layer.mask]).mean() > 0.5


@pytest.mark.parametrize("even", [False, True])
def test_opposite_edges_meet(even: bool) -> None:
    ratios = []
    for photo in (data.chelsea()[:256, :256], data.coffee()[:300, :201], data.astronaut()[100:356, :256]):
        made = tile(Picture(np.ascontiguousarray(photo)), even=even).picture.array
        assert seam(made) < 0.5 * seam(photo)
        ratios.append(seam(made))
        for part in (made[:, 90:110], np.roll(made, 128, 0)[:, -20:]):  # across, where the cross had its ends
            steps = np.abs(np.diff(np.roll(part, 10, 0).astype(float), axis=0)).mean((1, 2))
            assert steps[9] < 3 * np.median(steps)
    assert np.mean(ratios) < 1.1


def test_even_light_takes_a_slope_away_and_keeps_the_detail() -> None:
    detail = np.random.default_rng(0).normal(0, 0.02, (200, 240, 3))
    slope = np.linspace(0.3, 0.7, 240)[None, :, None]
    layer = tile(Picture((slope + detail).astype(np.float32)), even=True)
    assert layer.mask is None
    columns = layer.picture.array.mean((0, 2))
    assert columns[30:-30].max() - columns[30:-30].min() < 0.06  # of 0.3 there
    assert abs(columns.mean() - 0.5) < 0.02
    middle = np.s_[40:-40, 40:-40]
    changed = layer.picture.array[middle] - (slope + detail)[middle]
    assert np.abs(np.diff(changed, axis=0)).max() < 0.005  # smooth: no detail is touched


def test_the_selected_rectangle_is_the_tile() -> None:
    picture, mask = Picture(data.chelsea()), np.zeros((300, 451), np.float32)
    mask[40:140, 50:210] = 1
    layer = tile(picture, mask)
    assert (layer.x, layer.y, layer.picture.width, layer.picture.height) == (50, 40, 160, 100)
    alone = tile(Picture(np.ascontiguousarray(picture.array[40:140, 50:210])))
    assert np.array_equal(alone.picture.array, layer.picture.array)
    mask[60, 60] = 0.5
    with pytest.raises(BadInput, match="no plain rectangle"):
        tile(picture, mask)


def test_what_is_too_small() -> None:
    assert tile(Picture(data.chelsea()[:16, :16]), band=50).picture.width == 16
    for array in (data.chelsea()[:1, :1], data.chelsea()[:15, :40]):
        with pytest.raises(BadInput, match="too small"):
            tile(Picture(array))
