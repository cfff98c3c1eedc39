"""Fusing takes the best of each picture, lays them on each other first, and shows what moved only once."""

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.align import find_alignment, movement
from gesso.engine.blend.takes import grey
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.pyramid import collapse, laplacian
from gesso.engine.session import Models
from skimage import data

from export.evaluate import psnr
from export.fuse.evaluate import mef_ssim, mertens, plain_mean
from export.fuse.scenes import STEPS, exposed, focused, hand, intruder, moved

PHOTO = data.astronaut()[:384, :448]


def fuse(stack, **settings):
    layers = tuple(one if isinstance(one, Picture) else Picture(one) for one in stack)
    outcome, record = perform(find("blend", "fuse"), settings, Models(), Progress(), layers=layers)
    return outcome.layers[0], record["notes"]


def test_a_bracket():
    stack = [exposed(PHOTO, stop) for stop in STEPS]
    layer, notes = fuse(stack)
    assert notes["kind"] == "exposures" and layer.name == "Fused exposures"
    score = mef_ssim(layer.picture.array, stack)
    assert score > mef_ssim(plain_mean(stack), stack) + 0.02 and score > mef_ssim(mertens(stack), stack) - 0.005


def test_a_focus_stack():
    stack = focused(PHOTO, np.random.default_rng(1))
    layer, notes = fuse(stack)
    assert notes["kind"] == "focus" and layer.name == "Fused focus"
    score = psnr(layer.picture.array, PHOTO)
    assert score > max(psnr(one, PHOTO) for one in stack) + 2 and score > psnr(plain_mean(stack), PHOTO) + 4


@pytest.mark.parametrize("change", ["same", "exposure", "focus"])
def test_alignment(change):
    matrix = hand(PHOTO.shape, np.random.default_rng(3))
    pair = [PHOTO, moved(PHOTO, matrix)]
    if change == "exposure":
        pair = [exposed(pair[0], -1), exposed(pair[1], 1)]
    if change == "focus":
        pair[1] = cv2.GaussianBlur(pair[1], (0, 0), 2)
    found = find_alignment(*(grey(Picture(one)) for one in pair))
    assert movement(matrix, PHOTO.shape) > 4 and movement(np.linalg.inv(matrix) @ found, PHOTO.shape) < 0.5


def test_by_hand_is_as_sharp_as_from_a_tripod():
    rng = np.random.default_rng(5)
    still = [exposed(PHOTO, stop) for stop in STEPS]
    shaken = [moved(still[0], hand(PHOTO.shape, rng)), still[1], moved(still[2], hand(PHOTO.shape, rng))]
    inner = np.s_[24:-24, 24:-24]
    wanted = fuse(still, align=False)[0].picture.array[inner]
    aligned, left = (fuse(shaken, align=on, ghosts=False)[0].picture.array[inner] for on in (True, False))
    assert psnr(aligned, wanted) > psnr(left, wanted) + 5


def test_what_moved_is_shown_once():
    still = [exposed(PHOTO, stop) for stop in STEPS]
    visited, where = intruder(PHOTO, data.coffee(), np.random.default_rng(1))
    stack = [exposed(visited, STEPS[0]), *still[1:]]
    wanted = fuse(still)[0].picture.array[where]
    once, double = (fuse(stack, ghosts=on)[0].picture.array[where] for on in (True, False))
    assert psnr(once, wanted) > psnr(double, wanted) + 3


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float32])
def test_a_picture_with_itself_is_itself(dtype):
    values = PHOTO.astype(np.float64) / 255
    picture = Picture((values * (np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1)).astype(dtype))
    result = fuse([picture, picture])[0].picture
    assert result.array.dtype == dtype and np.abs(result.rgb() - picture.rgb()).max() < 2e-5 + (dtype is np.uint8) / 255


def test_16_bits_stay():
    ramp = np.linspace(20000, 24000, 448 * 2).reshape(2, 448).repeat(32, axis=0)
    noise = np.random.default_rng(0).integers(0, 9000, (64, 448))
    bright = np.repeat((ramp + noise)[..., None], 3, axis=2).astype(np.uint16)
    result = fuse([bright, (bright * 0.6).astype(np.uint16)], align=False)[0].picture.array
    assert len(np.unique(result & 255)) == 256


def test_clear_pixels_do_not_count():
    half = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
    left, right = half.copy(), half.copy()
    left[:, 300:] = 0
    right[:, :150] = 0
    for picture in (left, right):
        picture[200:210, 200:220, 3] = 0
    result = fuse([left, right], align=False)[0].picture.array
    assert (result[200:210, 200:220, 3] == 0).all() and (result[:190, :, 3] == 255).all()
    assert np.abs(result[:190, :, :3].astype(int) - PHOTO[:190]).max() <= 12  # coarse bands look past the edge
    assert np.abs(result[:190, 170:280, :3].astype(int) - PHOTO[:190, 170:280]).mean() < 0.5


def test_bands_add_up():
    values = np.random.default_rng(0).random((101, 77, 3), np.float32)
    assert np.abs(collapse(laplacian(values.copy())) - values).max() < 1e-6


def test_mistakes_get_a_sentence():
    for stack, sentence in (
        ([PHOTO], "two layers or more"),
        ([PHOTO, PHOTO[:-2]], "differ in size"),
        ([PHOTO, np.random.default_rng(0).integers(0, 256, PHOTO.shape, np.uint8)], "not show the same view"),
        ([PHOTO, np.zeros_like(PHOTO)], "not show the same view"),
        ([np.dstack([PHOTO, PHOTO[..., 0] * 0])] * 2, "is empty"),
    ):
        with pytest.raises(BadInput, match=sentence):
            fuse(stack)


def test_tiny_pictures():
    for shape in ((1, 1, 3), (1, 40, 3), (2, 300, 3), (9, 7, 1)):
        picture = np.full(shape, 90, np.uint8)
        for align in (True, False):
            assert (fuse([picture, picture + 40], align=align)[0].picture.array.shape) == shape


def test_a_long_strip_is_aligned():
    strip = np.tile(PHOTO[100:124], (1, 6, 1))
    matrix = find_alignment(*(grey(Picture(one)) for one in (strip[:, 3:], strip[:, :-3])))
    assert movement(matrix - [[0, 0, 3], [0, 0, 0], [0, 0, 0]], strip.shape) < 0.5
