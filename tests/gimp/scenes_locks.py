"""Locked layers: nothing of them changes, and results are the same as without locks. GIMP kills who writes into one."""

import stage
from gi.repository import Gimp


def framed(locked):
    """A dark layer with a bright square, a scratch across it and a mask, in a group over another layer; both locked."""
    image = stage.new_image(120, 90)
    under = stage.add_layer(image, 120, 90, name="under")
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    layer = stage.add_layer(image, 120, 90, parent=group)
    for box, name in (((0, 0, 120, 90), "black"), ((30, 20, 60, 50), "yellow"), ((5, 40, 110, 2), "white")):
        Gimp.context_set_foreground(stage.Gegl.Color.new(name))
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *box)
        layer.edit_fill(Gimp.FillType.FOREGROUND)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 100, 90)
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    if locked:
        for item in (layer, group, under):
            item.set_lock_content(True)
    return image, layer, under


def alike(procedure, both=False, select=None, **settings):
    """The same call with and without locks: it shows the same, and the locks are still there."""
    seen = []
    for locked in (False, True):
        image, layer, under = framed(locked)
        if select:
            image.select_rectangle(Gimp.ChannelOps.REPLACE, *select)
        before = stage.raw(layer), stage.raw(under)
        made = stage.succeed(stage.call(procedure, image, [layer, under] if both else [layer], **settings)).image
        assert (stage.raw(layer), stage.raw(under)) == before
        assert layer.get_lock_content() == layer.get_parent().get_lock_content() == locked
        seen.append([stage.visible(image), stage.visible(made)])
    assert seen[0] == seen[1]


def scene_masked_and_enlarged_results():
    alike("gesso-inpaint-repair", seed=1)
    alike("gesso-generate-extend", seed=1, left=20)
    alike("gesso-generate-tile", seed=1)
    alike("gesso-enhance-upscale")
    alike("gesso-convert-cutout", select=(20, 10, 80, 70))


def scene_what_is_read_from_a_copy():
    alike("gesso-blend-morph", both=True, frames=1)
    alike("gesso-blend-seamless", method="membrane")
    alike("gesso-blend-seamless", both=True, method="membrane")
