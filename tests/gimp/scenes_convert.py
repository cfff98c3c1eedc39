"""The convert menu: the subject of a picture as a layer mask, the look and the colors of another layer."""

import array

import stage
from gi.repository import Gimp
from scenes_pixels import check_in_place, check_new_layer


def cutout(image, layers, **settings):
    return stage.call("gesso-convert-cutout", image, layers, **settings)


def stylize(image, layers, **settings):
    return stage.call("gesso-convert-stylize", image, layers, **settings)


def colors(image, layers, **settings):
    return stage.call("gesso-convert-colors", image, layers, **settings)


def subject(precision="U8_NON_LINEAR", alpha=False, at=(10, 6), parent=None, image=None):
    """An image with a layer of 60 x 50 on which a bright disc of radius 15 lies, roughly selected."""
    image = image or stage.new_image(90, 80, precision=precision)
    layer = stage.add_layer(image, 60, 50, alpha, at=at, parent=parent)
    number = image.get_precision().value_nick.split("-")[0]
    inside = [(x - 30) ** 2 + (y - 25) ** 2 < 225 for y in range(50) for x in range(60)]
    top = {"u8": 255, "u16": 65535, "float": 1.0}[number]
    colours = {True: (0.9, 0.5, 0.2, 1), False: (0.1, 0.2, 0.4, 1)}
    values = [type(top)(part * top) for one in inside for part in colours[one][: 3 + alpha]]
    stage.put(layer, array.array(stage.WORDS[number], values).tobytes())
    image.select_rectangle(Gimp.ChannelOps.REPLACE, at[0] + 11, at[1] + 6, 38, 38)
    return image, layer, inside


def shown(layer):
    """How far each pixel of the layer is shown by its mask, 0 to 1."""
    mask = layer.get_mask()
    number = layer.get_image().get_precision().value_nick.split("-")[0]
    values = array.array(stage.WORDS[number], stage.raw(mask))
    top = 1.0 if number in ("float", "double") else 256**values.itemsize - 1
    return [value / top for value in values]


def check_shown(layer, inside, share=1.0):
    found = shown(layer)
    wrong = sum(abs(value - share * one) for value, one in zip(found, inside, strict=True))
    assert wrong < 0.06 * sum(inside), f"{wrong:.0f} of {sum(inside)} pixels differ"


def check_cutout(precision, alpha=False):
    image, layer, inside = subject(precision, alpha)
    before, selection = stage.raw(layer), stage.raw(image.get_selection())
    stage.succeed(cutout(image, [layer]))
    made = image.get_layers()[0]
    assert stage.raw(layer) == before and layer.get_mask() is None, "the source was changed"
    assert stage.raw(made) == before and made.get_offsets()[1:] == layer.get_offsets()[1:]
    assert made.get_visible() and not layer.get_visible() and not made.get_edit_mask()
    assert stage.raw(image.get_selection()) == selection
    assert made.get_name() == "Cutout" and made.get_parasite("gesso")
    check_shown(made, inside)


def scene_cutout_u8():
    check_cutout("U8_NON_LINEAR")


def scene_cutout_u16_linear_with_alpha():
    check_cutout("U16_LINEAR", alpha=True)


def scene_cutout_float():
    check_cutout("FLOAT_LINEAR")


def scene_cutout_in_place_is_a_mask():
    image, layer, inside = subject()
    before = stage.raw(layer)
    stage.succeed(cutout(image, [layer], output="in-place"))
    assert len(image.get_layers()) == 1 and stage.raw(layer) == before and layer.get_visible()
    check_shown(layer, inside)
    with stage.untouched(image):
        answer = cutout(image, [layer], output="in-place")
    assert "has a layer mask already" in answer.error, answer.error


def scene_cutout_keeps_the_layers_own_mask():
    """The copy shows what both masks show; the layer's own is as it was."""
    image, layer, inside = subject("U16_NON_LINEAR")
    selection = image.get_selection().save(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 6, 30, 50)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    image.select_item(Gimp.ChannelOps.REPLACE, selection)
    own = stage.raw(layer.get_mask())
    stage.succeed(cutout(image, [layer]))
    assert stage.raw(layer.get_mask()) == own
    half = [one and at % 60 < 30 for at, one in enumerate(inside)]
    check_shown(image.get_layers()[0], half)


