"""The actions that run a network, in GIMP: what goes in, what comes out, and that nothing else changes."""

import array
import math

import stage
from gi.repository import Gimp
from scenes_pixels import check_in_place, check_new_layer


def denoise(image, layers, **settings):
    return stage.call("gesso-enhance-denoise", image, layers, auto=False, strength=20.0, **settings)


def dejpeg(image, layers, **settings):
    return stage.call("gesso-enhance-dejpeg", image, layers, auto=False, quality=20.0, **settings)


def deblur(image, layers, **settings):
    return stage.call("gesso-enhance-deblur", image, layers, auto=False, radius=1.5, **settings)


def upscale(image, layers, **settings):
    return stage.call("gesso-enhance-upscale", image, layers, **settings)


def harmonize(image, layers, **settings):
    return stage.call("gesso-blend-harmonize", image, layers, **settings)


def relight(image, layers, **settings):
    return stage.call("gesso-enhance-relight", image, layers, strength=80.0, **settings)


def adjust(image, layers, **settings):
    return stage.call("gesso-enhance-adjust", image, layers, brightness=-40.0, warmth=50.0, **settings)


def check(act, precision, base="rgb", alpha=False, profile=None):
    image = stage.new_image(72, 60, base, precision)
    if profile:
        assert image.set_color_profile(profile)
    layer = stage.add_layer(image, 72, 60, alpha)
    stage.select_ellipse(image, 20, 15, 30, 24, 4.0)
    check_new_layer(image, layer, act)
    check_in_place(image, layer, act)


def scene_denoise_u8():
    check(denoise, "U8_NON_LINEAR", alpha=True)


def scene_denoise_grey_u16_linear():
    check(denoise, "U16_LINEAR", "gray")


def scene_denoise_float_linear_wide_gamut():
    check(denoise, "FLOAT_LINEAR", profile=stage.wide_gamut())


def scene_denoise_u32():
    check(denoise, "U32_NON_LINEAR", "gray", alpha=True)


def scene_dejpeg_u8():
    check(dejpeg, "U8_NON_LINEAR", alpha=True)


def scene_dejpeg_grey_u16():
    check(dejpeg, "U16_NON_LINEAR", "gray")


def scene_deblur_u16():
    check(deblur, "U16_NON_LINEAR")


def scene_deblur_float_linear_wide_gamut():
    check(deblur, "FLOAT_LINEAR", profile=stage.wide_gamut())


def scene_relight_u8():
    check(relight, "U8_NON_LINEAR", alpha=True)


def scene_relight_grey_u16_linear():
    check(relight, "U16_LINEAR", "gray")


def scene_relight_float_linear_wide_gamut():
    check(relight, "FLOAT_LINEAR", alpha=True, profile=stage.wide_gamut())


def scene_adjust_u8():
    check(adjust, "U8_NON_LINEAR", alpha=True)


def scene_adjust_u16_linear():
    check(adjust, "U16_LINEAR")


def scene_adjust_float_linear_wide_gamut():
    check(adjust, "FLOAT_LINEAR", alpha=True, profile=stage.wide_gamut())


def scene_denoise_keeps_what_is_below_8_bits():
    """A 16-bit ramp of single steps: 8 bits would leave 5 levels of its 1200."""
    width, height = 1200, 8
    image = stage.new_image(width, height, "gray", "U16_NON_LINEAR")
    layer = stage.add_layer(image, width, height)
    stage.put(layer, array.array("H", [30000 + x for _ in range(height) for x in range(width)]).tobytes())
    stage.succeed(stage.call("gesso-enhance-denoise", image, [layer], auto=False, strength=5.0, output="in-place"))
    after = array.array("H", stage.raw(layer))
    levels = len(set(after[3 * width : 4 * width]))
    assert levels > 600, f"{levels} levels are left of {width}"


def scene_denoise_without_selection_covers_the_layer():
    image = stage.new_image(100, 80)
    layer = stage.add_layer(image, 60, 50, at=(20, 10))
    before = stage.raw(layer)
    stage.succeed(denoise(image, [layer]))
    made = image.get_layers()[0]
    assert (made.get_width(), made.get_height()) == (60, 50) and made.get_offsets()[1:] == (20, 10)
    assert made.get_mask() is None and stage.raw(layer) == before
    result = stage.raw(made)
    stage.succeed(denoise(image, [layer], output="in-place"))
    assert stage.raw(layer) == result


