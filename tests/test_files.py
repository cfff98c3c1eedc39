"""Picture files keep their depth, profile and alpha."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from gesso.contract.errors import BadInput, GessoError
from gesso.engine import files
from gesso.engine.image import Picture
from PIL import Image, ImageCms

PNG_HEAD = b"\x89PNG\r\n\x1a\n" + bytes(40)
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


@pytest.mark.parametrize("dpi", [(4294967295, 1), (70000, 70000), (0, 72)])
def test_a_resolution_that_cannot_be_is_left_out(tmp_path, dpi):
    """Some programs write the largest number there is, which no PNG can hold."""
    pixels = np.zeros((4, 4, 3), np.uint8)
    tifffile.imwrite(tmp_path / "odd.tif", pixels, photometric="rgb", resolution=dpi, resolutionunit="INCH")
    read = files.read(tmp_path / "odd.tif")
    assert read.dpi is None
    files.write(tmp_path / "even.png", read.picture, read)
    assert files.read(tmp_path / "even.png").dpi is None


def test_a_turned_photo_is_read_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise("u1", 3)).save(tmp_path / "a.jpg", exif=exif)
    turned = files.read(tmp_path / "a.jpg")
    assert (turned.picture.width, turned.picture.height) == (5, 7)
    assert turned.exif is None


def camera_data(order, orientation=6):
    """EXIF data as cameras write them, numbers of many kinds, in a table in the table; and a small picture behind."""
    exif = Image.Exif()
    exif.endian = order
    exif[0x010F], exif[0x0112] = "Leica", orientation
    exif[0x8298] = "\u00a9 M\u00fcller".encode()
    about = exif.get_ifd(0x8769)
    about |= {0x829A: 1 / 320, 0x8827: 400, 0x9003: "2026:01:02 03:04:05", 0x9204: -2 / 3, 0xA002: 7, 0xA003: 5}
    about |= {0x927C: b"\1its maker knows", 0xA005: {1: "R98"}}
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 0.5)})
    return exif


def told(exif):
    """All values, but for where the tables are and what tells of the pixels."""
    structure = {256, 257, 258, 259, 262, 273, 277, 278, 279, 282, 283, 284, 296, 339, 0x8769, 0x8825, 0xA002, 0xA003}
    tables = [dict(exif), *(exif.get_ifd(table) for table in (0x8769, 0x8825, 0xA005))]
    return [{k: v for k, v in table.items() if k not in {*structure, 0xA005, 0x0112}} for table in tables]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype, name", [("u1", "jpg"), ("u1", "webp"), ("u1", "png"), ("u2", "png"), ("u2", "tif")])
def test_exif_data_go_from_any_file_to_any(tmp_path, order, dtype, name):
    wanted = camera_data(order)
    Image.fromarray(noise("u1", 3)).save(tmp_path / "a.jpg", exif=wanted)
    source = files.read(tmp_path / "a.jpg")
    files.write(tmp_path / f"b.{name}", Picture(noise(dtype, 3)[:4, :6]), source)
    files.write(tmp_path / "c.tif", Picture(noise("f4", 3)[:4, :6]), files.read(tmp_path / f"b.{name}"))
    with tifffile.TiffFile(tmp_path / "c.tif") as tiff:
        assert (tiff.asarray() == noise("f4", 3)[:4, :6]).all()
    files.write(tmp_path / "d.png", Picture(noise("u1", 3)[:4, :6]), files.read(tmp_path / "c.tif"))
    with Image.open(tmp_path / "a.jpg") as before, Image.open(tmp_path / "d.png") as after:
        assert told(after.getexif()) == told(before.getexif())
        assert after.getexif().get(0x0112, 1) == 1
        about = after.getexif().get_ifd(0x8769)
    assert (about[0xA002], about[0xA003]) == (6, 4)
    assert about[0x9204] < 0 and tifffile.TiffFile(tmp_path / "c.tif").pages[0].tags["Copyright"].value[2:] == "Müller"


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_damaged_exif_data_do_not_keep_a_photo_from_being_read(tmp_path, name):
    whole = camera_data("<").tobytes()
    rng = np.random.default_rng(4)
    for length in range(1, len(whole), 5):
        damaged = bytearray(whole[:length])
        damaged[rng.integers(length)] = rng.integers(256)
        Image.fromarray(noise("u1", 3)).save(tmp_path / name, exif=bytes(damaged))
        files.write(tmp_path / "b.tif", Picture(noise("u1", 3)), files.read(tmp_path / name))


def test_the_program_notes_of_a_tiff_are_not_taken_for_a_description(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise("u1", 3), photometric="rgb")  # {"shape": ...}, soon not true
    assert b"shape" not in (files.read(tmp_path / "a.tif").exif or b"")


def test_the_small_picture_goes(tmp_path):
    """It would show the photo as it was, what was painted out included."""
    small = b"\xff\xd8 the small picture"
    head = b"II*\0" + bytes([8, 0, 0, 0])
    tables = [[(0x010F, 2, 4, b"Me\0\0")], [(0x0201, 4, 1, bytes([44, 0, 0, 0])), (0x0202, 4, 1, bytes([19, 0, 0, 0]))]]
    first, second = (
        len(table).to_bytes(2, "little") + b"".join(struct.pack("<HHI4s", *entry) for entry in table)
        for table in tables
    )
    exif = b"Exif\0\0" + head + first + bytes([26, 0, 0, 0]) + second + bytes(4) + small
    Image.fromarray(noise("u1", 3)).save(tmp_path / "a.jpg", exif=exif)
    kept = files.read(tmp_path / "a.jpg").exif
    assert b"Me" in kept and small not in kept and len(kept) < 40


def test_pages_are_counted(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.stack([noise("u1", 3)] * 3), photometric="rgb")
    with tifffile.TiffWriter(tmp_path / "b.tif") as tiff:
        tiff.write(noise("u1", 3), photometric="rgb")
        tiff.write(noise("u1", 3)[::2, ::2], photometric="rgb", subfiletype=1)  # the same, smaller
    frames = [Image.fromarray(noise("u1", 3)), Image.fromarray(255 - noise("u1", 3))]
    frames[0].save(tmp_path / "c.webp", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "d.jpg", format="MPO", save_all=True, append_images=frames[1:])  # as phones do
    assert [files.read(tmp_path / name).pages for name in ("a.tif", "b.tif", "c.webp", "d.jpg")] == [3, 1, 2, 1]


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    frames = [Picture(noise("u1", 3)), Picture(noise("u1", 3))]
    (tmp_path / "a.gif").write_bytes(b"old")

    def stop(self, path, **_):
        Path(path).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        files.write_frames(tmp_path / "a.gif", frames, None)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.gif", b"old")]


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(self, path, **_):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(GessoError, match=r"a.png cannot be written: No space left on device\."):
        files.write(tmp_path / "a.png", Picture(noise("u1", 3)))
    assert not list(tmp_path.iterdir())


def test_the_longest_name_can_be_written(tmp_path):
    files.write(tmp_path / f"{'x' * 251}.png", Picture(noise("u1", 3)))


def test_a_link_stays_one(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "a.png").symlink_to(tmp_path / "far/b.png")
    files.write(tmp_path / "a.png", Picture(noise("u1", 3)))
    assert (tmp_path / "a.png").is_symlink() and (tmp_path / "far/b.png").is_file()


def test_a_raw_file_is_named(tmp_path):
    tifffile.imwrite(tmp_path / "a.nef", noise("u1", 3), photometric="rgb")  # the small picture that such a file has
    with pytest.raises(BadInput, match="a.nef is a camera's raw file"):
        files.read(tmp_path / "a.nef")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_read_upright(tmp_path, orientation):
    turned = noise("u2", 3)
    tifffile.imwrite(tmp_path / "a.tif", turned, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray((turned >> 8).astype(np.uint8)).save(tmp_path / "a.png", exif=exif)
    upright = files.read(tmp_path / "a.png").picture.array  # by Pillow
    np.testing.assert_array_equal(files.read(tmp_path / "a.tif").picture.array >> 8, upright)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_tiff_may_be_compressed_as_most_programs_do_it(tmp_path, dtype):
    array = noise(dtype, 3)
    cv2.imwrite(str(tmp_path / "a.tif"), array[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])  # LZW
    np.testing.assert_array_equal(files.read(tmp_path / "a.tif").picture.array, array)


def test_scans_in_black_and_white_may_be_stored_either_way(tmp_path):
    page = noise("u1", 1)[..., 0] > 127
    tifffile.imwrite(tmp_path / "a.tif", page, photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", ~page, photometric="miniswhite")
    tifffile.imwrite(tmp_path / "c.tif", 255 - 200 * page.astype(np.uint8), photometric="miniswhite")
    for name, white in (("a", 255), ("b", 255), ("c", 200)):
        np.testing.assert_array_equal(
            files.read(tmp_path / f"{name}.tif").picture.array[..., 0], page * np.uint8(white)
        )


@pytest.mark.parametrize("photometric", ["rgb", "ycbcr"])
def test_a_tiff_may_hold_a_jpeg(tmp_path, photometric):
    tifffile.imwrite(tmp_path / "a.tif", noise("u1", 3), photometric=photometric, compression="jpeg")
    with Image.open(tmp_path / "a.tif") as by_pillow:
        wanted = np.asarray(by_pillow.convert("RGB")).astype(int)
    assert np.abs(files.read(tmp_path / "a.tif").picture.array - wanted).max() <= 1


def test_a_tiff_may_have_one_colour_after_the_other(tmp_path):
    array = noise("u2", 3)
    tifffile.imwrite(tmp_path / "a.tif", np.moveaxis(array, 2, 0), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(files.read(tmp_path / "a.tif").picture.array, array)


@pytest.mark.parametrize("dtype, error", [("u1", 2), ("u2", 2), ("f4", 1e-6)])
def test_colours_multiplied_by_alpha_are_read_as_they_are(tmp_path, dtype, error):
    array = noise(dtype, 4)
    full = 1 if dtype == "f4" else np.iinfo(dtype).max
    array[..., 3] = np.array([full, full // 2 or 0.5, full, full, full, 0, full])
    share = array[..., 3:] / full
    multiplied = np.where(np.arange(4) < 3, array * share, array)
    stored = (multiplied if dtype == "f4" else np.rint(multiplied)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    back = files.read(tmp_path / "a.tif").picture.array
    assert (back[..., 3] == array[..., 3]).all()
    away = np.abs(back.astype(float) - array)[share[..., 0] > 0]
    assert away.max() <= error


@pytest.mark.parametrize("channels, mode", [(1, "LA"), (3, "RGBA")])
def test_one_colour_may_stand_for_transparency(tmp_path, channels, mode):
    array = np.full((2, 3, channels), 7, np.uint8)
    array[0, 0] = 9
    picture = Image.fromarray(array.squeeze())
    picture.save(tmp_path / "a.png", transparency=9 if channels == 1 else (9, 9, 9))
    alpha = files.read(tmp_path / "a.png").picture.array[..., channels:]
    assert alpha.squeeze().tolist() == [[0, 255, 255], [255, 255, 255]]


def test_a_16_bit_png_may_have_any_name(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imread", lambda name, flags: None)  # on Windows it opens no names of other alphabets
    files.write(tmp_path / "\u56fe.png", Picture(noise("u2", 3)))
    assert files.read(tmp_path / "\u56fe.png").picture.number == "u16"


@pytest.mark.parametrize("content, says", [(b"", "is empty"), (b"text", "is no picture"), (PNG_HEAD, "is no picture")])
@pytest.mark.parametrize("name", ["rubbish.png", "rubbish.tif", "rubbish.heic"])
def test_rubbish_is_named(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"{name} {says}"):
        files.read(path)


@pytest.mark.parametrize("name", ["half.png", "half.tif", "half.jpg", "half.webp"])
def test_half_a_file_is_named(tmp_path, name):
    path = tmp_path / name
    files.write(path, Picture(noise("u1", 3)))
    whole = path.read_bytes()
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        try:
            files.read(path)  # some decoders make do with what there is
        except BadInput as error:
            assert name in str(error)


def test_cmyk_and_unknown_endings_are_refused(tmp_path):
    Image.new("CMYK", (4, 4)).save(tmp_path / "a.jpg")
    with pytest.raises(BadInput, match="CMYK"):
        files.read(tmp_path / "a.jpg")
    with pytest.raises(BadInput, match="gif"):
        files.write(tmp_path / "a.gif", Picture(noise("u1", 3)))
    assert not list(tmp_path.glob("*.gif"))


@pytest.mark.parametrize("name, most", [("a.webp", 16383), ("a.jpg", 65500)])
def test_a_picture_too_large_for_its_format_gets_a_sentence(tmp_path, name, most):
    files.write(tmp_path / name, Picture(np.zeros((1, most, 3), np.uint8)))
    with pytest.raises(BadInput, match=f"too many for this format, which ends at {most}"):
        files.write(tmp_path / f"larger-{name}", Picture(np.zeros((1, most + 1, 3), np.uint8)))
    with pytest.raises(BadInput, match="too many"):
        files.write_frames(tmp_path / "a.gif", [Picture(np.zeros((65536, 1, 3), np.uint8))], None)
    assert [file.name for file in tmp_path.iterdir()] == [name]
