"""Where results go: a new layer above the source, the source itself, or a new image. One undo step each."""

from pathlib import Path

from gi.repository import Gegl, Gimp

from gesso.client import pixels
from gesso.client.layers import MASK, Answer, add_mask, attach, insert, new_layer, note, stand_in
from gesso.client.locks import lifted
from gesso.client.overwrite import enlarge, merge, overwrite
from gesso.client.sources import twin
from gesso.client.words import _, sentence
from gesso.contract.actions import Action
from gesso.contract.actions.action import SIDES

NON_LINEAR = {
    "u8": Gimp.Precision.U8_NON_LINEAR,
    "u16": Gimp.Precision.U16_NON_LINEAR,
    "float": Gimp.Precision.FLOAT_NON_LINEAR,
}


def place(image: Gimp.Image | None, answers: list[Answer], output: str, action: Action, folder: Path) -> Gimp.Image:
    """Put all results where `output` says; returns the image that has them. When one cannot be placed, none is."""
    if not any(answer.result.layers for answer in answers):
        _keep_facts(image, answers, action)
        return image
    if image is None or (output == "new-image" and (action.alone or not action.reads)):
        return _image_of(answers, action)
    target = image.duplicate() if output == "new-image" else image
    added: list[Gimp.Layer] = []  # layers, or groups of candidates
    target.undo_group_start()
    try:
        layers = [answer.source.layer and twin(target, answer.source.layer) for answer in answers]
        factor = enlarge(target, answers[0], output != "new-layer") if action.enlarges else 1
        with lifted(filter(None, layers)):
            for answer, layer in zip(answers, layers, strict=True):
                if action.masks:
                    added += _put_mask(target, layer, answer, output == "in-place")
                elif action.enlarges and output != "new-layer":
                    overwrite(layer, answer)
                elif output == "in-place":
                    merge(layer, answer, folder, own_alpha="top" in action.reads)
                else:
                    added += _add(target, layer, answer, action, factor)
        if action.extends:
            _grow(target, answers[0])
        if action.animates and target is not image:
            _keep_only(target, added)
        if action.finds:
            for answer in answers:
                _keep_mask(target, answer)
            target.set_selected_layers(layers)
        if added:
            target.set_selected_layers([_shown(item) for item in added])
    except BaseException:
        for layer in added:
            target.remove_layer(layer)
        if target is not image:
            target.delete()
        raise
    finally:
        target.undo_group_end()
    return target


def _add(image: Gimp.Image, source: Gimp.Layer | None, answer: Answer, action: Action, factor: int) -> list[Gimp.Layer]:
    """A new layer above `source` (on top where there is none), masked by the selection and by the source's mask.

    Several to choose from come in a group, the best guess on top and the others hidden; frames just lie on each other.
    factor: how many times larger than its source the result is; the selection does not count for a larger one.
    """
    layers = []
    parent = source.get_parent() if source else None
    position = image.get_item_position(source) if source else 0
    free = factor > 1 or action.extends or action.alone  # of the selection
    selected = source is not None and not free and pixels.selection_box(image) is not None
    worked_in = "image" not in action.reads or "top" in action.reads  # the source's mask was, before the run
    own = (
        source.get_mask()
        if source and source.get_apply_mask() and not worked_in and not action.extends and not action.alone
        else None
    )
    seen = source is not None and source.get_visible()
    count = len(answer.result.layers)
    several = count > 1 and not action.animates
    if several:
        group = Gimp.GroupLayer.new(image, sentence(answer.result.layers[0].name))
        group.set_mode(Gimp.LayerMode.PASS_THROUGH)  # as if its layers lay there themselves
        insert(image, group, parent, position)
        parent, position = group, 0
    for number, item in reversed(list(enumerate(answer.result.layers, 1))):
        layer = new_layer(image, item.plane, item.name, native=source is not None)
        layer.set_offsets(answer.source.box.x * factor + item.x, answer.source.box.y * factor + item.y)
        _number(layer, number, count, action)
        if several:
            layer.set_visible(number == 1)
        note(layer, answer.result, item)
        insert(image, layer, parent, position)
        layers.append(layer)
        if selected or own or item.mask:
            add_mask(layer, selected, own, item.mask)
        shows = action.alone or action.overlays  # the source is to be seen too
        if source and "image" in action.reads and not selected and not item.mask and not shows:
            stand_in(layer, source, seen)
    return [parent] if several else layers


