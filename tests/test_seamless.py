"""A seamless paste keeps its detail, matches its rim and touches nothing else."""

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine import composite
from gesso.engine.blend import seamless
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

FULL = {np.uint8: 255, np.uint16: 65535, np.float32: 1.0}


def paste(image, top, method="membrane", mask=None):
    return chosen(image, top, method, mask)[0]


def chosen(image, top, method="auto", mask=None):
    """The layer, and the method it was made with."""
    outcome, record = perform(find("blend", "seamless"), {"method": method}, Models(), Progress(), image, mask, top)
    return outcome.layers[0], record["notes"]["method"]


def scene(height=120, width=160, dtype=np.uint8, x=80, y=60, soft=0.0):
    """A smooth background, and the same background brighter by 0.2 with fine detail, in a disc of 30 pixels."""
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    under = np.stack([0.2 + 0.4 * columns, 0.3 + 0.3 * rows, 0.5 - 0.2 * columns], axis=2)
    detail = 0.05 * np.sin(np.mgrid[:height, :width][1] * 1.5)[..., None] * [1, 1, 1]
    disc = cv2.circle(np.zeros((height, width), np.float32), (x, y), 30, 1.0, -1)
    disc = cv2.GaussianBlur(disc, (0, 0), soft) if soft else disc
    top = np.dstack([under + 0.2 + detail, disc])
    picture = [a * FULL[dtype] for a in (under, top)]
    picture = [a.astype(dtype) if dtype is np.float32 else np.rint(a).astype(dtype) for a in picture]
    return Picture(picture[0]), Picture(picture[1]), under + detail, disc


@pytest.mark.parametrize("dtype", FULL)
@pytest.mark.parametrize("method", ["membrane", "mixed"])
def test_the_added_light_goes_and_the_detail_stays(dtype, method):
    image, top, truth, disc = scene(dtype=dtype)
    layer = paste(image, top, method)
    result = composite.lay(image, layer.picture, layer.x, layer.y, None, True).rgb()
    error = np.abs(result - truth)[disc > 0]
    assert error.mean() < 0.035  # the detail's own 0.05 at the rim runs a few pixels inwards
    assert abs((result - truth)[55:66, 75:86].mean()) < 0.01
    assert np.array_equal(result[disc == 0], image.rgb()[disc == 0])


def test_alpha_and_hidden_colours_are_kept():
    image, top, _, disc = scene(dtype=np.uint16, soft=3)
    layer = paste(image, top)
    box = np.s_[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width]
    assert np.array_equal(layer.picture.array[..., 3], top.array[box][..., 3])
    hidden = top.array[box][..., 3] == 0
    assert np.array_equal(layer.picture.array[hidden], top.array[box][hidden])


def test_at_the_border_of_the_picture():
    image, top, truth, disc = scene(x=150, y=110)
    layer = paste(image, top)
    result = composite.lay(image, layer.picture, layer.x, layer.y, None, True).rgb()
    assert abs((result - truth)[disc > 0].mean()) < 0.02


@pytest.mark.parametrize("method, flag", [("membrane", cv2.NORMAL_CLONE), ("mixed", cv2.MIXED_CLONE)])
def test_like_opencv_where_that_can_do_it(method, flag):
    image, top, _, disc = scene()
    layer = paste(image, top, method)
    result = composite.lay(image, layer.picture, layer.x, layer.y, None, True).array
    colours = [np.ascontiguousarray(picture.array[..., :3]) for picture in (top, image)]
    theirs = cv2.seamlessClone(*colours, (255 * disc).astype(np.uint8), (80, 60), flag)
    assert np.abs(result.astype(int) - theirs)[disc > 0].mean() < 3


def test_the_same_picture_stays_as_it_is():
    image, top, _, disc = scene()
    same = Picture(np.dstack([image.array, (255 * disc).astype(np.uint8)]))
    for method in ("membrane", "mixed", "bands", "auto"):
        layer = paste(image, same, method)
        box = np.s_[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width]
        assert np.abs(layer.picture.array.astype(int) - same.array[box]).max() <= 1


def test_tiles_do_not_show(monkeypatch):
    image, top, _, _ = scene(dtype=np.float32)
    whole = paste(image, top).picture.array
    monkeypatch.setattr(seamless, "TILE", 48)
    monkeypatch.setattr(seamless, "HALO", 8)
    tiled = paste(image, top).picture.array
    assert np.abs(tiled - whole).max() < 0.02


def test_a_layer_over_everything_gets_a_sentence():
    image, top, _, _ = scene()
    array = top.array.copy()
    array[..., 3] = 255
    with pytest.raises(BadInput, match="hides all"):
        paste(image, Picture(array))


def test_a_selection_beside_the_layer_gets_a_sentence():
    image, top, _, _ = scene(height=200, width=300)
    mask = np.zeros((200, 300), np.float32)
    mask[150:, 250:] = 1
    with pytest.raises(BadInput, match="empty here"):
        paste(image, top, mask=mask)


def test_transparent_surroundings_are_no_surroundings():
    image, top, _, disc = scene()
    nothing = Picture(np.dstack([image.array, (255 * (disc > 0)).astype(np.uint8)]))
    with pytest.raises(BadInput, match="hides all"):
        paste(nothing, top)


def unlike(dtype=np.uint8):
    """A grey disc over a picture that is black on one side and white on the other."""
    array = np.zeros((160, 200, 3), np.float64)
    array[:, 100:] = 1
    disc = cv2.circle(np.zeros((160, 200)), (100, 80), 50, 1.0, -1)
    pair = [array, np.dstack([array * 0 + 0.5, disc])]
    return (*(Picture((one * FULL[dtype]).astype(dtype)) for one in pair), disc)


@pytest.mark.parametrize("dtype", FULL)
def test_a_soft_rim_keeps_the_inside_and_meets_the_outside(dtype):
    image, top, disc = unlike(dtype)
    layer = paste(image, top, "bands")
    result = composite.lay(image, layer.picture, layer.x, layer.y, None, True).rgb()
    assert np.abs(result[74:87, 94:107] - top.rgb()[74:87, 94:107]).max() < 0.02
    outline = (disc > 0) & (cv2.erode(disc, np.ones((3, 3))) == 0)
    assert np.abs(result - image.rgb())[outline].mean() < 0.1
    assert np.array_equal(result[disc == 0], image.rgb()[disc == 0])
    spread = paste(image, top, "membrane")
    other = composite.lay(image, spread.picture, spread.x, spread.y, None, True).rgb()
    assert other[80, 60:140].std() > 1.5 * result[80, 60:140].std()  # black and white run into the disc


def test_automatic_looks_at_edge_and_detail():
    image, top, _, _ = scene()
    layer, method = chosen(image, top)
    assert method == "membrane" and layer.name == "Seamless, light"
    image, top, _ = unlike()
    layer, method = chosen(image, top)
    assert method == "bands" and layer.name == "Seamless, soft rim"
    rough = np.random.default_rng(0).integers(90, 140, (120, 160, 3), np.uint8)
    flat = Picture(np.dstack([np.full((120, 160, 3), 120, np.uint8), scene()[1].array[..., 3]]))
    layer, method = chosen(Picture(rough), flat)
    assert method == "mixed" and layer.name == "Seamless, detail of both"
