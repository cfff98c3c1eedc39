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


def repair(image, layers, **settings):
    return stage.call("gesso-inpaint-repair", image, layers, seed=1, **settings)


def scratched(precision="U8_NON_LINEAR", base="rgb", alpha=False, profile=None):
    """A flat picture with two scratches, and how it is without them; the random numbers of a layer are all damage."""
    image = stage.new_image(120, 90, base, precision)
    if profile:
        assert image.set_color_profile(profile)
    layer = stage.add_layer(image, 120, 90, alpha)
    for box, lightness in ((None, 0.3), ((10, 30, 100, 2), 0.9), ((60, 50, 2, 35), 0.9)):
        colour = stage.Gegl.Color.new("black")
        colour.set_rgba(lightness, lightness, lightness, 1)
        stage.Gimp.context_set_foreground(colour)
        if box:
            image.select_rectangle(stage.Gimp.ChannelOps.REPLACE, *box)
        layer.edit_fill(stage.Gimp.FillType.FOREGROUND)
    stage.Gimp.Selection.none(image)
    return image, layer


def shown(drawable):
    """8 bits for each pixel of a mask or channel."""
    area = stage.Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return bytes(drawable.get_buffer().get(area, 1.0, "Y u8", stage.Gegl.AbyssPolicy.NONE))


def check_repair(*kind, **settings):
    image, layer = scratched(*kind, **settings)
    before, seen = stage.raw(layer), stage.visible(image)
    stage.succeed(repair(image, [layer]))
    made, (channel,) = image.get_layers()[0], image.get_channels()
    assert stage.raw(layer) == before and made.get_name() == "Repair" and channel.get_name() == "Found by Repair"
    assert not channel.get_visible() and not image.get_selected_channels()
    assert [one.get_id() for one in image.get_selected_layers()] == [made.get_id()]
    found = [value > 0 for value in shown(channel)]
    assert found[31 * 120 + 50] and found[70 * 120 + 61] and not found[10 * 120 + 10] and sum(found) < 1500
    changed = stage.looks_different(image, seen, stage.visible(image))
    assert not any(c and not f for c, f in zip(changed, found, strict=True)) and changed[31 * 120 + 50]
    stage.succeed(repair(image, [layer], output="in-place"))
    changed = stage.differing(before, stage.raw(layer), 120 * 90)
    assert not any(c and not f for c, f in zip(changed, found, strict=True)) and changed[31 * 120 + 50]
    assert len(image.get_channels()) == 2


def scene_repair_u8():
    check_repair()


def scene_repair_u16_linear_alpha_wide_gamut():
    check_repair("U16_LINEAR", "rgb", True, stage.wide_gamut())


def scene_repair_grey_float():
    check_repair("FLOAT_LINEAR", "gray")


def scene_repair_inside_the_selection():
    """Only the scratch that is selected, by a soft selection away from the origin."""
    image, layer = scratched("U16_NON_LINEAR")
    stage.select_ellipse(image, 40, 46, 42, 42, 6.0)
    before, chosen = stage.raw(layer), stage.selected(image)
    stage.succeed(repair(image, [layer]))
    found = [value > 0 for value in shown(image.get_channels()[0])]
    assert found[70 * 120 + 61] and not any(f and not c for f, c in zip(found, chosen, strict=True))
    stage.succeed(repair(image, [layer], output="in-place"))
    changed = stage.differing(before, stage.raw(layer), 120 * 90)
    assert changed[70 * 120 + 61] and not any(c and not f for c, f in zip(changed, found, strict=True))


def scene_repair_finds_nothing():
    image = stage.new_image(60, 50)
    layer = stage.add_layer(image, 60, 50)
    layer.edit_fill(stage.Gimp.FillType.WHITE)
    with stage.untouched(image):
        assert "No scratches or dust" in repair(image, [layer]).error