def _number(layer: Gimp.Layer, number: int, count: int, action: Action) -> None:
    """Add its number to the name of one of several results; the first of an animation's is the last frame."""
    if count > 1:
        layer.set_name(f"{layer.get_name()} {count + 1 - number if action.animates else number}")


def _keep_only(image: Gimp.Image, frames: list[Gimp.Layer]) -> None:
    """Make an image (a copy) one of these layers alone, from the lowest up."""
    for frame in frames:
        image.reorder_item(frame, None, 0)  # out of its group, which goes
    for layer in image.get_layers():
        if layer not in frames:
            image.remove_layer(layer)
    image.resize_to_layers()


def _shown(item: Gimp.Layer) -> Gimp.Layer:
    """The layer itself; of a group of candidates, the one that is visible."""
    return item.get_children()[0] if item.is_group_layer() else item


def _put_mask(image: Gimp.Image, source: Gimp.Layer, answer: Answer, in_place: bool) -> list[Gimp.Layer]:
    """Give the result to `source` as its layer mask or, so that its own is kept, to a copy that is shown instead."""
    item = answer.result.layers[0]
    layer = source if in_place else source.copy()
    if not in_place:
        layer.set_name(sentence(item.name))
        insert(image, layer, source.get_parent(), image.get_item_position(source))
        if layer.get_mask():
            layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
        source.set_visible(False)
    mask = layer.create_mask(Gimp.AddMaskType.BLACK)
    layer.add_mask(mask)
    layer.set_edit_mask(False)
    x, y, whole = answer.source.box.x + item.x, answer.source.box.y + item.y, pixels.bounds(layer)
    pixels.write(mask.get_buffer(), item.plane, x - whole.x, y - whole.y, pixels.format_of(item.plane, mask))
    mask.update(0, 0, whole.width, whole.height)
    if source is not layer and source.get_mask() and source.get_apply_mask():
        mask.combine_masks(source.get_mask(), Gimp.ChannelOps.INTERSECT, 0, 0)
    note(layer, answer.result, item)
    return [] if in_place else [layer]


def _keep_mask(image: Gimp.Image, answer: Answer) -> None:
    """Leave what the run found as a channel, so that it can be looked at, changed and selected; it is not shown."""
    item = answer.result.layers[0]
    assert item.mask is not None  # what an action found
    name = _("Found by {name}").format(name=sentence(item.name))
    channel = Gimp.Channel.new(image, name, image.get_width(), image.get_height(), 50.0, Gegl.Color.new("red"))
    pixels.write(channel.get_buffer(), item.mask, answer.source.box.x + item.x, answer.source.box.y + item.y, MASK)
    channel.set_visible(False)
    image.insert_channel(channel, None, 0)


def _grow(image: Gimp.Image, answer: Answer) -> None:
    """Enlarge the canvas by the margins of the run; layers, guides and selection keep their place in the picture."""
    left, right, top, bottom = (answer.result.record["settings"][side] for side in SIDES)
    image.resize(image.get_width() + left + right, image.get_height() + top + bottom, left, top)


def _image_of(answers: list[Answer], action: Action) -> Gimp.Image:
    """A new image with the results as layers: of the kind and profile of the source, or sRGB where there is none."""
    plane, source = answers[0].result.layers[0].plane, answers[0].source.layer
    given = source.get_image() if source else None
    kind = given.get_base_type() if given else Gimp.ImageBaseType.RGB
    precision = given.get_precision() if given else NON_LINEAR[plane.number]
    image = Gimp.Image.new_with_precision(plane.width, plane.height, kind, precision)
    image.undo_disable()
    if given and given.get_color_profile():
        image.set_color_profile(given.get_color_profile())
    for answer in answers:
        count = len(answer.result.layers)
        for number, item in reversed(list(enumerate(answer.result.layers, 1))):
            layer = new_layer(image, item.plane, item.name, native=source is not None)
            _number(layer, number, count, action)
            note(layer, answer.result, item)
            image.insert_layer(layer, None, 0)
    image.undo_enable()
    return image


def _keep_facts(image: Gimp.Image, answers: list[Answer], action: Action) -> None:
    """Keep with each layer what was found out about it, beside what made it."""
    image.undo_group_start()
    for answer in answers:
        attach(answer.source.layer, f"gesso-{action.name}", answer.result.record)
    image.undo_group_end()
