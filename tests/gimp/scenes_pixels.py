"""Pixels: outside the selection not one bit changes, in every kind of picture, and inside the work is done."""

import array
import sys

import stage
from gi.repository import Gimp

WIDTH, HEIGHT = 48, 40


def check_new_layer(image, layer, act=stage.fill):
    """A new layer above the source shows the result; the source and all that is unselected stay as they were."""
    before, seen = stage.raw(layer), stage.visible(image)
    position, count = image.get_item_position(layer), len(image.get_layers())
    stage.succeed(act(image, [layer]))
    siblings = layer.get_parent().get_children() if layer.get_parent() else image.get_layers()
    result = siblings[position]
    assert siblings[position + 1].get_id() == layer.get_id(), "the result is not right above its source"
    assert layer.get_parent() or len(image.get_layers()) == count + 1
    assert stage.raw(layer) == before, "the source layer was changed"
    changed = stage.looks_different(image, seen, stage.visible(image))
    chosen = stage.selected(image)
    assert not any(c and not s for c, s in zip(changed, chosen, strict=True)), "something unselected looks different"
    assert any(c and s for c, s in zip(changed, chosen, strict=True)), "nothing changed where it was selected"
    return result


def check_in_place(image, layer, act=stage.fill):
    """The layer changes where it is selected and, to the bit, nowhere else."""
    before, count = stage.raw(layer), len(image.get_layers())
    stage.succeed(act(image, [layer], output="in-place"))
    assert len(image.get_layers()) == count
    changed = stage.differing(before, stage.raw(layer), layer.get_width() * layer.get_height())
    chosen = stage.selected(image, layer)
    assert not any(c and not s for c, s in zip(changed, chosen, strict=True)), "an unselected pixel changed"
    assert any(c and s for c, s in zip(changed, chosen, strict=True)), "nothing changed where it was selected"


def check_kind(precision, feather=0.0, profile=None):
    for base, alpha, check in (
        ("rgb", False, check_new_layer),
        ("gray", True, check_new_layer),
        ("rgb", True, check_in_place),
        ("gray", False, check_in_place),
    ):
        image = stage.new_image(WIDTH, HEIGHT, base, precision)
        if profile and base == "rgb":
            assert image.set_color_profile(profile)
        layer = stage.add_layer(image, WIDTH, HEIGHT, alpha)
        stage.select_ellipse(image, 10, 8, 24, 20, feather)
        check(image, layer)


def scene_u8_non_linear():
    check_kind("U8_NON_LINEAR")


def scene_u8_linear():
    check_kind("U8_LINEAR")


def scene_u16_non_linear():
    check_kind("U16_NON_LINEAR")


def scene_u16_linear_feathered():
    check_kind("U16_LINEAR", feather=6.0)


def scene_u32_non_linear():
    check_kind("U32_NON_LINEAR")


def scene_u32_linear():
    check_kind("U32_LINEAR")


def scene_half_non_linear():
    check_kind("HALF_NON_LINEAR", feather=6.0)


def scene_half_linear():
    check_kind("HALF_LINEAR")


def scene_float_perceptual():
    check_kind("FLOAT_PERCEPTUAL")


def scene_float_linear_feathered():
    check_kind("FLOAT_LINEAR", feather=6.0)


def scene_double_linear():
    check_kind("DOUBLE_LINEAR")


def scene_feathered_u8():
    check_kind("U8_NON_LINEAR", feather=8.0)


def scene_wide_gamut_u8():
    check_kind("U8_NON_LINEAR", profile=stage.wide_gamut())


def scene_wide_gamut_u16_feathered():
    check_kind("U16_NON_LINEAR", feather=6.0, profile=stage.wide_gamut())


def scene_wide_gamut_float_linear():
    check_kind("FLOAT_LINEAR", profile=stage.wide_gamut())


def scene_layer_smaller_with_offset():
    image = stage.new_image(90, 70)
    stage.add_layer(image, 90, 70, name="under")
    layer = stage.add_layer(image, WIDTH, HEIGHT, at=(25, 17))
    stage.select_ellipse(image, 30, 20, 20, 20)
    result = check_new_layer(image, layer)
    assert result.get_offsets()[1:] == (30, 20), result.get_offsets()
    check_in_place(image, result.get_image().get_layers()[1])


def scene_layer_larger_than_the_image():
    image = stage.new_image(30, 20)
    layer = stage.add_layer(image, 90, 70, at=(-25, -17))
    stage.select_ellipse(image, 5, 5, 15, 10)
    check_new_layer(image, layer)
    check_in_place(image, layer)


def scene_selection_reaches_past_the_layer():
    image = stage.new_image(90, 70)
    stage.add_layer(image, 90, 70, name="under")
    layer = stage.add_layer(image, WIDTH, HEIGHT, alpha=True, at=(25, 17))
    stage.select_ellipse(image, 50, 30, 38, 38)
    check_new_layer(image, layer)
    check_in_place(image, layer)


