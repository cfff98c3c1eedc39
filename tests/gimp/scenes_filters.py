"""Filters that GIMP keeps on a layer as effects: results show what was seen, and no filter works twice."""

import stage
from gi.repository import Gegl, Gimp

WIDTH, HEIGHT = 48, 40


def inverted(image, layer):
    """The layer with an effect on it that turns every number n to 255 - n; the bytes that are seen of it."""
    layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "inverted"))
    return bytes(255 - number for number in stage.raw(layer))


def unchanged(image, layers, **settings):
    """What takes away no noise, and so gives the layer back as it was read."""
    return stage.call("gesso-enhance-denoise", image, layers, auto=False, strength=0.0, **settings)


def photo():
    image = stage.new_image(WIDTH, HEIGHT)
    return image, stage.add_layer(image, WIDTH, HEIGHT)


def scene_a_new_layer_shows_the_filters():
    image, layer = photo()
    seen = inverted(image, layer)
    before = stage.visible(image)
    stage.succeed(unchanged(image, [layer]))
    assert stage.raw(image.get_layers()[0]) == seen
    assert stage.visible(image) == before
    assert len(layer.get_filters()) == 1 and len(Gimp.get_images()) == 1


def scene_in_place_the_filters_stay():
    image, layer = photo()
    own, before = stage.raw(layer), (inverted(image, layer), stage.visible(image))[1]
    stage.succeed(unchanged(image, [layer], output="in-place"))
    assert stage.raw(layer) == own and len(layer.get_filters()) == 1
    assert stage.visible(image) == before


def scene_an_enlarged_layer_keeps_its_filters():
    image, layer = photo()
    plain = stage.succeed(stage.call("gesso-enhance-upscale", image, [layer])).image.get_layers()[0]
    inverted(image, layer)
    made = stage.succeed(stage.call("gesso-enhance-upscale", image, [layer])).image.get_layers()[0]
    assert stage.raw(made) == stage.raw(plain) and len(made.get_filters()) == 1


def scene_a_stack_shows_the_filters():
    image, lower = photo()
    upper = stage.add_layer(image, WIDTH, HEIGHT, name="upper")
    seen = inverted(image, lower)
    frames = stage.succeed(stage.call("gesso-blend-morph", image, [lower, upper], frames=1)).image.get_layers()
    assert stage.raw(frames[-1]) == seen and stage.raw(frames[0]) == stage.raw(upper)


def scene_a_pasted_layer_shows_its_filters_and_those_under_it():
    image, lower = photo()
    upper = stage.add_layer(image, 20, 16, alpha=True, at=(12, 10), name="upper")
    inverted(image, lower)
    colours = inverted(image, upper)
    stage.succeed(stage.call("gesso-blend-harmonize", image, [lower, upper], strength=0.0))
    made = stage.raw(image.get_layers()[0])
    assert all(made[at : at + 3] == colours[at : at + 3] for at in range(0, len(made), 4) if made[at + 3])


def scene_the_look_of_another_layer_is_that_with_its_filters():
    image, layer = photo()
    other = stage.add_layer(image, 30, 30, name="look")
    red = Gegl.Color.new("red")
    fill = Gimp.DrawableFilter.new(other, "gegl:color-overlay", "red")
    fill.get_config().set_property("value", red)
    fill.update()
    other.append_filter(fill)
    stage.succeed(stage.call("gesso-convert-colors", image, [layer], style=other))
    made = stage.raw(image.get_layers()[0] if image.get_layers()[0].get_name() != "look" else image.get_layers()[1])
    assert sum(made[::3]) > 5 * sum(made[1::3]), "the result is not red"
