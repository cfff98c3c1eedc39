"""Actions that read several layers at once: what goes in, where the result goes, and what is refused."""

import stage
from gi.repository import Gimp


def fuse(image, layers, **settings):
    """Without alignment, which random pixels have none of."""
    return stage.call("gesso-blend-fuse", image, layers, align=False, **settings)


def stack(precision="U8_NON_LINEAR", base="rgb", count=3):
    image = stage.new_image(96, 80, base, precision)
    return image, [
        stage.add_layer(image, 60 + number, 50, at=(20, 10), name=f"take {number}") for number in range(count)
    ]


def scene_fuse_makes_one_layer_above_all():
    for base, precision in (("rgb", "U16_NON_LINEAR"), ("gray", "FLOAT_LINEAR")):
        image, layers = stack(precision, base)
        before = [stage.raw(layer) for layer in layers]
        stage.succeed(fuse(image, layers))
        made = image.get_layers()[0]
        assert len(image.get_layers()) == 4 and [stage.raw(layer) for layer in layers] == before
        assert (made.get_width(), made.get_height(), *made.get_offsets()[1:]) == (62, 50, 20, 10)
        assert all(layer.get_visible() for layer in layers) and made.get_parasite("gesso")


def scene_fuse_through_a_selection():
    image, layers = stack()
    stage.select_ellipse(image, 30, 20, 30, 24, 3.0)
    before = stage.visible(image)
    stage.succeed(fuse(image, layers))
    changed = stage.looks_different(image, before, stage.visible(image))
    inside = stage.selected(image)
    assert any(changed) and not any(c and not i for c, i in zip(changed, inside, strict=True))


def scene_fuse_in_a_group_with_masks():
    image, layers = stack()
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    for layer in layers[:2]:
        image.reorder_item(layer, group, 0)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 50, 80)
    layers[0].add_mask(layers[0].create_mask(Gimp.AddMaskType.SELECTION))
    Gimp.Selection.none(image)
    stage.succeed(fuse(image, layers))
    made = image.get_selected_layers()[0]
    assert made.get_parent().get_id() == group.get_id() and image.get_item_position(made) == 0
    assert layers[0].get_mask() is not None


def scene_fuse_refuses_one_layer():
    image, layers = stack()
    with stage.untouched(image):
        assert "two layers or more" in fuse(image, layers[:1]).error


def scene_fuse_says_what_does_not_belong_together():
    image, layers = stack()
    with stage.untouched(image):
        assert "not show the same view" in stage.call("gesso-blend-fuse", image, layers).error


def scene_fuse_makes_a_new_image():
    image, layers = stack()
    with stage.untouched(image):
        made = stage.succeed(fuse(image, layers, output="new-image")).image
    assert len(made.get_layers()) == 4 and made.get_layers()[0].get_name().startswith("Fused")


def morph(image, layers, **settings):
    return stage.call("gesso-blend-morph", image, layers, frames=4, **settings)


def exported(image, kind, **settings):
    """The file of an animation that GIMP's own exporter writes."""
    procedure = Gimp.get_pdb().lookup_procedure(f"file-{kind}-export")
    config = procedure.create_config()
    file = stage.Gio.File.new_for_path(f"{stage.FOLDER}/morph.{kind}")
    for name, value in {"run-mode": Gimp.RunMode.NONINTERACTIVE, "image": image, "file": file, **settings}.items():
        config.set_property(name, value)
    assert procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS, Gimp.get_pdb().get_last_error()
    return file.get_path()


def scene_morph_is_an_image_of_frames():
    for base, precision in (("rgb", "U16_NON_LINEAR"), ("gray", "U8_NON_LINEAR")):
        image, layers = stack(precision, base, count=2)
        stage.add_layer(image, 96, 80, name="not asked for")
        with stage.untouched(image):
            made = stage.succeed(morph(image, layers)).image
        frames = made.get_layers()
        assert [frame.get_name() for frame in frames] == [f"Frame {n}" for n in (6, 5, 4, 3, 2, 1)]
        assert (made.get_width(), made.get_height(), made.get_precision()) == (61, 50, image.get_precision())
        opaque = {"U8_NON_LINEAR": b"\xff", "U16_NON_LINEAR": b"\xff\xff"}[precision]
        channels = {"gray": 2, "rgb": 4}[base] * len(opaque)
        lower, first = stage.raw(layers[0]), stage.raw(frames[-1])
        assert first[: channels - len(opaque)] == lower[: channels - len(opaque)], "the first frame is the lower layer"
        assert first[channels - len(opaque) : channels] == opaque


def scene_morph_of_layers_in_a_group():
    image = stage.new_image(40, 30)
    stage.add_layer(image, 40, 30, name="other")
    group = Gimp.GroupLayer.new(image, "group")
    image.insert_layer(group, None, 0)
    layers = [stage.add_layer(image, 40, 30, name=str(n), parent=group) for n in range(2)]
    made = stage.succeed(stage.call("gesso-blend-morph", image, layers, frames=1)).image
    assert [layer.get_name() for layer in made.get_layers()] == ["Frame 3", "Frame 2", "Frame 1"], made.get_layers()


def scene_morph_goes_through_gimps_gif_and_webp():
    image, layers = stack(count=2)
    made = stage.succeed(morph(image, layers)).image
    for kind, animated in (("webp", "animation"), ("gif", "as-animation")):
        back = stage.load(exported(made.duplicate(), kind, **{animated: True}))
        assert len(back.get_layers()) == 6, f"{kind}: {len(back.get_layers())} frames"


def scene_a_painted_morph_notes_its_models():
    image, layers = stack(count=2)
    answer = stage.succeed(morph(image, layers, way="painted", seed=3))
    assert len(answer.image.get_layers()) == 6
    assert "text" in answer.record[0]["models"] and answer.record[0]["settings"]["seed"] == 3


def scene_morph_as_new_layers():
    image, layers = stack(count=2)
    stage.succeed(morph(image, layers, output="new-layer"))
    assert len(image.get_layers()) == 8 and image.get_layers()[6].get_id() == layers[1].get_id()


def scene_morph_refuses_one_layer():
    image, layers = stack()
    with stage.untouched(image):
        assert "two layers or more" in morph(image, layers[:1]).error