def scene_layer_in_a_group():
    image = stage.new_image(WIDTH, HEIGHT)
    stage.add_layer(image, WIDTH, HEIGHT, name="under")
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    layer = stage.add_layer(image, WIDTH, HEIGHT, alpha=True, parent=group)
    stage.select_ellipse(image, 10, 8, 24, 20)
    assert check_new_layer(image, layer).get_parent().get_id() == group.get_id()
    check_in_place(image, layer)


def scene_layer_with_a_mask():
    """What the layer's own mask hides stays hidden."""
    image = stage.new_image(WIDTH, HEIGHT)
    stage.add_layer(image, WIDTH, HEIGHT, name="under")
    layer = stage.add_layer(image, WIDTH, HEIGHT)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 24, HEIGHT)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    own = stage.raw(layer.get_mask())
    seen = stage.visible(image)
    stage.select_ellipse(image, 10, 8, 24, 20)
    result = check_new_layer(image, layer)
    assert stage.raw(layer.get_mask()) == own, "the layer's mask was changed"
    changed = stage.differing(seen, stage.visible(image), WIDTH * HEIGHT)
    assert not any(changed[y * WIDTH + x] for y in range(HEIGHT) for x in range(24, WIDTH)), "the hidden part shows"
    assert result.get_mask() is not None


def scene_layer_with_a_mask_in_place():
    image = stage.new_image(WIDTH, HEIGHT)
    layer = stage.add_layer(image, WIDTH, HEIGHT)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
    stage.select_ellipse(image, 10, 8, 24, 20)
    check_in_place(image, layer)


def scene_several_layers():
    """Each selected layer gets a result of its own, right above it."""
    image = stage.new_image(WIDTH, HEIGHT)
    layers = [stage.add_layer(image, WIDTH, HEIGHT, name=f"photo {n}") for n in range(3)]
    before = [stage.raw(layer) for layer in layers]
    stage.select_ellipse(image, 10, 8, 24, 20)
    answer = stage.succeed(stage.fill(image, layers[:2]))
    assert len(answer.record) == 2
    names = [layer.get_name() for layer in image.get_layers()]
    assert len(names) == 5 and names[0] == "photo 2" and names[2] == "photo 1" and names[4] == "photo 0", names
    assert [stage.raw(layer) for layer in layers] == before


def scene_one_pixel():
    image = stage.new_image(1, 1)
    layer = stage.add_layer(image, 1, 1)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 1, 1)
    with stage.untouched(image):
        answer = stage.fill(image, [layer])
        assert "nothing of the picture" in answer.error, answer.error


def scene_very_wide():
    image = stage.new_image(30000, 24)
    layer = stage.add_layer(image, 30000, 24)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 29900, 4, 60, 12)
    check_new_layer(image, layer)
    check_in_place(image, layer)


def scene_very_wide_selection():
    image = stage.new_image(30000, 24)
    layer = stage.add_layer(image, 30000, 24)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 4, 29990, 12)
    check_new_layer(image, layer)


def scene_a_preview_has_the_colors_of_the_canvas():
    """What the engine makes for a dialog, perceptual numbers of 8 bits, is shown as GIMP shows the layer itself."""
    sys.path.insert(0, str(stage.FOLDER / "profile/plug-ins/gesso"))
    from gesso.client import pixels
    from gesso.contract.wire import Plane

    file = stage.FOLDER / "shown"
    for base, channels in (("rgb", 3), ("gray", 1)):
        for precision in ("U8_NON_LINEAR", "FLOAT_LINEAR", "FLOAT_NON_LINEAR"):
            image = stage.new_image(16, 16, base, precision)
            profile = stage.wide_gamut() if base == "rgb" else Gimp.ColorProfile.new_d65_gray_linear()
            assert image.set_color_profile(profile)
            layer = stage.add_layer(image, 16, 16)
            numbers = [(7 * at) % 256 for at in range(16 * 16 * channels)]
            put = {"U8": bytes, "FLOAT": lambda values: array.array("f", values).tobytes()}[precision.split("_")[0]]
            own = [linear(n / 255) if precision.endswith("T_LINEAR") else n / 255 for n in numbers]
            stage.put(layer, put(numbers if precision.startswith("U8") else own))
            colours = [numbers[at : at + channels] + [255] for at in range(0, len(numbers), channels)]
            file.write_bytes(bytes(sum(colours, [])))
            seen = pixels.shown(Plane(str(file), 16, 16, channels + 1, "u8"), layer)
            area = stage.Gegl.Rectangle.new(0, 0, 16, 16)
            canvas = layer.get_buffer().get(area, 1.0, "R'G'B'A u8", stage.Gegl.AbyssPolicy.NONE)
            off = max(abs(a - b) for a, b in zip(seen, canvas, strict=True))
            assert off <= 1, f"{base} {precision}: {off} off"


def linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
