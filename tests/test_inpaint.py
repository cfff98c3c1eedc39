"""inpaint fill: what is outside the hole is never touched, and every hole gets filled."""

import itertools

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput, BadSetting, Cancelled
from gesso.contract.geometry import Box
from gesso.contract.params import Seed
from gesso.engine.image import Picture
from gesso.engine.inpaint.crops import fill_crops
from gesso.engine.inpaint.windows import levels, windows
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

from export.inpaint.masks import evaluation_hole
from export.inpaint.measures import hole_psnr

FILL = find("inpaint", "fill")
METHODS = ("network", "classical")


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def fill(picture: Picture, hole: np.ndarray, models: Models, method: str = "network", seed: int = 1) -> np.ndarray:
    """The whole picture with its hole filled by the engine."""
    mask = hole.astype(np.float32)
    made, _ = perform(FILL, {"method": method, "seed": seed}, models, Progress(), picture, mask)
    layer, result = made.layers[0], picture.array.copy()
    patch = layer.picture.array
    result[layer.y : layer.y + patch.shape[0], layer.x : layer.x + patch.shape[1]] = patch
    return result


def disc(height: int, width: int, radius: int, y: int | None = None, x: int | None = None) -> np.ndarray:
    centre = (width // 2 if x is None else x, height // 2 if y is None else y)
    return cv2.circle(np.zeros((height, width), np.uint8), centre, radius, 1, -1) > 0


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("curve", ["perceptual", "linear"])
def test_outside_the_hole_not_one_bit_changes(channels, kind, curve, models):
    random = np.random.default_rng(0)
    if np.dtype(kind).kind == "u":
        array = random.integers(0, np.iinfo(kind).max, (70, 90, channels), kind, endpoint=True)
    else:
        array = random.normal(0.5, 1, (70, 90, channels)).astype(kind)
        array[0, 0, 0] = np.nan
    hole = disc(70, 90, 15)
    result = fill(Picture(array, curve), hole, models)
    assert result.dtype == kind
    assert result[~hole].tobytes() == array[~hole].tobytes()
    assert np.isfinite(result[hole]).all()
    assert (result[hole] != array[hole]).any(axis=1).mean() > 0.9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", ["medium", "thick"])
def test_better_than_navier_stokes(method, shape, models):
    gains = []
    for number, truth in enumerate((data.chelsea(), data.coffee(), data.astronaut(), data.rocket())):
        hole = evaluation_hole(truth.shape[0], truth.shape[1], shape, number)
        stokes = cv2.inpaint(truth, hole.astype(np.uint8), 3, cv2.INPAINT_NS)
        gains.append(
            hole_psnr(fill(Picture(truth), hole, models, method), truth, hole) - hole_psnr(stokes, truth, hole)
        )
    assert np.mean(gains) > 0.3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("radius", [0, 2, 20, 60, 140])
def test_a_ramp_is_continued_without_a_step(method, radius, models):
    """Nothing but a plain slope is known: every size of hole must continue it, across the picture's border too."""
    slope = np.linspace(0.2, 0.8, 320, dtype=np.float32)
    array = np.broadcast_to(slope[None, :, None], (300, 320, 3)).copy()
    for y in (150, 10):
        hole = disc(300, 320, radius, y)
        result = fill(Picture(array), hole, models, method)
        assert np.abs(result - array).max() < (0.03 if y == 150 and radius < 100 else 0.15)


def rim_step(picture: np.ndarray, hole: np.ndarray) -> float:
    """Mean difference between neighbours of which one is in the hole."""
    steps = []
    for axis in (0, 1):
        across = np.diff(hole.astype(int), axis=axis) != 0
        steps.append(np.abs(np.diff(picture.astype(float), axis=axis)).mean(axis=2)[across])
    return float(np.concatenate(steps).mean())


@pytest.mark.parametrize("method", METHODS)
def test_no_step_at_the_rim(method, models):
    ratios = []
    for truth in (data.chelsea(), data.coffee(), data.astronaut(), data.rocket()):
        for radius in (15, 40, 80):
            hole = disc(*truth.shape[:2], radius)
            ratios.append(rim_step(fill(Picture(truth), hole, models, method), hole) / rim_step(truth, hole))
    assert np.mean(ratios) < 1.2


def test_a_feathered_mask_is_filled_wherever_it_is_above_zero(models):
    array = data.chelsea()[:120, :120]
    mask = cv2.GaussianBlur(disc(120, 120, 20).astype(np.float32), (0, 0), 4)
    made, _ = perform(FILL, {"seed": 1}, models, Progress(), Picture(array), mask)
    layer = made.layers[0]
    inside = mask[layer.y :, layer.x :][: layer.picture.height, : layer.picture.width] > 0
    assert np.count_nonzero(inside) == np.count_nonzero(mask > 0)
    original = array[layer.y :, layer.x :][: layer.picture.height, : layer.picture.width]
    assert (layer.picture.array[~inside] == original[~inside]).all()


def test_what_is_transparent_is_not_looked_at(models):
    array = np.full((80, 80, 4), 200, np.uint8)
    array[:, :30] = (255, 0, 0, 0)  # red that nobody sees
    array[30:50, 30:50] = 0  # erased
    hole = np.zeros((80, 80), bool)
    hole[30:50, 30:50] = True
    result = fill(Picture(array), hole, models, "classical")[hole]
    assert np.abs(result[:, :3].astype(int) - 200).max() <= 1
    assert result[:, 3].max() == 255 or result[:, 3].max() == 200


def test_an_opaque_picture_stays_opaque(models):
    array = np.ones((200, 200, 4), np.float32)
    for radius in (2, 20, 90):
        assert (fill(Picture(array), disc(200, 200, radius), models)[..., 3] == 1).all()


def test_the_seed_decides_the_grain(models):
    picture = Picture(data.coffee())
    hole = disc(400, 600, 40)
    assert (fill(picture, hole, models, seed=1) == fill(picture, hole, models, seed=1)).all()
    assert (fill(picture, hole, models, seed=1) != fill(picture, hole, models, seed=2)).any()


def test_the_hole_gets_the_texture_of_its_surroundings(models):
    """Grass stays as rough as it was, which the smooth fill cannot."""
    truth = data.grass()[..., None].repeat(3, axis=2)
    hole = disc(*truth.shape[:2], 60)
    rough = {
        method: cv2.Laplacian(fill(Picture(truth), hole, models, method), cv2.CV_32F)[hole].std() for method in METHODS
    }
    real = cv2.Laplacian(truth, cv2.CV_32F)[hole].std()
    assert 0.7 * real < rough["network"] < 1.2 * real
    assert rough["classical"] < 0.5 * real


def brushed(height: int, width: int, across: float, down: float, seed: int) -> np.ndarray:
    """HxW: noise smeared so many pixels across and down."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=across, sigmaY=down)
    return 128 + 40 * noise / noise.std()


def test_of_textures_alike_from_afar_the_nearer_one_is_taken(models):
    """Boards, and 70 pixels above the hole others, upright, of the same colour and roughness."""
    upright, level = brushed(150, 320, 0.6, 6, 0), brushed(250, 320, 6, 0.6, 1)
    truth = np.concatenate([upright, level]).clip(0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    hole = np.zeros(truth.shape[:2], bool)
    hole[220:340, 100:220] = True
    for seed in (1, 2, 3):
        filled = fill(Picture(truth), hole, models, seed=seed)[240:320, 120:200].astype(float)
        across, down = (np.abs(np.diff(filled, axis=axis)).mean() for axis in (1, 0))
        assert across < 0.18 * down  # the truth's is 0.11; 1 would be as much of either


def test_candidates_differ_and_each_can_be_made_alone(models):
    mask = disc(300, 451, 40).astype(np.float32)

    def layers(**settings):
        return perform(FILL, settings, models, Progress(), Picture(data.chelsea()), mask)[0].layers

    three = layers(seed=Seed.high - 1, candidates=3)
    assert layers(candidates=1)[0].settings["seed"] < Seed.drawn  # a best guess
    assert len({layer.picture.array.tobytes() for layer in three}) == 3
    for layer in three:
        (alone,) = layers(**layer.settings)
        assert (alone.picture.array == layer.picture.array).all()


def test_candidates_differ_in_more_than_grain(models):
    """Seen from afar, they are farther from the best guess than that is with other seeds."""
    apart = {1: 0.0, Seed.drawn: 0.0}
    pictures = data.chelsea(), data.coffee(), data.astronaut(), data.rocket()
    for picture, radius in itertools.product(pictures, (60, 80)):
        hole = disc(*picture.shape[:2], radius)
        best = fill(Picture(picture), hole, models, seed=5)
        for step in apart:
            away = fill(Picture(picture), hole, models, seed=5 + step).astype(np.float32) - best
            apart[step] += float(np.square(cv2.GaussianBlur(away, (0, 0), 8)[hole]).mean() ** 0.5)
    assert apart[Seed.drawn] > 1.3 * apart[1]


def test_fills_that_are_the_same_are_one_candidate(models):
    hairline = np.zeros((300, 451), np.float32)
    hairline[100:102, 50:200] = 1
    made, _ = perform(FILL, {"candidates": 4}, models, Progress(), Picture(data.chelsea()), hairline)
    assert len(made.layers) == 1
    with pytest.raises(BadSetting, match="one answer only"):
        perform(FILL, {"candidates": 2, "method": "classical"}, models, Progress(), Picture(data.chelsea()), hairline)


def test_refuses_a_selection_of_everything(models):
    with pytest.raises(BadInput, match="Select less"):
        fill(Picture(data.chelsea()), np.ones((300, 451), bool), models)
    with pytest.raises(BadInput, match="Nothing is selected"):
        fill(Picture(data.chelsea()), np.zeros((300, 451), bool), models)


def test_cancel(models):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        perform(FILL, {}, models, progress, Picture(data.chelsea()), disc(300, 451, 40).astype(np.float32))


def test_all_but_one_pixel(models):
    array = np.full((200, 300, 3), 40, np.uint8)
    hole = np.ones((200, 300), bool)
    hole[120, 7] = False
    result = fill(Picture(array), hole, models, "classical")
    assert (result == 40).all()


def test_a_network_of_others_fills_a_long_strip():
    strip = np.full((3, 1000, 3), 100, np.uint8)
    hole = np.zeros((3, 1000), bool)
    hole[:, 200:700] = True
    filled = fill_crops(Picture(strip), hole, 64, lambda rgb, gone, progress: rgb, Progress())
    np.testing.assert_array_equal(filled, strip[:, 200:700])


def test_a_wide_hole_is_fitted_to_all_of_its_rim():
    """It is brought to full size in parts, the middle ones of which touch little of the rim or none."""
    strip = np.random.default_rng(1).integers(0, 120, (300, 3000, 3)).astype(np.uint8)
    strip[:, 1500:] += 120
    hole = np.zeros((300, 3000), bool)
    hole[:250, 200:2800] = True
    filled = fill_crops(Picture(strip), hole, 256, lambda rgb, gone, progress: 0 * rgb + 0.5, Progress())
    steps = abs(np.diff(filled[:200, :, 0].astype(float), axis=1)).mean(0)
    assert steps[[1023, 2047]].max() < 0.5, "a seam"
    assert abs(filled[:200, [20, -20], 0].mean(0) - (60, 180)).max() < 15


def test_windows_cover_each_pixel_once():
    random = np.random.default_rng(0)
    hole = random.random((1500, 900)) > 0.999
    for radius, y, x in ((8, 300, 300), (60, 1000, 400), (200, 1300, 800)):
        hole |= disc(1500, 900, radius, y, x)
    level_of = levels(hole, hole)
    assert set(np.unique(level_of)) == {0, 1, 2, 5, 7}
    filled = np.zeros(hole.shape, int)
    for window in windows(level_of):
        assert window.seen.clip(Box(0, 0, 900, 1500)) == window.seen
        assert window.kept.clip(window.seen) == window.kept
        filled[window.kept.slices] += level_of[window.kept.slices] == window.level
    assert (filled == hole).all()


def test_every_window_sees_something_known():
    """However far the rim is: nearly nothing of a long picture is known, at its one end."""
    hole = np.arange(14000)[None, :] > np.full((200, 1), 9)
    for window in windows(levels(hole, hole)):
        assert not hole[window.seen.slices].all()


def test_pieces_far_apart_are_small_windows_of_their_own():
    """What is looked at grows with the pieces, not with the picture."""
    hole = np.zeros((3000, 4000), bool)
    y, x = np.mgrid[40:2960:200, 40:3960:200]
    for at in zip(y.flat, x.flat, strict=True):
        hole[at[0] : at[0] + 9, at[1] : at[1] + 9] = True
    plan = list(windows(levels(hole, hole)))
    assert len(plan) == y.size
    assert sum(window.seen.width * window.seen.height for window in plan) <= 64 * 64 * y.size


def test_each_piece_of_a_hole_is_filled_by_one_crop():
    """A long piece between two specks, which share a crop whose box holds a part of it."""
    hole = np.zeros((200, 200), bool)
    hole[80:85, :150] = hole[70:73, 70:73] = hole[96:99, 96:99] = True
    levels = iter((0.2, 0.4, 0.6, 0.8))

    def fill(rgb, gone, progress):
        return np.full_like(rgb, next(levels))

    filled = fill_crops(Picture(np.zeros((200, 200, 3), np.uint8)), hole, 200, fill, Progress())
    assert (filled[10:15] == 51).all() and (filled[:3, 70:73] == 102).all() and filled.max() == 102


def test_what_is_painted_from_words_can_be_seen_and_what_goes_on_may_be_clear():
    clear = Picture(np.zeros((40, 60, 4), np.uint8))
    clear.array[10:30, 10:50] = 90, 120, 60, 255
    hole = np.zeros((40, 60), bool)
    hole[:, 50:] = True
    for opaque in (True, False):
        made = fill_crops(clear, hole, 64, lambda rgb, gone, progress: rgb, Progress(), opaque)
        assert (made[..., 3] == 255).all() == opaque
