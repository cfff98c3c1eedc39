"""The assess menu: facts about a layer, and a map of them to be seen through; the layer itself stays as it is."""

import json

import stage
from gi.repository import Gimp


def realism(image, layers, **settings):
    return stage.call("gesso-assess-realism", image, layers, **settings)


def check_realism(base, precision, alpha=False):
    """In a selection: a half clear layer, masked by it, above the source; the number is in its name and the record."""
    image = stage.new_image(150, 120, base, precision)
    layer = stage.add_layer(image, 130, 110, alpha, at=(12, 5))
    before = stage.raw(layer)
    stage.select_ellipse(image, 20, 15, 100, 84)
    seen, inside = stage.visible(image), stage.selected(image)
    facts = stage.succeed(realism(image, [layer])).record[0]["facts"]
    made = image.get_layers()[0]
    assert len(image.get_layers()) == 2 and stage.raw(layer) == before
    assert layer.get_visible() and made.get_visible() and made.get_parasite("gesso")
    assert made.get_name() == f"Realism {facts['score']:.2f}" and 0 <= facts["score"] <= 1, made.get_name()
    changed = stage.looks_different(image, seen, stage.visible(image))
    assert not any(change and not one for change, one in zip(changed, inside, strict=True)), "changed outside"
    assert sum(changed) > 0.3 * sum(inside), f"the map does not show: {sum(changed)} of {sum(inside)} pixels"


def scene_realism_u8():
    check_realism("rgb", "U8_NON_LINEAR")


def scene_realism_u16_linear_with_alpha():
    check_realism("rgb", "U16_LINEAR", alpha=True)


def scene_realism_grey_float():
    check_realism("gray", "FLOAT_LINEAR")


def scene_realism_of_a_whole_layer_in_a_new_image():
    image = stage.new_image(100, 90)
    layer = stage.add_layer(image, 100, 90, alpha=True)
    with stage.untouched(image):
        answer = stage.succeed(realism(image, [layer], output="new-image"))
    made, below = answer.image.get_layers()
    assert below.get_visible() and (made.get_width(), made.get_height()) == (100, 90) and not made.get_mask()


def scene_realism_of_nothing():
    image = stage.new_image(80, 70)
    layer = Gimp.Layer.new(image, "clear", 80, 70, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    with stage.untouched(image):
        assert "nothing to see" in realism(image, [layer]).error


def words(image, layers):
    return stage.succeed(stage.call("gesso-assess-words", image, layers)).record[0]


def kept(layer):
    return json.loads(bytes(layer.get_parasite("gesso-words").get_data()))


def scene_words_are_told_and_kept_with_the_layer():
    """No layer is made, no pixel changes, what made the layer stays noted; a selection is asked about by itself."""
    image = stage.new_image(120, 90, precision="U16_NON_LINEAR")
    layer = stage.add_layer(image, 120, 90, alpha=True)
    with stage.untouched(image):
        whole = words(image, [layer])
    assert kept(layer) == whole and not layer.get_parasite("gesso")
    facts = whole["facts"]
    assert whole["action"] == "assess words" and facts["colors"] and 0 < facts["brightness"] < 1, facts
    assert whole["notes"]["told"][0].endswith(" %.")
    stage.select_ellipse(image, 30, 20, 60, 50)
    part = words(image, [layer])
    assert kept(layer) == part and part["facts"] != facts


def scene_words_of_several_layers():
    image = stage.new_image(80, 70)
    layers = [stage.add_layer(image, 80, 70), stage.add_layer(image, 50, 60)]
    answer = stage.succeed(stage.call("gesso-assess-words", image, layers))
    assert [one["facts"] for one in answer.record] == [kept(layer)["facts"] for layer in layers]
    assert len(image.get_layers()) == 2
