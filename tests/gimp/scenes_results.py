"""Results: where they go, what is kept with them, and what stands in the way of one, said in a sentence."""

import json

import stage
from gi.repository import Gimp


def photo(width=64, height=48, base="rgb"):
    """An image with one layer and an ellipse selected."""
    image = stage.new_image(width, height, base)
    layer = stage.add_layer(image, width, height)
    stage.select_ellipse(image, 16, 12, 24, 20)
    return image, layer


def note(layer):
    return json.loads(bytes(layer.get_parasite("gesso").get_data()))


def scene_parasite_repeats_the_run():
    image, layer = photo()
    first = stage.succeed(stage.call("gesso-inpaint-fill", image, [layer], method="classical"))
    made = image.get_layers()[0]
    kept = note(made)
    assert kept == first.record[0]
    assert kept["action"] == "inpaint fill" and kept["settings"]["seed"] >= 0, kept
    stage.succeed(stage.call("gesso-inpaint-fill", image, [layer], **kept["settings"]))
    again = image.get_layers()[0]
    again = again if again.get_id() != made.get_id() else image.get_layers()[1]
    assert stage.raw(again) == stage.raw(made), "the same seed and settings gave another picture"


def scene_parasite_survives_saving():
    image, layer = photo()
    stage.succeed(stage.fill(image, [layer]))
    file = stage.Gio.File.new_for_path(f"{stage.FOLDER}/kept.xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    assert note(stage.load(file.get_path()).get_layers()[0])["action"] == "inpaint fill"


def scene_output_new_image():
    image, layer = photo()
    with stage.untouched(image):
        made = stage.succeed(stage.fill(image, [layer], output="new-image")).image
    assert made.get_id() != image.get_id() and len(made.get_layers()) == 2
    stage.succeed(stage.fill(image, [layer]))
    assert stage.visible(made) == stage.visible(image), "a new image and a new layer differ"


def scene_output_in_place_is_the_same_picture():
    image, layer = photo()
    made = stage.succeed(stage.fill(image, [layer], output="new-image")).image
    stage.succeed(stage.fill(image, [layer], output="in-place"))
    assert stage.visible(made) == stage.visible(image)
    assert note(layer)["action"] == "inpaint fill"


def scene_result_is_named_and_selected():
    image, layer = photo()
    stage.succeed(stage.fill(image, [layer]))
    made = image.get_layers()[0]
    assert made.get_name() == "Fill", made.get_name()
    assert [one.get_id() for one in image.get_selected_layers()] == [made.get_id()]


def scene_candidates_are_a_group_to_choose_from():
    """Best on top and alone visible; each masked, and with what makes it again."""
    image = stage.new_image(160, 120, precision="U16_NON_LINEAR")
    layer = stage.add_layer(image, 160, 120)
    stage.select_ellipse(image, 50, 40, 60, 40, 3.0)
    seen = stage.visible(image)

    def act(**settings):
        stage.succeed(stage.call("gesso-inpaint-fill", image, [layer], seed=4, **settings))
        return image.get_layers()[0]

    alone = act()
    one = stage.visible(image)
    image.remove_layer(alone)
    group = act(candidates=3)
    layers = group.get_children()
    assert len(image.get_layers()) == 2 and group.get_name() == "Fill"
    assert [child.get_name() for child in layers] == ["Fill 1", "Fill 2", "Fill 3"]
    assert [child.get_visible() for child in layers] == [True, False, False]
    assert all(child.get_mask() for child in layers) and len({stage.raw(child) for child in layers}) == 3
    assert [chosen.get_id() for chosen in image.get_selected_layers()] == [layers[0].get_id()]
    assert stage.visible(image) == one and seen != one
    wanted, kept = stage.raw(layers[2]), note(layers[2])
    assert kept["settings"]["seed"] == 4 + 2 * 2**28 and kept["settings"]["candidates"] == 1, kept
    again = stage.succeed(stage.call("gesso-inpaint-fill", image, [layer], **kept["settings"]))
    assert stage.raw(again.image.get_layers()[1]) == wanted or stage.raw(again.image.get_layers()[0]) == wanted


def scene_candidates_in_place():
    image, layer = photo()
    with stage.untouched(image):
        answer = stage.call("gesso-inpaint-fill", image, [layer], candidates=2, output="in-place")
        assert "Several candidates" in answer.error, answer.error


def refused(image, layers, words, act=stage.fill, **settings):
    with stage.untouched(image):
        answer = act(image, layers, **settings)
        assert words in answer.error, answer.error


def scene_nothing_selected():
    image, layer = photo()
    Gimp.Selection.none(image)
    refused(image, [layer], "Nothing is selected.")


def scene_selection_outside_the_layer():
    image = stage.new_image(90, 70)
    layer = stage.add_layer(image, 30, 20)
    stage.select_ellipse(image, 60, 50, 20, 15)
    refused(image, [layer], "outside the layer photo")


def scene_indexed():
    image, layer = photo()
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
    refused(image, [layer], "indexed colors")


def scene_locked_in_place():
    image, layer = photo()
    layer.set_lock_content(True)
    refused(image, [layer], "are locked", output="in-place")
    stage.succeed(stage.fill(image, [layer]))


def scene_locked_group_in_place():
    image, _ = photo()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    layer = stage.add_layer(image, 64, 48, parent=group)
    group.set_lock_content(True)
    refused(image, [layer], "are locked", output="in-place")


def scene_group():
    image, _ = photo()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    refused(image, [group], "is a layer group")


def scene_mask_selected():
    image, layer = photo()
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    refused(image, [mask], "not a layer")


def scene_no_layer():
    image, _ = photo()
    refused(image, [], "No layer is selected.")


def scene_everything_selected():
    image, layer = photo()
    Gimp.Selection.all(image)
    refused(image, [layer], "nothing of the picture")


def scene_no_such_model():
    image, layer = photo()

    def act(image, layers):
        return stage.call("gesso-inpaint-fill", image, layers, model="nobody")

    refused(image, [layer], "nobody", act)


def pasted():
    """A grey base, and over it a pasted layer with clear surroundings, away from the origin."""
    image = stage.new_image(96, 80)
    base = stage.add_layer(image, 96, 80, name="base")
    top = stage.add_layer(image, 40, 30, at=(30, 20), name="pasted")
    return image, base, top


def seamless(image, layers, **settings):
    return stage.call("gesso-blend-seamless", image, layers, **settings)


def scene_seamless_above_the_pasted_layer():
    image, base, top = pasted()
    before = stage.raw(base), stage.raw(top)
    seen = stage.visible(image)
    stage.succeed(seamless(image, [top]))
    assert (stage.raw(base), stage.raw(top)) == before
    made = image.get_layers()[0]
    assert image.get_layers()[1].get_id() == top.get_id() and made.get_offsets()[1:] == (30, 20)
    changed = stage.looks_different(image, seen, stage.visible(image))
    inside = [30 <= at % 96 < 70 and 20 <= at // 96 < 50 for at in range(96 * 80)]
    assert not any(c and not i for c, i in zip(changed, inside, strict=True)) and any(changed)


def scene_seamless_soft_layer_with_mask():
    """The pasted layer gives way to the result, whose alpha has its mask in it."""
    image, base, _ = pasted()
    top = stage.add_layer(image, 40, 30, alpha=True, at=(30, 20), name="soft")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 50, 80)
    top.add_mask(top.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    made = stage.succeed(seamless(image, [top], output="new-image")).image
    assert not made.get_layers()[1].get_visible() and top.get_visible()
    stage.succeed(seamless(image, [top], output="in-place"))
    assert stage.visible(image) == stage.visible(made)


def scene_seamless_in_place():
    image, base, top = pasted()
    before, made = stage.raw(base), stage.succeed(seamless(image, [top], output="new-image")).image
    stage.succeed(seamless(image, [top], output="in-place"))
    assert len(image.get_layers()) == 2 and stage.raw(base) == before
    assert stage.visible(image) == stage.visible(made)


def scene_seamless_on_a_given_layer():
    """Two layers: the upper one is pasted onto the lower one, whatever lies between."""
    image, base, top = pasted()
    alone = stage.succeed(seamless(image, [top], output="new-image")).image
    between = stage.add_layer(image, 96, 80, name="between")
    image.reorder_item(between, None, 1)
    stage.succeed(seamless(image, [top, base]))
    made = image.get_layers()[0]
    assert stage.raw(made) == stage.raw(alone.get_layers()[0])


def scene_seamless_ignores_what_is_above():
    image, base, top = pasted()
    alone = stage.succeed(seamless(image, [top], output="new-image")).image
    stage.add_layer(image, 96, 80, name="above")
    stage.succeed(seamless(image, [top]))
    assert stage.raw(image.get_layers()[1]) == stage.raw(alone.get_layers()[0])


def scene_seamless_names_the_method_it_took():
    image, base, top = pasted()
    for method, name in (("membrane", "light"), ("mixed", "detail of both"), ("bands", "soft rim")):
        made = stage.succeed(seamless(image, [top], method=method, output="new-image")).image.get_layers()[0]
        assert made.get_name() == f"Seamless, {name}" and note(made)["notes"]["method"] == method
    image = stage.succeed(seamless(image, [top])).image
    assert note(image.get_layers()[0])["settings"]["method"] == "auto"


def scene_seamless_outside_the_image():
    image, base, top = pasted()
    top.set_offsets(200, 200)
    refused(image, [top], "outside the image", seamless)


def scene_seamless_three_layers():
    image, base, top = pasted()
    third = stage.add_layer(image, 96, 80)
    refused(image, [base, top, third], "More than two", seamless)
