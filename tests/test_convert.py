"""Color transfer gives the other picture's palette and keeps every edge; stylize paints with the other's own pieces."""

import cv2
import numpy as np
import pytest
from gesso import cli
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine import files
from gesso.engine.convert import stylize
from gesso.engine.convert.patches import Dictionary, lattice
from gesso.engine.convert.small import enlarged, reduced
from gesso.engine.convert.transport import Bend, linear_transport
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

FULL = {np.uint8: 255, np.uint16: 65535, np.float32: 1.0}


def convert(name, picture, style, mask=None, **settings):
    chosen = {"style": "a name", **settings}
    others = {"style": style}
    outcome, _ = perform(find("convert", name), chosen, Models(), Progress(), picture, mask, others=others)
    return outcome.layers[0]


def encoded(values, dtype):
    values = values.clip(0, 1) * FULL[dtype]
    return Picture((np.rint(values) if dtype != np.float32 else values).astype(dtype))


def landscape(dtype=np.uint8, height=72, width=96):
    """Blue above, green below, a bright sun; with grain."""
    rows, columns = np.mgrid[:height, :width]
    values = np.where((rows < height / 2)[..., None], [0.3, 0.5, 0.8], [0.2, 0.4, 0.15])
    values = values + 0.4 * (np.hypot(rows - 18, columns - 60) < 10)[..., None]
    return encoded(values + np.random.default_rng(0).normal(0, 0.02, (height, width, 3)), dtype)


def stripes(dtype=np.uint8, height=64, width=80):
    """Thin diagonal stripes of black ink on yellow paper, which is darker on the left."""
    rows, columns = np.mgrid[:height, :width]
    ink = ((rows + columns) % 6 < 2)[..., None]
    paper = np.array([0.9, 0.8, 0.3]) * (0.4 + 0.6 * columns[..., None] / width)
    return encoded(np.where(ink, [0.1, 0.1, 0.15], paper), dtype)


def palette_distance(one, two):
    """Sliced Wasserstein distance of the colours of two pictures."""
    turn = np.random.default_rng(3).normal(size=(3, 32))
    sides = [np.quantile(picture.rgb().reshape(-1, 3) @ turn, np.linspace(0, 1, 101), axis=0) for picture in (one, two)]
    return np.sqrt(np.square(sides[0] - sides[1]).mean())


class TestColors:
    @pytest.mark.parametrize("dtype", FULL)
    def test_the_palette_is_the_others(self, dtype):
        picture, style = landscape(dtype), stripes()
        result = convert("colors", picture, style).picture
        assert result.array.dtype == dtype
        assert palette_distance(result, style) < 0.5 * palette_distance(picture, style)

    def test_its_own_colours_change_nothing_to_speak_of(self):
        picture = landscape(np.float32)
        assert np.abs(convert("colors", picture, picture).picture.rgb() - picture.rgb()).mean() < 0.02

    def test_strength_0_keeps_every_bit(self):
        picture = landscape(np.uint16)
        assert np.array_equal(convert("colors", picture, stripes(), strength=0).picture.array, picture.array)

    def test_brightness_is_kept_when_asked(self):
        picture = landscape(np.float32)
        result = convert("colors", picture, stripes(), **{"keep-brightness": True}).picture
        luma = [image.rgb() @ [0.2126, 0.7152, 0.0722] for image in (picture, result)]
        assert np.abs(luma[0] - luma[1]).max() < 1e-5
        assert np.abs(picture.rgb() - result.rgb()).max() > 0.05

    def test_only_the_selection_counts(self):
        """The style is what the selected half shows: there is next to nothing to change, whatever the other half is."""
        picture, mask = landscape(np.float32), np.zeros((72, 96), np.float32)
        mask[40:] = 1
        layer = convert("colors", picture, picture.crop(Box(0, 40, 96, 32)), mask)
        assert (layer.y, layer.picture.height) == (40, 32)
        assert np.abs(layer.picture.rgb() - picture.rgb()[40:]).mean() < 0.02

    def test_a_smooth_ramp_stays_smooth_below_8_bits(self):
        ramp = np.repeat(np.linspace(20000, 22000, 4000).astype(np.uint16)[None, :, None], 8, axis=0)
        result = convert("colors", Picture(np.repeat(ramp, 3, axis=2)), landscape()).picture.array
        assert np.abs(np.diff(result[0].astype(int), axis=0)).max() < 16

    def test_a_flat_picture_is_not_blown_up(self):
        flat = encoded(np.random.default_rng(1).normal(0.5, 0.002, (40, 50, 3)), np.float32)
        assert convert("colors", flat, stripes()).picture.rgb().std(axis=(0, 1)).max() < 0.01

    def test_numbers_beyond_white_survive(self):
        picture = landscape(np.float32)
        picture.array[5, 5] = 30.0
        assert (convert("colors", picture, stripes()).picture.array[5, 5] > 5).all()


