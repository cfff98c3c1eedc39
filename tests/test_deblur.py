"""enhance deblur, with the shipped model."""

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.engine.enhance.focus import deconvolve, measure_blur
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

DEBLUR = find("enhance", "deblur")


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def deblur(picture: Picture, models: Models, radius: float | None = None) -> tuple[Picture, dict]:
    """By the engine, with the record's notes; radius None measures."""
    settings = {"auto": radius is None} | ({} if radius is None else {"radius": radius})
    outcome, record = perform(DEBLUR, settings, models, Progress(), picture)
    return outcome.layers[0].picture, record.get("notes", {})


def sharp() -> np.ndarray:
    """A photograph as sharp as its pixels."""
    return cv2.resize(data.astronaut(), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


def blurred(truth: np.ndarray, radius: float) -> np.ndarray:
    return cv2.GaussianBlur(truth, (0, 0), radius, borderType=cv2.BORDER_REFLECT)


def psnr(result: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.square(result.astype(float) - truth).mean(), 1e-9)))


@pytest.mark.parametrize("radius", [1, 1.5, 2, 3])
def test_the_blur_is_measured(radius):
    assert measure_blur(Picture(blurred(sharp(), radius))) == pytest.approx(radius, rel=0.3)


def test_a_sharp_picture_is_left_alone(models):
    result, notes = deblur(Picture(sharp()), models)
    assert (result.array == sharp()).all() and notes["radius"] < 0.6
    assert "No blur was found" in notes["warnings"][0]


def test_what_blurs_most_is_refused_in_words(models):
    _, notes = deblur(Picture(blurred(sharp(), 6)), models)
    assert "wider than can be taken away" in notes["warnings"][0]


@pytest.mark.parametrize(("radius", "told", "measured"), [(1, 6.0, 1.5), (2, 4.0, 2.0), (3, 4.0, 4.0)])
def test_nearer_to_the_truth_told_or_measured(radius, told, measured, models):
    truth = sharp()
    bad = blurred(truth, radius)
    for setting, gain in ((radius, told), (None, measured)):
        result, notes = deblur(Picture(bad), models, setting)
        assert psnr(result.array, truth) > psnr(bad, truth) + gain
        assert ("radius" in notes) == (setting is None)


def test_arithmetic_alone_undoes_an_exact_blur():
    truth = sharp()[:300, :300].astype(np.float32) / 255
    soft = cv2.GaussianBlur(truth, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT)
    assert psnr(255 * deconvolve(soft, 1.0, 0.0), 255 * truth) > psnr(255 * soft, 255 * truth) + 6


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (33, 90)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_size_and_kind(size, channels, models):
    picture = np.random.default_rng(0).integers(0, 256, (*size, channels), dtype=np.uint8)
    for radius in (None, 1.5):
        result = deblur(Picture(picture), models, radius)[0].array
        assert (result.shape, result.dtype) == (picture.shape, picture.dtype)
        if channels in (2, 4):
            assert (result[..., -1] == picture[..., -1]).all()
