"""What fills holes besides a selection: the canvas made larger, and defects found in the picture."""

import stage


def extend(image, layers, **settings):
    return stage.call("gesso-generate-extend", image, layers, seed=1, **settings)


def check_extend(precision, base="rgb", alpha=False, profile=None):
    """The canvas grows, what was in it is where it was."""
    image = stage.new_image(72, 60, base, precision)
    if profile:
        assert image.set_color_profile(profile)
    other = stage.add_layer(image, 30, 20, at=(50, 45), name="other")
    layer = stage.add_layer(image, 72, 60, alpha)
    image.add_vguide(10)
    stage.select_ellipse(image, 20, 15, 30, 24)
    before, others = stage.raw(layer), stage.raw(other)
    chosen, profiled = sum(stage.selected(image)), image.get_effective_color_profile().get_label()
    stage.succeed(extend(image, [layer], left=24, bottom=16))
    made = image.get_layers()[0]
    assert (image.get_width(), image.get_height(), len(image.get_layers())) == (96, 76, 3)
    assert (made.get_width(), made.get_height(), *made.get_offsets()[1:]) == (96, 76, 0, 0)
    assert stage.raw(layer) == before and layer.get_offsets()[1:] == (24, 0)
    assert stage.raw(other) == others and other.get_offsets()[1:] == (74, 45)
    assert image.get_guide_position(image.find_next_guide(0)) == 34
    assert sum(stage.selected(image)) == chosen and stage.selected(image)[30 * 96 + 24 + 35]
    assert image.get_effective_color_profile().get_label() == profiled
    mask = stage.Gegl.Rectangle.new(0, 0, 96, 76)
    shown = bytes(made.get_mask().get_buffer().get(mask, 1.0, "Y u8", stage.Gegl.AbyssPolicy.NONE))
    margin = [x < 24 or y >= 60 for y in range(76) for x in range(96)]
    assert [value == 255 for value in shown] == margin and set(shown) == {0, 255}
    assert made.get_parasite("gesso")


def scene_extend_u8():
    check_extend("U8_NON_LINEAR")


def scene_extend_u16_alpha_linear():
    check_extend("U16_LINEAR", alpha=True)


def scene_extend_grey_float_wide():
    check_extend("FLOAT_LINEAR", "gray", alpha=True)


def scene_extend_float_wide_gamut():
    check_extend("FLOAT_LINEAR", profile=stage.wide_gamut())


def scene_extend_new_image():
    image = stage.new_image(72, 60)
    layer = stage.add_layer(image, 72, 60)
    with stage.untouched(image):
        made = stage.succeed(extend(image, [layer], top=30, output="new-image")).image
    assert (made.get_width(), made.get_height(), len(made.get_layers())) == (72, 90, 2)
    strip = made.get_layers()[0]
    assert (strip.get_height(), *strip.get_offsets()[1:]) == (30, 0, 0)


def scene_extend_refuses():
    image = stage.new_image(72, 60)
    layer = stage.add_layer(image, 72, 60)
    small = stage.add_layer(image, 30, 20)
    with stage.untouched(image):
        assert "All four margins" in extend(image, [layer]).error
        assert "larger than the picture" in extend(image, [layer], left=73).error
        assert "does not cover the image" in extend(image, [small], left=10).error
