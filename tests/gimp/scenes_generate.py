"""What is made from nothing, or from a sample: new images, layers in open ones, and the seed that repeats them."""

import stage
from gi.repository import Gimp


def abstract(image=None, layers=(), **settings):
    return stage.call("gesso-generate-abstract", image, list(layers), width=96, height=64, seed=3, **settings)


def scene_abstract_with_no_image_open():
    for depth, precision in (("8", "u8"), ("16", "u16"), ("32", "float")):
        made = stage.succeed(abstract(depth=depth, words="海 pink", style="silk"))
        assert made.image.get_precision().value_nick == f"{precision}-non-linear"
        layer = made.image.get_layers()[0]
        settings = {k: v for k, v in made.record[0]["settings"].items() if k != "palette"}
        again = stage.succeed(stage.call("gesso-generate-abstract", **settings)).image.get_layers()[0]
        assert stage.raw(again) == stage.raw(layer) and layer.get_parasite("gesso")


def scene_abstract_takes_the_colors_of_a_layer():
    """Of this image or of another one, whatever its precision: the same picture, in a red that no word named."""
    made = []
    for base in ("U8_NON_LINEAR", "FLOAT_LINEAR"):
        image = stage.new_image(40, 30, precision=base)
        red = stage.add_layer(image, 40, 30)
        Gimp.context_set_foreground(stage.Gegl.Color.new("red"))
        red.edit_fill(Gimp.FillType.FOREGROUND)
        for target in (image, None):
            with stage.untouched(image):
                answer = stage.succeed(abstract(target, palette=red, output="new-image"))
            made.append(stage.raw(answer.image.get_layers()[0]))
    assert len(set(made)) == 1 and made[0][0] > 240 and made[0][1] < 15


def scene_abstract_candidates():
    image = stage.new_image(64, 48, precision="U16_LINEAR")
    layer = stage.add_layer(image, 64, 48)
    before = stage.raw(layer)
    stage.succeed(abstract(image, [layer], candidates=3, depth="16"))
    group = image.get_layers()[0]
    assert [one.get_visible() for one in group.get_children()] == [True, False, False]
    assert stage.raw(layer) == before
    assert len(stage.succeed(abstract(candidates=3)).image.get_layers()) == 3


def scene_abstract_refuses():
    for settings, sentence in ((dict(words="dragon"), "not known: dragon"), (dict(words="bright"), "names a color")):
        answer = abstract(**settings)
        assert sentence in answer.error and not Gimp.get_images(), answer.error


def scene_quilt_makes_a_new_image_of_the_same_kind():
    for base, precision, alpha in (
        ("rgb", "U8_NON_LINEAR", False),
        ("gray", "U16_LINEAR", True),
        ("rgb", "FLOAT_LINEAR", True),
    ):
        image = stage.new_image(120, 100, base, precision)
        if base == "rgb":
            assert image.set_color_profile(stage.wide_gamut())
        layer = stage.add_layer(image, 90, 80, at=(20, 10))
        if alpha:
            layer.add_alpha()
        stage.select_ellipse(image, 30, 20, 60, 60)
        with stage.untouched(image):
            made = stage.succeed(
                stage.call("gesso-generate-quilt", image, [layer], width=70, height=50, pieces=16, smooth=False, seed=1)
            )
        assert (made.image.get_width(), made.image.get_height(), len(made.image.get_layers())) == (70, 50, 1)
        assert made.image.get_precision() == image.get_precision()
        assert made.image.get_base_type() == image.get_base_type()
        if base == "rgb":
            assert made.image.get_color_profile().get_label() == image.get_color_profile().get_label()
        whole, sample = stage.raw(made.image.get_layers()[0]), stage.raw(layer)
        step = len(whole) // (70 * 50)
        inside = stage.selected(image, layer)
        given = {sample[step * at : step * at + step] for at in range(90 * 80) if inside[at]}
        assert {whole[at : at + step] for at in range(0, len(whole), step)} <= given


def scene_quilt_as_a_layer():
    """It lies beside its source, which stays visible, unmasked; twice the same by its seed."""
    image = stage.new_image(64, 64)
    layer = stage.add_layer(image, 64, 64)
    layer.add_alpha()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 40, 40)
    settings = dict(width=80, height=60, pieces=12, seed=5)
    stage.succeed(stage.call("gesso-generate-quilt", image, [layer], output="new-layer", **settings))
    made = image.get_layers()[0]
    assert (made.get_width(), made.get_height()) == (80, 60) and made.get_mask() is None and layer.get_visible()
    again = stage.succeed(stage.call("gesso-generate-quilt", image, [layer], **settings)).image
    assert stage.raw(again.get_layers()[0]) == stage.raw(made)


