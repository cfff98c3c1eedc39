"""The look at a result in a dialog: it is the result, of fewer pixels."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gesso.contract.actions import ACTIONS, find
from gesso.contract.wire import View
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.preview import preview
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

SIDE = 96
VIEW = View(SIDE)


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


@pytest.fixture(scope="module")
def photo() -> Picture:
    """400 x 300, noisy."""
    rng = np.random.default_rng(1)
    smooth = cv2.GaussianBlur(rng.random((300, 400, 3), np.float32), (0, 0), 12)
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    return Picture((255 * smooth + rng.normal(0, 10, smooth.shape)).clip(0, 255).astype(np.uint8))


def look(models, action: str, image: Picture, settings=None, view=VIEW, **pictures):
    """Before and after, HxWx4 float."""
    made, record = preview(find(*action.split()), settings or {}, models, Progress(), view, image, **pictures)
    before, after = (layer.picture.array.astype(float) for layer in made.layers)
    return before, after, record


def test_a_part_is_what_the_whole_would_have_there(models, photo):
    settings = {"auto": False, "strength": 10.0}
    before, after, _ = look(models, "enhance denoise", photo, settings, View(SIDE, 0.25, 0.9))
    made, _ = perform(find("enhance", "denoise"), settings, models, Progress(), photo)
    here = (slice(300 - SIDE, 300), slice(100 - SIDE // 2, 100 + SIDE // 2))
    assert (before[..., :3] == photo.array[here]).all()
    assert abs(after[..., :3] - made.layers[0].picture.array[here]).mean() < 0.7 < abs(after - before).mean() / 5


def test_all_of_a_picture_is_the_result_made_smaller(models, photo):
    soft = Picture(cv2.GaussianBlur(photo.array, (0, 0), 3))
    before, after, _ = look(models, "enhance adjust", soft, {"brightness": 50.0})
    made, _ = perform(find("enhance", "adjust"), {"brightness": 50.0}, models, Progress(), soft)
    small = cv2.resize(made.layers[0].picture.array, (96, 72), interpolation=cv2.INTER_AREA)
    assert before.shape == (72, 96, 4)
    assert abs(after[..., :3] - small).mean() < 0.7 < abs(after - before).mean() / 5


@pytest.mark.parametrize("scale", [2, 3])
def test_a_larger_picture_is_shown_beside_cubic_interpolation(models, photo, scale):
    before, after, _ = look(models, "enhance upscale", photo, {"scale": str(scale), "flavor": "clean"})
    assert before.shape == after.shape == (scale * (SIDE // scale), scale * (SIDE // scale), 4)
    made, _ = perform(find("enhance", "upscale"), {"scale": str(scale), "flavor": "clean"}, models, Progress(), photo)
    top, left = (scale * round(length / 2 - SIDE // scale / 2) for length in (300, 400))
    there = made.layers[0].picture.array[top : top + after.shape[0], left : left + after.shape[1]]
    assert abs(after[..., :3] - there).mean() < 0.7 < abs(after - before).mean()


@pytest.mark.parametrize("action", ["enhance adjust", "enhance denoise"])
def test_only_what_is_selected_changes(models, photo, action):
    mask = np.zeros((300, 400), np.float32)
    mask[:, 200:] = 1
    settings = {"brightness": 50.0} if action == "enhance adjust" else {"auto": False, "strength": 10.0}
    before, after, _ = look(models, action, photo, settings, mask=mask)
    assert (before[:, :47] == after[:, :47]).all() and (before[:, 49:] != after[:, 49:]).any()
    nothing = look(models, action, photo, settings, View(SIDE, 0, 0), mask=mask)
    assert action == "enhance adjust" or (nothing[0] == nothing[1]).all()


def test_what_is_measured_is_told(models, photo):
    assert look(models, "enhance denoise", photo)[2]["notes"]["strength"] == pytest.approx(10, abs=1.5)


def test_a_pasted_layer_is_shown_on_the_picture_and_a_cutout_without_the_rest(models, photo):
    pasted = np.zeros((300, 400, 4), np.uint8)
    pasted[100:200, 100:200] = 200, 60, 60, 255
    before, after, _ = look(models, "blend harmonize", photo, top=Picture(pasted))
    changed = (before != after).any(axis=2)
    assert changed[30:42, 30:42].all() and not changed[:20].any()
    disc = cv2.circle(np.full((300, 400, 3), 220, np.uint8), (200, 150), 70, (40, 90, 30), -1)
    rough = cv2.circle(np.zeros((300, 400), np.float32), (200, 150), 90, 1.0, -1)
    after = look(models, "convert cutout", Picture(disc), mask=rough)[1]
    assert after[36, 48, 3] == 255 and after[2, 2, 3] == 0


def test_a_grey_image_is_shown_grey(models):
    grey = Picture(np.tile(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], (100, 1, 1)))
    style = Picture(np.random.default_rng(2).integers(0, 256, (50, 60, 3), np.uint8) // (1, 2, 4))
    after = look(models, "convert colors", grey, {"style": "wood"}, others={"style": style})[1]
    assert after.shape == (48, 96, 2)


def test_the_whole_is_worked_on_larger_than_it_is_shown(models):
    """Relight looks at single pixels of a photo: told only what it looks like small, it took another look."""
    photo = cv2.resize(data.chelsea(), (1200, 798), interpolation=cv2.INTER_CUBIC)
    dark = Picture((255 * (photo / 255) ** 2.2 * 0.6).astype(np.uint8))
    after = look(models, "enhance relight", dark, view=View(320))[1]
    made, _ = perform(find("enhance", "relight"), {}, models, Progress(), dark)
    small = cv2.resize(made.layers[0].picture.array, (320, 213), interpolation=cv2.INTER_AREA)
    assert abs(after[..., :3] - small).mean() < 4


def test_why_there_is_nothing_to_see_is_told(models, photo):
    nothing = np.zeros((300, 400), np.float32)
    nothing[:, :20] = 1
    *_, record = look(models, "enhance denoise", photo, mask=nothing)
    assert record["notes"]["warnings"] == ["Nothing is selected in this part."]
    before, after, record = look(models, "enhance colorize", photo)
    assert (before == after).all() and "which colors to use" in " ".join(record["notes"]["warnings"])


def test_damage_is_mended_and_where_there_is_none_nothing_happens(models, photo):
    soft = cv2.GaussianBlur(photo.array, (0, 0), 3)
    before, after, _ = look(models, "inpaint repair", Picture(soft))
    assert (before == after).all()
    scratched = cv2.line(soft.copy(), (200, 100), (205, 200), (255, 255, 255), 2)
    before, after, _ = look(models, "inpaint repair", Picture(scratched))
    changed = (before != after).any(axis=2)
    assert changed[:, 45:56].sum() > 80 and not changed[:, :30].any()


def test_a_thin_selection_is_seen(models):
    mask = np.zeros((2000, 3000), np.float32)
    mask[:, 1000:1002] = 1
    grey = Picture(np.full((2000, 3000, 3), 90, np.uint8))
    before, after, _ = look(models, "enhance adjust", grey, {"brightness": 80.0}, mask=mask)
    assert (before != after).any(axis=(0, 2)).nonzero()[0].tolist() == [32]


@pytest.mark.parametrize("kind", ["1 pixel", "wide gamut", "NaN", "clear", "grey with alpha"])
def test_odd_pictures(models, kind):
    floats = np.random.default_rng(3).random((40, 50, 4), np.float32)
    image = {
        "1 pixel": Picture(np.full((1, 1, 3), 9, np.uint8)),
        "wide gamut": Picture(3 * floats - 1, "linear"),
        "NaN": Picture(np.where(floats > 0.9, np.nan, floats)),
        "clear": Picture((floats * (1, 1, 1, 0)).astype(np.float32)),
        "grey with alpha": Picture((floats[..., :2] * 65535).astype(np.uint16)),
    }[kind]
    for action in ACTIONS:
        if action.title in ("enhance adjust", "enhance denoise", "enhance relight"):
            before, after, _ = look(models, action.title, image, view=View(16))
            assert before.shape == after.shape and max(before.shape) <= 16
            assert (before[..., -1] == after[..., -1]).all()


def test_every_preview_can_be_had_of_what_its_action_reads():
    for action in ACTIONS:
        if action.preview:
            assert set(action.reads) <= {"image", "top"}, replace(action, params=())
