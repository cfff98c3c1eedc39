"""Numbers survive the way to the net and back; where nothing changes, bits survive."""

import numpy as np
import pytest
from gesso.engine.colour import decode, encode, to_linear, to_perceptual
from gesso.engine.composite import add_change, lay
from gesso.engine.image import NUMBERS, Picture, alike

CURVES = ["linear", "perceptual"]
STEPS = {"u32": 2**9, "float": 1e-6, "double": 1e-6, "half": 1e-3}  # a float32 in between holds 24 bits (floats: share)


def sample(number: str, channels: int = 3) -> np.ndarray:
    """40x50 of every kind of value: for u8 and u16 a walk over the whole range, for floats also beyond it."""
    dtype = np.dtype(NUMBERS[number])
    random = np.random.default_rng(5)
    if dtype.kind == "u":
        values = random.integers(0, np.iinfo(dtype).max, (40, 50, channels), dtype, endpoint=True)
        values[0, 0], values[0, 1] = 0, np.iinfo(dtype).max
        return values
    return random.normal(0.5, 1, (40, 50, channels)).astype(dtype)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("number", NUMBERS)
def test_round_trip(number, curve):
    array = sample(number)
    back = encode(decode(array, curve), array.dtype, curve)
    assert back.dtype == array.dtype
    wide = array.astype(np.float64)
    allowed = STEPS.get(number, 0) * (np.abs(wide) if array.dtype.kind == "f" else 1)
    assert (np.abs(back.astype(np.float64) - wide) <= allowed).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("curve", CURVES)
def test_every_integer_survives(dtype, curve):
    array = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    assert (encode(decode(array, curve), dtype, curve) == array).all()


def test_the_curve_is_srgb():
    assert to_perceptual(np.array([0.0, 0.0031308, 0.5, 1.0])) == pytest.approx([0, 0.04045, 0.735357, 1], abs=1e-5)
    values = np.linspace(-2, 2, 101)
    assert to_linear(to_perceptual(values)) == pytest.approx(values, abs=1e-6)


def test_integers_are_clipped_and_floats_are_not():
    values = np.array([-0.5, 1.5], np.float32)
    assert list(encode(values, np.dtype(np.uint8), "perceptual")) == [0, 255]
    assert list(encode(values, np.dtype(np.float32), "perceptual")) == [-0.5, 1.5]


@pytest.mark.parametrize("curve", ["linear", "perceptual"])
def test_light_too_strong_for_half_floats_does_not_become_infinite(curve):
    strong = encode(np.array([1e6, -1e6, 2.0], np.float32), np.dtype(np.float16), curve)
    assert strong[:2].tolist() == [65504, -65504] and 2 <= strong[2] < 6


def test_what_is_not_finite_reads_as_zero():
    assert not decode(np.array([np.nan, np.inf, -np.inf], np.float32), "linear").any()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("number", NUMBERS)
def test_no_change_keeps_every_bit(number, curve, channels):
    array = sample(number, channels)
    if array.dtype.kind == "f":
        array[3, :5] = [[np.nan], [np.inf], [-np.inf], [-0.0], [6e4]]
    picture = Picture(array, curve)
    change = np.zeros((40, 50, 3), np.float32)
    change[20:] = 0.1
    result = add_change(picture, picture.box, change)
    assert result.dtype == array.dtype
    assert result[:20].tobytes() == array[:20].tobytes()
    if picture.has_alpha:
        assert result[..., -1].tobytes() == array[..., -1].tobytes()
    before, after = (decode(part[20:, :, : picture.colours], curve) for part in (array, result))
    wanted = before + 0.1
    if array.dtype.kind == "u":
        wanted = wanted.clip(0, 1)
    assert np.abs(after - wanted).max() < {"u8": 0.02, "half": 0.004}.get(number, 1e-4)


def test_information_below_8_bits_survives_a_change():
    ramp = np.linspace(20000, 20100, 50).astype(np.uint16)[None, :, None].repeat(3, 2)
    picture = Picture(ramp)
    result = add_change(picture, picture.box, np.full((1, 50, 3), 0.1, np.float32))
    assert np.abs(result.astype(int) - ramp - round(0.1 * 65535)).max() <= 1


@pytest.mark.parametrize("over", [False, True])
def test_a_soft_edge_takes_no_colour_from_what_is_clear(over):
    base = Picture(np.array([[[0, 0, 0, 0], [200, 100, 50, 255]]], np.uint8))
    layer = Picture(np.array([[[200, 100, 50, 255]] * 2], np.uint8))
    result = lay(base, layer, 0, 0, np.full((1, 2), 0.5, np.float32), over).array
    assert result[0].tolist() == [[200, 100, 50, 128], [200, 100, 50, 255]]


KINDS = {
    "u8": Picture(np.full((2, 3, 3), 51, np.uint8)),
    "u16 with alpha": Picture(np.array([13107] * 3 + [65535], np.uint16) * np.ones((2, 3, 1), np.uint16)),
    "linear float with alpha": Picture(
        np.array([0.0331] * 3 + [1], np.float32) * np.ones((2, 3, 1), np.float32), "linear"
    ),
    "grey": Picture(np.full((2, 3, 1), 51, np.uint8)),
    "grey with alpha": Picture(np.array([51, 255], np.uint8) * np.ones((2, 3, 1), np.uint8)),
}


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("base", KINDS)
@pytest.mark.parametrize("layer", KINDS)
def test_a_layer_of_any_encoding_can_be_laid_on_any_other(base, layer, over):
    under = KINDS[base]
    result = lay(Picture(under.array // 2, under.curve), KINDS[layer], 0, 0, None, over)
    assert (result.array.dtype, result.array.shape) == (under.array.dtype, under.array.shape)
    assert abs(result.rgb() - 0.2).max() < 0.003


def test_pictures_brought_into_one_encoding():
    for one in alike(list(KINDS.values())):
        assert (one.number, one.curve, one.array.shape[2]) == ("float", "linear", 4)
        assert abs(one.rgb() - 0.2).max() < 0.003 and (one.alpha() == 1).all()
    half, deep = (Picture(np.zeros((1, 1, 3), number)) for number in (np.float16, np.uint16))
    assert alike([half, deep])[0].number == "float", "half floats have fewer steps than 16 bits"
    first = KINDS["grey"]
    assert alike([first, first])[0] is first