def scene_denoise_of_a_soft_layer_stands_in_for_it():
    """Over its source a half-clear result would count twice: the source is hidden, nothing else of it changes."""
    image = stage.new_image(72, 60)
    stage.add_layer(image, 72, 60, name="under")
    layer = stage.add_layer(image, 60, 50, alpha=True)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 30, 60)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    layer.set_opacity(60.0)
    layer.set_mode(Gimp.LayerMode.MULTIPLY)
    before = stage.raw(layer)
    stage.succeed(denoise(image, [layer]))
    made, seen = image.get_layers()[0], stage.visible(image)
    assert not layer.get_visible() and stage.raw(layer) == before and made.get_opacity() == layer.get_opacity()
    image.remove_layer(made)
    layer.set_visible(True)
    stage.succeed(denoise(image, [layer], output="in-place"))
    assert stage.visible(image) == seen


def scene_upscale_makes_a_new_image():
    image = stage.new_image(50, 40, precision="U16_NON_LINEAR")
    assert image.set_color_profile(stage.wide_gamut())
    layer = stage.add_layer(image, 50, 40)
    with stage.untouched(image):
        made = stage.succeed(upscale(image, [layer])).image
    assert (made.get_width(), made.get_height(), len(made.get_layers())) == (100, 80, 1)
    assert made.get_precision() == image.get_precision()
    assert made.get_color_profile().get_label() == image.get_color_profile().get_label()
    assert made.get_layers()[0].get_parasite("gesso")


def scene_upscale_in_place_and_as_layer_agree():
    image = stage.new_image(50, 40)
    stage.add_layer(image, 50, 40, name="under")
    layer = stage.add_layer(image, 20, 16, alpha=True, at=(7, 5))
    made = stage.succeed(upscale(image, [layer])).image.get_layers()[0]
    assert made.get_offsets()[1:] == (14, 10) and made.get_width() == 40
    stage.succeed(upscale(image, [layer], output="new-layer"))
    above = image.get_layers()[0]
    assert image.get_width() == 100 and len(image.get_layers()) == 3
    assert stage.raw(above) == stage.raw(made) and above.get_offsets()[1:] == (14, 10)


def scene_upscale_grey_with_alpha():
    image = stage.new_image(30, 20, "gray", "FLOAT_LINEAR")
    layer = stage.add_layer(image, 30, 20, alpha=True)
    stage.succeed(upscale(image, [layer], output="in-place"))
    numbers = array.array("f", stage.raw(layer))
    assert layer.get_width() == 60 and len(numbers) == 60 * 40 * 2 and all(map(math.isfinite, numbers))


def scene_one_pixel():
    for act, size in ((denoise, 1), (upscale, 2)):
        image = stage.new_image(1, 1)
        layer = stage.add_layer(image, 1, 1)
        made = stage.succeed(act(image, [layer], output="new-image")).image
        assert made.get_width() == size


def scene_very_wide():
    image = stage.new_image(30000, 8)
    layer = stage.add_layer(image, 30000, 8)
    stage.succeed(denoise(image, [layer], output="in-place"))
    made = stage.succeed(upscale(image, [layer])).image
    assert made.get_width() == 60000


def scene_fill_with_the_network():
    image = stage.new_image(160, 120)
    layer = stage.add_layer(image, 160, 120)
    stage.select_ellipse(image, 50, 40, 60, 40, 3.0)

    def act(image, layers, **settings):
        return stage.call("gesso-inpaint-fill", image, layers, seed=4, **settings)

    check_new_layer(image, layer, act)
    check_in_place(image, layer, act)