def scene_quilt_of_a_pixel():
    image = stage.new_image(1, 1)
    layer = stage.add_layer(image, 1, 1)
    with stage.untouched(image):
        answer = stage.call("gesso-generate-quilt", image, [layer])
    assert "The sample is too small" in answer.error, answer.error


def scene_tile_keeps_the_middle_to_the_bit():
    """The result is masked to the band; in place, nothing else of the layer changes."""
    for base, precision in (("rgb", "U8_NON_LINEAR"), ("gray", "U16_LINEAR"), ("rgb", "FLOAT_LINEAR")):
        image = stage.new_image(100, 90, base, precision)
        layer = stage.add_layer(image, 80, 60, at=(10, 20))
        before = stage.raw(layer)
        stage.succeed(stage.call("gesso-generate-tile", image, [layer], band=20.0, seed=1))
        made = image.get_layers()[0]
        assert stage.raw(layer) == before and made.get_mask() and made.get_offsets()[1:] == (10, 20)
        seen = stage.raw(made.get_mask())
        image.remove_layer(made)
        stage.succeed(stage.call("gesso-generate-tile", image, [layer], band=20.0, seed=1, output="in-place"))
        changed = stage.differing(before, stage.raw(layer), 80 * 60)
        band = [not (6 <= at // 80 < 54 and 8 <= at % 80 < 72) for at in range(80 * 60)]
        assert not any(new and not there for new, there in zip(changed, band, strict=True))
        assert sum(changed) > sum(band) / 2
        step = len(seen) // (80 * 60)
        assert [any(seen[at : at + step]) for at in range(0, len(seen), step)] == band


def scene_tile_of_a_selection():
    image = stage.new_image(100, 90)
    layer = stage.add_layer(image, 100, 90)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 10, 50, 40)
    stage.succeed(stage.call("gesso-generate-tile", image, [layer], even=True, seed=1))
    made = image.get_layers()[0]
    seen = stage.visible(image)
    made.set_visible(False)
    changed = stage.looks_different(image, stage.visible(image), seen)
    inside = [10 <= at // 100 < 50 and 20 <= at % 100 < 70 for at in range(9000)]
    assert sum(changed) > 1000 and not any(c and not i for c, i in zip(changed, inside, strict=True))
    stage.select_ellipse(image, 20, 10, 50, 40)
    with stage.untouched(image):
        answer = stage.call("gesso-generate-tile", image, [layer])
    assert "no plain rectangle" in answer.error, answer.error


def scene_animate_with_no_image_open():
    """Frames as layers, the last on top; the words may be Chinese; the same again by its record."""
    for kind, words in (("silk", "海"), ("words", "日落"), ("lava", "")):
        made = stage.succeed(
            stage.call("gesso-generate-animate", kind=kind, words=words, width=64, height=48, frames=4, seed=2)
        )
        layers = made.image.get_layers()
        assert [layer.get_name() for layer in layers] == [f"Frame {number}" for number in (4, 3, 2, 1)]
        assert len({stage.raw(layer) for layer in layers}) == 4
        assert layers[0].get_parasite("gesso")
        again = stage.succeed(stage.call("gesso-generate-animate", **made.record[0]["settings"])).image
        assert [stage.raw(layer) for layer in again.get_layers()] == [stage.raw(layer) for layer in layers]


def scene_animate_into_an_image():
    image = stage.new_image(64, 48, precision="U16_LINEAR")
    layer = stage.add_layer(image, 64, 48)
    before = stage.raw(layer)
    settings = dict(width=64, height=48, frames=3, seed=2)
    stage.succeed(stage.call("gesso-generate-animate", image, [layer], output="new-layer", **settings))
    assert [one.get_name() for one in image.get_layers()] == ["Frame 3", "Frame 2", "Frame 1", "photo"]
    assert stage.raw(layer) == before
    with stage.untouched(image):
        made = stage.succeed(stage.call("gesso-generate-animate", image, [layer], **settings)).image
        answer = stage.call("gesso-generate-animate", image, [layer], kind="words", words="dragon")
    assert len(made.get_layers()) == 3 and "not known: dragon" in answer.error
