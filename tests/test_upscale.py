"""enhance upscale, with the shipped model."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network
from PIL import Image
from skimage import data

UPSCALE = find("enhance", "upscale")


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def upscale(picture: Picture, models: Models, scale: int = 2, **settings) -> Picture:
    outcome, _ = perform(UPSCALE, {"scale": str(scale), **settings}, models, Progress(), picture)
    return outcome.layers[0].picture


def photo(height: int = 96, width: int = 120) -> np.ndarray:
    """Part of a photograph, HxWx3 uint8."""
    return data.chelsea()[60 : 60 + height, 100 : 100 + width]


@pytest.mark.parametrize("number", [np.uint8, np.uint16, np.uint32, np.float16, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("curve", ["linear", "perceptual"])
def test_every_encoding_is_kept(number, channels, curve, models):
    small = np.full((9, 14, channels), 0.5)
    encoded = (small * np.iinfo(number).max if np.dtype(number).kind == "u" else small).astype(number)
    large = upscale(Picture(encoded, curve), models)
    assert (large.array.shape, large.array.dtype, large.curve) == ((18, 28, channels), number, curve)
    assert np.abs(large.rgb() - Picture(encoded, curve).rgb()[0, 0]).max() < 0.01
    assert np.abs(large.alpha() - Picture(encoded, curve).alpha()[0, 0]).max() < 0.01


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 33), (2, 3), (17, 31)])
def test_every_size(size, scale, models):
    large = upscale(Picture(photo(*size)), models, scale)
    assert (large.height, large.width) == (scale * size[0], scale * size[1])


def test_a_result_larger_than_the_memory_is_told_before_the_work(models):
    huge = np.broadcast_to(np.uint8(7), (300_000, 300_000, 3))  # one byte, seen 270 billion times
    with pytest.raises(BadInput, match="would take 1080.0 GB of memory"):
        upscale(Picture(huge), models)


@pytest.mark.parametrize(("scale", "wanted"), [(2, 1.0), (3, 0.8), (4, 0.6)])
def test_sharper_than_bicubic(scale, wanted, models):
    gains = []
    for truth in (data.chelsea()[:, :444], data.coffee()[:396], data.rocket()[:420, :636]):
        height, width = truth.shape[:2]
        small = Image.fromarray(truth).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
        bicubic = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))
        gesso = upscale(Picture(np.asarray(small)), models, scale).array
        errors = [np.square(result.astype(float) - truth).mean() for result in (bicubic, gesso)]
        gains.append(10 * np.log10(errors[0] / errors[1]))
    assert min(gains) > 0.3 and np.mean(gains) > wanted


def test_strength_goes_from_bicubic_to_the_net(models):
    small = Picture(photo())
    soft, half, sharp = (upscale(small, models, strength=strength).array.astype(int) for strength in (0, 50, 100))
    bicubic = cv2.resize(small.array, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).astype(int)
    assert np.abs(soft - bicubic).max() <= 1 < np.abs(sharp - bicubic).max()
    assert np.abs(2 * half - soft - sharp).max() <= 2


def test_noise_and_compression_are_not_enlarged(models):
    clean = data.coffee()[:200, :300]
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 12, clean.shape), 0, 255).astype(np.uint8)
    _, file = cv2.imencode(".jpg", np.ascontiguousarray(clean[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 30])
    packed = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])
    wanted = upscale(Picture(clean), models).array.astype(float)
    for bad, found in ((noisy, "strength"), (packed, "quality")):
        errors = [
            np.square(upscale(Picture(bad), models, flavor=flavor).array - wanted).mean()
            for flavor in ("clean", "auto")
        ]
        assert errors[1] < 0.9 * errors[0]
        _, record = perform(UPSCALE, {}, models, Progress(), Picture(bad))
        assert found in record["notes"] and len(record["models"]) > 1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_tiles_join_exactly(scale, models):
    network = models.network(f"upscale-x{scale + scale % 2}")
    whole = upscale(Picture(photo()), models, scale).array

    class Tiled(Models):
        def network(self, role: str, name: str = "auto", also: tuple[str, ...] = ()) -> Network:
            return Network(replace(network.card, tile=48), network._runner)

    assert np.abs(upscale(Picture(photo()), Tiled(), scale).array.astype(int) - whole).max() <= 1


def test_deep_pictures_stay_deep(models):
    ramp = np.linspace(20_000, 21_000, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    assert len(np.unique(upscale(Picture(ramp), models).array)) > 500  # in 8 bits there would be 5


def test_light_beyond_white_is_kept(models):
    bright = np.full((16, 16, 3), 4.0, np.float32)
    bright[:, :8] = 0.5
    large = upscale(Picture(bright), models).array
    assert large[:, 20:].mean() == pytest.approx(4, rel=0.02)
    assert large[:, :12].mean() == pytest.approx(0.5, rel=0.02)


def test_transparent_pixels_cast_no_shadow(models):
    picture = np.full((32, 32, 4), 255, np.uint8)
    picture[:, 16:] = 0  # transparent black beside opaque white
    large = upscale(Picture(picture), models).array
    assert large[:, :32, :3].min() > 245
    assert large[:, :28, 3].min() == 255 and large[:, 36:, 3].max() == 0


def test_the_record_names_the_model(models):
    _, record = perform(UPSCALE, {}, models, Progress(), Picture(photo(8, 8)))
    assert record["models"] == {"upscale-x2": models.card("upscale-x2").sha256}
