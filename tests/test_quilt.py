"""generate quilt: pieces of the sample, exact copies, no seam; only from what is selected."""

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.texture.evaluate import seam

ACTION = find("generate", "quilt")


def texture(side: int = 96, dtype: type = np.uint16, channels: int = 3) -> Picture:
    """Soft spots, all numbers different."""
    spots = cv2.GaussianBlur(np.random.default_rng(1).random((side, side, channels)), (0, 0), 1.5)
    order = spots.argsort(axis=None).argsort().reshape(side, side, channels)
    top = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    return Picture((order / order.max() * top).astype(dtype))


def quilt(picture: Picture, mask: np.ndarray | None = None, **settings) -> np.ndarray:
    chosen = {"width": 120, "height": 90, "pieces": 24, "seed": 3, "smooth": False, **settings}
    return perform(ACTION, chosen, Models(), Progress(), picture, mask)[0].layers[0].picture.array


def places(made: np.ndarray, picture: Picture) -> np.ndarray:
    """Which pixel of the picture each pixel is, by its number in the first channel."""
    numbers = picture.array[..., 0].ravel()
    order = numbers.argsort()
    found = order[np.searchsorted(numbers[order], made[..., 0])]
    assert np.array_equal(picture.array.reshape(-1, picture.array.shape[2])[found], made)
    return found


@pytest.mark.parametrize(("dtype", "channels"), [(np.uint16, 3), (np.float32, 1), (np.uint32, 4)])
def test_whole_pieces_of_exact_numbers(dtype: type, channels: int) -> None:
    picture = texture(dtype=dtype, channels=channels)
    found = places(quilt(picture), picture)
    together = np.roll(found, -1, 1) == found + 1
    assert together.mean() > 0.8 and together[:, -1].mean() > 0.5


def test_no_seam() -> None:
    made = [quilt(texture(256, np.uint8), seed=seed, width=200, height=300, pieces=48) for seed in range(4)]
    assert np.mean([seam(one) for one in made]) < 1.1
    assert np.mean([seam(one[:-20, :-20]) for one in made]) > 1.3  # as it would be without the torus


def test_only_what_is_selected_and_seen() -> None:
    picture = texture(channels=4)
    picture.array[:30, :, 3] = 0
    mask = np.zeros((96, 96), np.float32)
    cv2.circle(mask, (48, 48), 40, 0.5, -1)
    found = places(quilt(picture, mask), picture)
    assert mask.ravel()[found].all() and (found // 96 >= 30).all()


def test_one_place_alone() -> None:
    """Of a large sample only a square that holds a single piece, off the coarse grid, may be used."""
    picture, mask = texture(1000, np.float32), np.zeros((1000, 1000), np.float32)
    mask[901:965, 33:97] = 1
    mask[100:103, 10:900] = 1
    found = places(quilt(picture, mask, pieces=64, width=200, height=200), picture)
    assert mask.ravel()[found].all()


def test_hidden_joints_leave_no_steps_and_keep_the_detail() -> None:
    random = np.random.default_rng(2)
    slope = np.linspace(0.3, 0.7, 96)[None, :, None] * np.ones((96, 96, 3)) + random.normal(0, 0.002, (96, 96, 3))
    picture = Picture(slope.astype(np.float32))
    plain, smooth = (quilt(picture, smooth=on).astype(float) for on in (False, True))
    steps = [np.abs(np.diff(made, axis=1)).max() for made in (plain, smooth)]
    assert steps[0] > 0.05 > 0.02 > steps[1]
    assert np.median(np.abs(np.diff(smooth - plain, axis=0))) < 0.001 and abs((smooth - plain).mean()) < 1e-5
    flat = Picture(np.full((40, 40, 3), 7, np.uint8))
    assert np.array_equal(quilt(flat, smooth=True), np.full((90, 120, 3), 7))


def test_seed_repeats_and_decides() -> None:
    picture = texture()
    assert np.array_equal(quilt(picture), quilt(picture))
    assert not np.array_equal(quilt(picture), quilt(picture, seed=4))


@pytest.mark.parametrize(("width", "height", "side"), [(16, 16, 16), (400, 17, 40)])
def test_small_ones(width: int, height: int, side: int) -> None:
    assert quilt(texture(side), width=width, height=height, pieces=512).shape == (height, width, 3)


def test_too_little_to_make_it_of() -> None:
    gone = texture(channels=4)
    gone.array[..., 3] = 0
    for picture, mask in ((texture(1), None), (texture(15), None), (gone, None), (texture(), np.eye(96))):
        with pytest.raises(BadInput, match="The sample is too small"):
            quilt(picture, mask)
