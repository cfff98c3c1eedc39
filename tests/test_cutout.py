"""A cutout finds the subject from a rough selection, follows the picture's own edges and changes no colour."""

import cv2
import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import composite, files
from gesso.engine.convert import matting
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

FULL = {np.uint8: 255, np.uint16: 65535, np.float32: 1.0}


def cutout(picture, mask=None, edge=2.0):
    outcome, _ = perform(find("convert", "cutout"), {"edge": edge}, Models(), Progress(), picture, mask)
    return outcome.layers[0]


def scene(dtype=np.uint8, height=180, width=240, radius=45):
    """A grainy red disc on a grainy blue ground, its alpha, and a rough selection around it."""
    rng = np.random.default_rng(1)
    large = np.zeros((4 * height, 4 * width), np.uint8)
    cv2.circle(large, (2 * width, 2 * height), 4 * radius, 255, -1)
    alpha = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    ground = np.array([0.2, 0.3, 0.6]) + (np.array([0.8, 0.3, 0.2]) - [0.2, 0.3, 0.6]) * alpha[..., None]
    values = (ground + rng.normal(0, 0.02, (height, width, 3))).clip(0, 1) * FULL[dtype]
    mask = np.zeros((height, width), np.float32)
    mask[height // 2 - 62 : height // 2 + 55, width // 2 - 58 : width // 2 + 64] = 1
    return Picture((np.rint(values) if dtype != np.float32 else values).astype(dtype)), alpha, mask


def overlap(one, two):
    return np.minimum(one, two).sum() / np.maximum(one, two).sum()


@pytest.mark.parametrize("dtype", FULL)
def test_the_subject_of_a_rough_selection(dtype):
    picture, alpha, mask = scene(dtype)
    layer = cutout(picture, mask)
    assert layer.picture.array.dtype == dtype and layer.picture.array.shape[2] == 1
    found = composite.hide(picture, layer.picture, layer.x, layer.y).alpha()
    assert overlap(mask, alpha) < 0.6 and overlap(found, alpha) > 0.97


def test_without_a_selection_the_frame_is_the_background():
    picture, alpha, _ = scene()
    assert overlap(cutout(picture).picture.rgb()[..., 0], alpha) > 0.97


def test_a_background_that_changes_softly_is_still_the_background():
    """The frame's colours are continued into the picture: from dark on the left to light on the right."""
    picture, alpha, _ = scene(np.float32)
    ramp = np.linspace(-0.15, 0.25, picture.width, dtype=np.float32)[:, None]
    shaded = Picture(picture.array + ramp * (1 - alpha[..., None]))
    assert overlap(cutout(shaded).picture.rgb()[..., 0], alpha) > 0.95


def test_the_edge_is_the_pictures_own():
    """A map of 15 x 11 points, a disc of twice the radius and more: only the picture knows where the edge is."""
    picture, alpha, _ = scene()
    coarse = cv2.resize(alpha, (16, 12), interpolation=cv2.INTER_AREA)
    plain, fine = (matting.refine(coarse, picture, edge, Progress()) for edge in (0, 0.05))
    assert np.abs(fine - alpha).mean() < 0.5 * np.abs(plain - alpha).mean()


def test_blocks_do_not_show(monkeypatch):
    picture, _, mask = scene(np.float32, 300, 400)
    monkeypatch.setattr(matting, "SIDE", 100)
    whole = cutout(picture, mask).picture.array
    monkeypatch.setattr(matting, "BLOCK", 64)
    assert np.abs(cutout(picture, mask).picture.array - whole).max() < 1e-5


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_hiding_keeps_every_colour_and_multiplies_alpha(kind):
    rng = np.random.default_rng(0)
    array = (rng.random((20, 30, 4)) * FULL[kind]).astype(kind)
    mask = np.full((10, 12, 1), FULL[kind] / 2).astype(kind)
    hidden = composite.hide(Picture(array), Picture(mask), 5, 4)
    assert np.array_equal(hidden.array[..., :3], array[..., :3])
    assert np.abs(hidden.alpha()[4:14, 5:17] - Picture(array).alpha()[4:14, 5:17] / 2).max() < 0.004
    assert not hidden.alpha()[:4].any() and not hidden.alpha()[:, 17:].any()


def test_a_picture_of_one_colour_gets_a_sentence():
    flat = Picture(np.full((60, 80, 3), 128, np.uint8))
    with pytest.raises(BadInput, match="No subject"):
        cutout(flat)


def test_everything_selected_gets_a_sentence():
    picture, _, mask = scene()
    with pytest.raises(BadInput, match="too little"):
        cutout(picture, np.ones_like(mask))


def test_what_is_transparent_is_never_the_subject():
    picture, alpha, mask = scene()
    clear = np.full(alpha.shape, 255, np.uint8)
    clear[:, 120:] = 0
    layer = cutout(Picture(np.dstack([picture.array, clear])), mask)
    result = composite.hide(Picture(np.dstack([picture.array, clear])), layer.picture, layer.x, layer.y)
    assert not result.array[:, 120:, 3].any() and overlap(result.alpha()[:, :118], alpha[:, :118]) > 0.95


def test_files_are_written_where_transparency_can_be_kept(tmp_path, capsys):
    picture, alpha, mask = scene(np.uint16)
    (tmp_path / "in").mkdir()
    files.write(tmp_path / "in/a.png", picture)
    files.write(tmp_path / "in/b.jpg", picture)
    files.write(tmp_path / "mask.png", Picture((255 * mask[..., None]).astype(np.uint8)))
    words = [
        "convert",
        "cutout",
        str(tmp_path / "in"),
        "--mask",
        str(tmp_path / "mask.png"),
        "-o",
        str(tmp_path / "out"),
    ]
    assert cli.main(words) == 0
    for name, number in (("a.png", "u16"), ("b.png", "u8")):
        done = files.read(tmp_path / "out" / name).picture
        assert done.number == number and overlap(done.alpha(), alpha) > 0.95
    assert np.array_equal(files.read(tmp_path / "out/a.png").picture.array[..., :3], picture.array)
    assert cli.main([*words[:2], str(tmp_path / "in/a.png"), "-o", str(tmp_path / "c.jpg")]) == 2
    assert "no transparency" in capsys.readouterr().err and not (tmp_path / "c.jpg").exists()
