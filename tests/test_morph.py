"""A morph moves things where they go, dissolves what has no counterpart, and keeps its ends."""

import cv2
import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import files
from gesso.engine.blend import morph
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image
from skimage import data

from export.evaluate import psnr
from export.morph.evaluate import dissolve, scene, sharpness


def frames(stack, **settings):
    """The frames in the order of time."""
    layers = tuple(Picture(one) for one in stack)
    outcome, _ = perform(find("blend", "morph"), settings, Models(), Progress(), layers=layers)
    return [layer.picture.array for layer in reversed(outcome.layers)]


@pytest.fixture(scope="module")
def known():
    return scene(data.astronaut()[:400, :480], data.coffee(), np.random.default_rng(2))


def test_the_middle_of_a_known_movement(known):
    first, truth, last = known
    middle = frames([first, last], frames=1)[1]
    plain = dissolve(first, last)
    assert psnr(middle, truth) > psnr(plain, truth) + 5
    assert sharpness(middle) > 0.85 * sharpness(truth)


def test_frames_are_counted_and_the_ends_are_the_layers(known):
    first, _, last = known
    made = frames([first, last, first], frames=3)
    assert len(made) == 9
    for at, one in ((0, first), (4, last), (8, first)):
        assert np.array_equal(made[at], one)


def test_gentle_starts_are_smaller_steps(known):
    first, _, last = known
    gentle, even = (frames([first, last], frames=3, eased=on)[1].astype(int) for on in (True, False))
    assert np.abs(gentle - first).mean() < np.abs(even - first).mean()


def test_different_things_dissolve():
    first, last = data.chelsea()[:300, :400], cv2.resize(data.astronaut(), (400, 300))
    middle = frames([first, last], frames=1)[1]
    assert psnr(middle, dissolve(first, last)) > 28


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_equal_layers_stay_equal(dtype):
    values = data.astronaut()[:120, :100] / 255
    picture = (values * (np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1)).astype(dtype)
    middle = frames([picture, picture], frames=1)[1]
    assert middle.dtype == dtype
    assert np.abs(Picture(middle).rgb() - Picture(picture).rgb()).max() < 1e-5 + (dtype is np.uint8) / 255


def test_clear_places_stay_clear_and_lend_no_colour():
    first = np.zeros((80, 100, 4), np.uint8)
    first[20:60, 10:50] = (250, 40, 40, 255)
    last = np.roll(first, 6, axis=1)
    middle = frames([first, last], frames=1)[1]
    assert (middle[:10, :, 3] == 0).all() and (middle[30:50, 30:40, 3] == 255).all()
    assert np.abs(middle[middle[..., 3] > 128][:, :3].astype(int) - (250, 40, 40)).max() <= 3


def test_too_many_frames_get_a_sentence(monkeypatch):
    monkeypatch.setattr(morph, "LARGEST", 1e6)
    with pytest.raises(BadInput, match="do not fit"):
        frames([np.zeros((100, 100, 3), np.uint8)] * 2, frames=200)


@pytest.mark.parametrize("shape", [(8, 32767, 3), (32767, 8, 3)])
def test_pictures_too_long_get_a_sentence(shape):
    with pytest.raises(BadInput, match="more than 32766 pixels along a side"):
        frames([np.zeros(shape, np.uint8)] * 2, frames=1)


def test_rows_at_a_time_are_the_same(known, monkeypatch):
    whole = frames([known[0], known[2]], frames=1)[1]
    monkeypatch.setattr(morph, "ROWS", 33)
    assert np.array_equal(frames([known[0], known[2]], frames=1)[1], whole)


def test_on_the_command_line(tmp_path, known):
    for name, one in (("a.png", known[0]), ("b.png", known[2])):
        files.write(tmp_path / name, Picture(one[::4, ::4].copy()))
    words = ["blend", "morph", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--frames", "8", "-o"]
    for name in ("out.gif", "out.webp", "out.png"):
        assert cli.main([*words, str(tmp_path / name)]) == 0
    for name in ("out.gif", "out.webp"):
        with Image.open(tmp_path / name) as made:
            assert made.n_frames == 10
    assert sorted(path.name for path in tmp_path.glob("out-*.png"))[::9] == ["out-01.png", "out-10.png"]


def test_things_that_stand_still_do_so_when_the_light_changes():
    """Where flow took a darker picture for another one it tore what did not move."""
    first = data.coffee()[:300, :400]
    last = (first * 0.45).astype(np.uint8)
    middle = frames([first, last], frames=1)[1]
    assert np.abs(middle - dissolve(first, last).astype(float)).mean() < 0.5


def test_what_could_lie_between_is_painted():
    first, last = data.coffee()[:300, :400], cv2.resize(data.chelsea(), (400, 300))
    made = frames([first, last], frames=3, way="painted", seed=4)
    assert np.array_equal(made[0], first) and np.array_equal(made[4], last)
    assert psnr(made[2], dissolve(first, last)) < 22, "a dissolve"
    assert np.array_equal(frames([first, last], frames=3, way="painted", seed=4)[2], made[2])


def test_a_painted_way_keeps_clear_places_depth_and_odd_sizes():
    first = np.zeros((40, 61, 4), np.uint16)
    first[10:30, 10:50] = (60000, 9000, 9000, 65535)
    made = frames([first, np.roll(first, 4, axis=1)], frames=1, way="painted", seed=1)[1]
    assert made.dtype == np.uint16 and made.shape == first.shape
    assert (made[:9, :, 3] == 0).all() and (made[12:28, 16:48, 3] == 65535).all()
    bright = np.full((40, 61, 4), 240, np.uint8)
    clear = np.zeros_like(bright)
    soft = frames([bright, clear], frames=3, way="painted", seed=1, eased=False)
    assert all(frame[..., :3].mean() > 200 for frame in soft[:4]), "black shines through"
    assert frames([np.zeros((1, 1, 3), np.float32)] * 2, frames=1, way="painted", seed=1)[1].shape == (1, 1, 3)