def scene_cutout_new_image_in_a_group():
    image = stage.new_image(90, 80)
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    _, layer, inside = subject(parent=group, image=image)
    with stage.untouched(image):
        made = stage.succeed(cutout(image, [layer], output="new-image")).image
    copies = made.get_layers()[0].get_children()
    assert len(copies) == 2 and not copies[1].get_visible()
    check_shown(copies[0], inside)


def scene_cutout_without_a_subject():
    image = stage.new_image(60, 50)
    layer = Gimp.Layer.new(image, "plain", 60, 50, Gimp.ImageType.RGB_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    stage.put(layer, bytes([90, 120, 150] * 3000))
    with stage.untouched(image):
        answer = cutout(image, [layer])
    assert "No subject was found" in answer.error, answer.error


def check_style(act, precision, base="rgb", alpha=False, profile=None):
    """The style is a layer of the same image, of another size, reaching beyond the canvas."""
    image = stage.new_image(64, 52, base, precision)
    if profile:
        assert image.set_color_profile(profile)
    style = stage.add_layer(image, 50, 40, alpha, at=(30, 30), name="style")
    layer = stage.add_layer(image, 64, 52, alpha)
    stage.select_ellipse(image, 10, 8, 40, 34, 3.0)
    before = stage.raw(style)

    def convert(image, layers, **settings):
        return act(image, layers, style=style, **settings)

    check_new_layer(image, layer, convert)
    check_in_place(image, layer, convert)
    assert stage.raw(style) == before


def scene_stylize_u8():
    check_style(stylize, "U8_NON_LINEAR", alpha=True)


def scene_stylize_u16_linear_grey():
    check_style(stylize, "U16_LINEAR", "gray")


def scene_stylize_float_wide_gamut():
    check_style(stylize, "FLOAT_LINEAR", profile=stage.wide_gamut())


def scene_colors_u8_grey_with_alpha():
    check_style(colors, "U8_LINEAR", "gray", alpha=True)


def scene_colors_u16():
    check_style(colors, "U16_NON_LINEAR", alpha=True, profile=stage.wide_gamut())


def scene_colors_u32():
    check_style(colors, "U32_NON_LINEAR")


def scene_the_style_of_another_image():
    """Of another precision and a wider gamut; its layer and image stay as they are."""
    other = stage.new_image(48, 40, precision="U16_LINEAR")
    assert other.set_color_profile(stage.wide_gamut())
    style = stage.add_layer(other, 30, 40, alpha=True, at=(7, 3))
    image = stage.new_image(64, 52)
    layer = stage.add_layer(image, 64, 52)
    for act in (stylize, colors):
        with stage.untouched(other):
            made = stage.succeed(act(image, [layer], style=style, output="new-image"))
        assert stage.raw(made.image.get_layers()[0]) != stage.raw(layer)
        assert made.record[0]["settings"]["style"] == style.get_name()


def scene_two_layers_take_one_style():
    image = stage.new_image(64, 52)
    style = stage.add_layer(image, 50, 40, name="style")
    layers = [stage.add_layer(image, 40, 30, at=(x, 5), name=f"photo {x}") for x in (0, 20)]
    stage.succeed(colors(image, layers, style=style))
    assert len(image.get_layers()) == 5


def scene_no_style():
    image = stage.new_image(64, 52)
    layer = stage.add_layer(image, 64, 52)
    for act in (stylize, colors):
        with stage.untouched(image):
            answer = act(image, [layer])
        assert "needs a second layer" in answer.error, answer.error
        empty = Gimp.Layer.new(image, "empty", 30, 20, Gimp.ImageType.RGBA_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
        image.insert_layer(empty, None, 1)
        with stage.untouched(image):
            answer = act(image, [layer], style=empty)
        assert "empty" in answer.error or "no visible" in answer.error, answer.error
