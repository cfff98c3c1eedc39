"""enhance denoise, with the shipped model."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.engine.enhance.noise import measure_noise
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network
from skimage import data

DENOISE = find("enhance", "denoise")


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def denoise(picture: Picture, models: Models, strength: float | None = None, name: str = "auto") -> Picture:
    """By the engine; strength None measures."""
    settings = {"auto": strength is None, "strength": strength or 0.0, "model": name}
    outcome, _ = perform(DENOISE, settings, models, Progress(), picture)
    return outcome.layers[0].picture


def noisy(truth: np.ndarray, level: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, level, truth.shape)
    return np.clip(np.rint(truth + noise), 0, 255).astype(np.uint8)


def psnr(result: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.square(result.astype(float) - truth).mean(), 1e-9)))


@pytest.mark.parametrize("level", [2, 5, 10, 25])
@pytest.mark.parametrize("photo", [data.chelsea, data.coffee, data.camera])
def test_the_noise_is_measured(photo, level):
    truth = np.atleast_3d(photo())
    own = measure_noise(Picture(truth))
    assert own < 3  # these photographs are almost clean
    assert measure_noise(Picture(noisy(truth, level))) == pytest.approx(np.hypot(level, own), rel=0.15)


def test_noise_is_measured_alike_in_every_encoding():
    picture = noisy(data.chelsea(), 10)
    level = measure_noise(Picture(picture))
    deep = picture.astype(np.uint16) * 257
    assert measure_noise(Picture(deep)) == pytest.approx(level, abs=0.01)
    linear = Picture(np.zeros((1, 1, 3), np.float32), "linear").like(Picture(picture).rgb())
    assert measure_noise(linear) == pytest.approx(level, abs=0.01)


@pytest.mark.parametrize("strength", [None, 25])
def test_cleaner_than_non_local_means(strength, models):
    truth = data.chelsea()
    noise = noisy(truth, 25)
    bgr = np.ascontiguousarray(noise[..., ::-1])
    baseline = max(
        psnr(cv2.fastNlMeansDenoisingColored(bgr, None, h, h, 7, 21)[..., ::-1], truth) for h in (10, 15, 20)
    )
    assert psnr(denoise(Picture(noise), models, strength).array, truth) > baseline + 1


def test_a_clean_picture_is_left_alone(models):
    for truth in (data.astronaut(), data.coffee()):
        assert psnr(denoise(Picture(truth), models).array, truth) > 42


def test_no_strength_changes_no_bit(models):
    picture = np.random.default_rng(0).integers(0, 65536, (40, 30, 4), dtype=np.uint16)
    assert (denoise(Picture(picture), models, 0).array == picture).all()


def test_deep_pictures_stay_deep(models):
    ramp = np.linspace(20_000, 21_000, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    assert len(np.unique(denoise(Picture(ramp), models, 5).array)) > 500  # in 8 bits there would be 5


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (33, 90)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_size_and_kind(size, channels, models):
    picture = np.random.default_rng(0).integers(0, 256, (*size, channels), dtype=np.uint8)
    for strength in (None, 10):
        result = denoise(Picture(picture), models, strength).array
        assert (result.shape, result.dtype) == (picture.shape, picture.dtype)
        if channels in (2, 4):
            assert (result[..., -1] == picture[..., -1]).all()


@pytest.mark.parametrize("name", ["denoise", "denoise-fast"])
def test_tiles_join_without_a_seam(name, models):
    network = models.network("denoise", name)
    row = np.hstack(
        [data.coffee()[:64], data.astronaut()[100:164], data.chelsea()[100:164], data.rocket()[200:264]] * 2
    )
    picture = Picture((noisy(row, 50) / 255).astype(np.float32))
    assert picture.width > 4096

    class Whole(Models):
        def network(self, role: str, name: str = "auto") -> Network:
            return Network(replace(network.card, tile=8192), network._runner)

    off = np.abs(denoise(picture, models, 50, name).array - denoise(picture, Whole(), 50, name).array)
    assert 0 < off.max() <= 1 / 255


def test_the_measured_strength_is_kept_with_the_result(models):
    _, record = perform(DENOISE, {"auto": True}, models, Progress(), Picture(noisy(data.chelsea(), 15)))
    assert record["notes"]["strength"] == pytest.approx(15, rel=0.1)


def test_where_there_is_no_noise_that_is_said(models):
    flat = Picture(np.full((40, 40, 3), 90, np.uint8))
    outcome, record = perform(DENOISE, {"auto": True}, models, Progress(), flat)
    assert (outcome.layers[0].picture.array == flat.array).all()
    assert "No noise was found" in record["notes"]["warnings"][0]
