"""Picture files keep their depth, profile and alpha."""

import numpy as np
import pytest
from gesso.contract.errors import BadInput
from gesso.engine import files
from gesso.engine.image import Picture
from PIL import Image, ImageCms

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(dtype, channels):
    values = np.random.default_rng(3).random((5, 7, channels))
    return (values * (1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max)).astype(dtype)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("ending, dtype", [("png", "u1"), ("png", "u2"), ("tif", "u1"), ("tif", "u2"), ("tif", "f4")])
def test_round_trip_is_exact(tmp_path, ending, dtype, channels):
    path = tmp_path / f"a.{ending}"
    array = noise(dtype, channels)
    files.write(path, Picture(array), files.File(Picture(array), icc=PROFILE, dpi=(300, 240)))
    back = files.read(path)
    assert back.picture.array.dtype == array.dtype
    assert (back.picture.array == array).all()
    assert back.icc == PROFILE or channels == 1
    assert back.dpi == pytest.approx((300, 240), abs=0.02)


def test_float_goes_to_16_bit_png(tmp_path):
    files.write(tmp_path / "a.png", Picture(noise("f4", 3), "linear"))
    assert files.read(tmp_path / "a.png").picture.number == "u16"


def test_a_jpeg_keeps_fine_colours_and_its_resolution(tmp_path):
    stripes = np.zeros((16, 16, 3), np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255  # red and blue, one pixel wide
    files.write(tmp_path / "a.jpg", Picture(stripes), files.File(Picture(stripes), dpi=(300, 300)))
    back = files.read(tmp_path / "a.jpg")
    assert np.abs(back.picture.array.astype(int) - stripes).mean() < 12  # 77 where colours are halved
    assert back.dpi == (300, 300)


def test_a_turned_photo_is_read_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise("u1", 3)).save(tmp_path / "a.jpg", exif=exif)
    turned = files.read(tmp_path / "a.jpg")
    assert (turned.picture.width, turned.picture.height) == (5, 7)
    assert turned.exif is None


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_rubbish_is_named(tmp_path, content):
    path = tmp_path / "rubbish.png"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="rubbish.png"):
        files.read(path)


def test_cmyk_and_unknown_endings_are_refused(tmp_path):
    Image.new("CMYK", (4, 4)).save(tmp_path / "a.jpg")
    with pytest.raises(BadInput, match="CMYK"):
        files.read(tmp_path / "a.jpg")
    with pytest.raises(BadInput, match="gif"):
        files.write(tmp_path / "a.gif", Picture(noise("u1", 3)))
    assert not list(tmp_path.glob("*.gif"))