class TestStylize:
    @pytest.mark.parametrize("dtype", FULL)
    def test_it_is_made_of_the_style(self, dtype):
        """Stripes come where there were none, in the ink's two colours; light stays light."""
        picture, style = landscape(dtype), stripes()
        result = convert("stylize", picture, style).picture
        assert result.array.dtype == dtype and result.array.shape == picture.array.shape
        assert palette_distance(result, style) < 0.5 * palette_distance(picture, style)
        luma = result.rgb().mean(axis=2)
        assert luma[8:28, 50:70].mean() > luma[44:].mean()

    def test_colours_are_kept_when_asked(self):
        picture = landscape(np.float32)
        result = convert("stylize", picture, stripes(), **{"keep-colors": True}).picture.rgb() - picture.rgb()
        assert np.abs(result - result.mean(axis=2, keepdims=True)).max() < 1e-5
        assert np.abs(result).mean() > 0.01

    def test_strength_0_keeps_every_bit(self):
        picture = landscape(np.uint16)
        assert np.array_equal(convert("stylize", picture, stripes(), strength=0).picture.array, picture.array)

    def test_tiles_have_no_seams(self, monkeypatch):
        picture = landscape(np.float32, 300, 400)
        monkeypatch.setattr(stylize, "SIDE", 96)
        whole = convert("stylize", picture, stripes()).picture.array
        monkeypatch.setattr(stylize, "BLOCK", 64)
        assert np.abs(convert("stylize", picture, stripes()).picture.array - whole).max() < 1e-5

    def test_the_selection_alone_is_covered(self):
        mask = np.zeros((72, 96), np.float32)
        mask[10:40, 20:70] = 1
        layer = convert("stylize", landscape(), stripes(), mask)
        assert (layer.x, layer.y, layer.picture.width, layer.picture.height) == (20, 10, 50, 30)

    @pytest.mark.parametrize("height, width", [(1, 1), (3, 700), (200, 2)])
    def test_odd_sizes(self, height, width):
        made = convert("stylize", landscape(np.uint8, height, width), stripes())
        assert made.picture.array.shape[:2] == (height, width)
        assert convert("stylize", landscape(), stripes(np.uint8, height, width)).picture.array.shape[:2] == (72, 96)

    def test_clear_parts_of_the_style_are_not_painted_with(self):
        style = stripes()
        clear = np.full((64, 80, 1), 255, np.uint8)
        style.array[:, 40:] = [255, 0, 255]
        clear[:, 40:] = 0
        result = convert("stylize", landscape(), Picture(np.dstack([style.array, clear]))).picture.rgb()
        assert not ((result[..., 0] > 0.7) & (result[..., 1] < 0.3) & (result[..., 2] > 0.7)).any()


@pytest.mark.parametrize("name", ["stylize", "colors"])
def test_an_empty_style_gets_a_sentence(name):
    with pytest.raises(BadInput, match="empty|no visible"):
        convert(name, landscape(), Picture(np.zeros((20, 30, 4), np.uint8)))


def test_on_the_command_line(tmp_path, capsys):
    """A folder of photos, one style; depth is kept, and the same pixels come out as above."""
    (tmp_path / "in").mkdir()
    photo, style = landscape(np.uint16), stripes()
    files.write(tmp_path / "in/a.png", photo)
    files.write(tmp_path / "in/b.jpg", landscape())
    files.write(tmp_path / "style.png", style)
    words = ["convert", "colors", str(tmp_path / "in"), str(tmp_path / "style.png"), "-o", str(tmp_path / "out")]
    assert cli.main(words) == 0
    done = files.read(tmp_path / "out/a.png").picture
    assert np.array_equal(done.array, convert("colors", photo, style).picture.array)
    assert (tmp_path / "out/b.jpg").exists()
    assert cli.main([*words[:2], str(tmp_path / "in/a.png"), str(tmp_path / "none.png"), "-o", "x.png"]) == 2
    assert "no file" in capsys.readouterr().err


def test_a_linear_transport_matches_mean_and_covariance():
    rng = np.random.default_rng(0)
    one, two = (rng.normal(size=(5000, 3)) @ rng.normal(size=(3, 3)) * 0.1 + 0.5 for _ in range(2))
    matrix, offset = linear_transport(one, two)
    moved = one @ matrix + offset
    assert np.allclose(moved.mean(0), two.mean(0), atol=1e-3)
    assert np.allclose(np.cov(moved.T), np.cov(two.T), atol=1e-3)


def test_a_bend_reaches_what_no_line_does():
    rng = np.random.default_rng(0)
    one, two = rng.random((4000, 3), np.float32), rng.random((4000, 3), np.float32) ** 3
    matrix, offset = linear_transport(one, two)
    bent = Bend.between(one, two).apply(one[None])[0]
    assert np.abs(bent - one**3).mean() < 0.5 * np.abs(one @ matrix + offset - one**3).mean()


def test_a_piece_finds_itself():
    picture = np.random.default_rng(0).random((40, 50, 3), np.float32)
    places = lattice(40, 50, 7, 3)
    found = Dictionary.of(picture, np.ones((40, 50), bool), 7).nearest(picture, places, Progress())
    assert np.array_equal(found, places)


def test_small_and_large_again():
    picture = encoded(cv2.resize(np.random.default_rng(0).random((6, 8, 3)), (203, 154)), np.float32)
    small, alpha = reduced(picture, 4)
    assert small.shape == (39, 51, 3) and (alpha == 1).all()
    part = Box(50, 30, 70, 60)
    assert np.abs(enlarged(small, 4, part) - picture.rgb(part)).mean() < 0.01