def scene_harmonize():
    image = stage.new_image(128, 96, precision="U16_NON_LINEAR")
    base = stage.add_layer(image, 128, 96, name="base")
    top = stage.add_layer(image, 50, 40, alpha=True, at=(30, 20), name="pasted")
    before = stage.raw(base), stage.raw(top)
    seen = stage.visible(image)
    stage.succeed(harmonize(image, [top]))
    assert (stage.raw(base), stage.raw(top)) == before
    changed = stage.looks_different(image, seen, stage.visible(image))
    inside = [30 <= at % 128 < 80 and 20 <= at // 128 < 60 for at in range(128 * 96)]
    assert any(changed) and not any(c and not i for c, i in zip(changed, inside, strict=True))
    stage.succeed(harmonize(image, [top], output="in-place"))
    alpha = [pixels[3::4] for pixels in (array.array("H", before[1]), array.array("H", stage.raw(top)))]
    assert alpha[0] == alpha[1] and stage.raw(top) != before[1] and stage.raw(base) == before[0]


def scene_words_into_a_picture():
    """A hole, a variation, margins: new layers at the image's own depth, what is there stays as it is."""
    image = stage.new_image(120, 90, precision="U16_NON_LINEAR")
    layer = stage.add_layer(image, 120, 90, alpha=True)
    before = stage.raw(layer)
    stage.select_ellipse(image, 30, 20, 60, 40, 3.0)
    stage.succeed(stage.call("gesso-inpaint-paint", image, [layer], words="sky, blue", candidates=2, seed=1))
    (group,) = (one for one in image.get_layers() if one.is_group())
    one, other = group.get_children()
    assert stage.raw(one) != stage.raw(other) and one.get_mask() is not None
    image.remove_layer(group)
    Gimp.Selection.none(image)
    stage.succeed(stage.call("gesso-generate-vary", image, [layer], words="sunset", strength=40.0, seed=1))
    varied = image.get_layers()[0]
    assert varied.get_name() == "Variation" and varied.get_width() == 120 and stage.raw(varied) != before
    image.remove_layer(varied)
    stage.succeed(stage.call("gesso-generate-surround", image, [layer], words="sea", left=30, seed=1))
    assert image.get_width() == 150 and stage.raw(layer) == before
    with stage.untouched(image):
        assert "dragon" in stage.call("gesso-generate-vary", image, [layer], words="dragon").error


def scene_candidates_that_stand_in_for_a_soft_layer():
    """The first is seen, and not its source."""
    image = stage.new_image(72, 60)
    layer = stage.add_layer(image, 72, 60, alpha=True)
    stage.succeed(stage.call("gesso-generate-vary", image, [layer], candidates=3, strength=90.0, seed=1))
    group = image.get_layers()[0]
    assert [one.get_visible() for one in group.get_children()] == [True, False, False]
    assert [one.get_id() for one in image.get_selected_layers()] == [group.get_children()[0].get_id()]
    assert not layer.get_visible()


def scene_generate_with_no_image_open():
    for name, size in (("texture", (96, 80)), ("text", (128, 96))):
        made = stage.succeed(stage.call(f"gesso-generate-{name}", width=size[0], height=size[1], seed=3))
        image = made.image
        assert (image.get_width(), image.get_height()) == size and len(image.get_layers()) == 1
        again = stage.succeed(stage.call(f"gesso-generate-{name}", **made.record[0]["settings"])).image
        assert stage.raw(again.get_layers()[0]) == stage.raw(image.get_layers()[0]), (
            "the same seed gave another picture"
        )


def scene_generate_into_an_image():
    """A new layer on top, in the image's own precision and space."""
    for base, precision in (("rgb", "FLOAT_LINEAR"), ("gray", "U16_NON_LINEAR")):
        image = stage.new_image(64, 48, base, precision)
        layer = stage.add_layer(image, 64, 48)
        before = stage.raw(layer)
        made = stage.succeed(stage.call("gesso-generate-texture", image, [layer], width=96, height=80, seed=3))
        assert made.image.get_id() == image.get_id() and len(image.get_layers()) == 2
        assert stage.raw(layer) == before and image.get_layers()[0].get_width() == 96
        alone = stage.succeed(stage.call("gesso-generate-texture", width=96, height=80, seed=3)).image
        flat = [Gimp.Image.duplicate(alone), Gimp.Image.duplicate(image)]
        samples = [one.get_layers()[0].get_pixel(40, 30).get_rgba() for one in flat]
        if base == "rgb":
            assert max(abs(a - b) for a, b in zip(*samples, strict=True)) < 0.01, samples


def scene_generate_new_image_leaves_the_open_one():
    image = stage.new_image(64, 48)
    layer = stage.add_layer(image, 64, 48)
    with stage.untouched(image):
        made = stage.succeed(
            stage.call("gesso-generate-texture", image, [layer], output="new-image", width=96, height=80)
        )
    assert made.image.get_width() == 96
