"""enhance dejpeg, with the shipped model."""

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import Cancelled
from gesso.engine.enhance.jpeg import measure_jpeg
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage import data

DEJPEG = find("enhance", "dejpeg")
HALVED, FULL = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def dejpeg(picture: Picture, models: Models, quality: float | None = None) -> tuple[Picture, dict]:
    """By the engine, with the record's notes; quality None measures."""
    settings = {"auto": quality is None} | ({} if quality is None else {"quality": quality})
    outcome, record = perform(DEJPEG, settings, models, Progress(), picture)
    return outcome.layers[0].picture, record.get("notes", {})


def jpeg(truth: np.ndarray, quality: int, colours: int = HALVED) -> np.ndarray:
    how = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, colours]
    return cv2.imdecode(cv2.imencode(".jpg", truth[..., ::-1], how)[1], cv2.IMREAD_COLOR)[..., ::-1]


def psnr(result: np.ndarray, truth: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.square(result.astype(float) - truth).mean(), 1e-9)))


@pytest.mark.parametrize("quality", [20, 50, 85])
@pytest.mark.parametrize("colours", [HALVED, FULL])
def test_the_quality_is_measured_wherever_the_picture_was_cut(quality, colours):
    picture = jpeg(data.astronaut(), quality, colours)[3:, 6:]
    measured, grid = measure_jpeg(Picture(picture), Progress())
    assert measured == pytest.approx(quality, abs=2) and grid == (2, 5)
    deep = Picture(picture.astype(np.uint16) * 257)
    assert measure_jpeg(deep, Progress()) == (measured, grid)


@pytest.mark.parametrize("photo", [data.coffee, data.camera, data.page, data.rocket])
def test_other_pictures_have_no_quality(photo):
    clean = cv2.resize(np.atleast_3d(photo()), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    assert measure_jpeg(Picture(np.atleast_3d(clean)), Progress()) is None


def test_the_measurement_can_be_cancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        measure_jpeg(Picture(data.astronaut()), progress)


def test_pictures_that_were_no_jpeg_come_back_as_they_are(models):
    picture = np.random.default_rng(0).integers(0, 65536, (80, 90, 4), dtype=np.uint16)
    result, notes = dejpeg(Picture(picture), models)
    assert (result.array == picture).all() and "No JPEG compression was found" in notes["warnings"][0]


@pytest.mark.parametrize(("quality", "gain"), [(10, 0.7), (20, 0.6), (40, 0.5)])
def test_nearer_to_the_truth_told_or_measured(quality, gain, models):
    truth = cv2.resize(data.astronaut(), None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    bad = np.ascontiguousarray(jpeg(truth, quality)[3:, 6:])
    for told in (None, quality):
        result, notes = dejpeg(Picture(bad), models, told)
        assert psnr(result.array, truth[3:, 6:]) > psnr(bad, truth[3:, 6:]) + gain
        assert ("quality" in notes) == (told is None)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (33, 90)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_size_and_kind(size, channels, models):
    picture = np.random.default_rng(0).integers(0, 256, (*size, channels), dtype=np.uint8)
    for quality in (None, 30):
        result = dejpeg(Picture(picture), models, quality)[0].array
        assert (result.shape, result.dtype) == (picture.shape, picture.dtype)
        if channels in (2, 4):
            assert (result[..., -1] == picture[..., -1]).all()
