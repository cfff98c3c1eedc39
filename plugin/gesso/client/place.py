"""Where results go: a new layer above the source, the source itself, or a new image. One undo step each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gi.repository import Gegl, Gimp

from gesso.client import pixels
from gesso.client.sources import Source, twin
from gesso.client.words import _, sentence
from gesso.contract.actions import Action
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.contract.wire import Plane, Result, ResultLayer

MASK = "Y u8"  # what GEGL calls the numbers of a mask from the engine
COLOUR_LAYERS = (Gimp.ImageType.RGB_IMAGE, Gimp.ImageType.RGBA_IMAGE)
NON_LINEAR = {
    "u8": Gimp.Precision.U8_NON_LINEAR,
    "u16": Gimp.Precision.U16_NON_LINEAR,
    "float": Gimp.Precision.FLOAT_NON_LINEAR,
}


@dataclass(frozen=True)
class Answer:
    source: Source
    result: Result


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
        factor = _enlarge(target, answers[0], output != "new-layer") if action.enlarges else 1
        for answer, layer in zip(answers, layers, strict=True):
            if action.masks:
                added += _put_mask(target, layer, answer, output == "in-place")
            elif action.enlarges and output != "new-layer":
                _overwrite(layer, answer)
            elif output == "in-place":
                _merge(layer, answer, folder, own_alpha="top" in action.reads)
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
    count = len(answer.result.layers)
    several = count > 1 and not action.animates
    if several:
        group = Gimp.GroupLayer.new(image, sentence(answer.result.layers[0].name))
        group.set_mode(Gimp.LayerMode.PASS_THROUGH)  # as if its layers lay there themselves
        _insert(image, group, parent, position)
        parent, position = group, 0
    for number, item in reversed(list(enumerate(answer.result.layers, 1))):
        layer = new_layer(image, item.plane, item.name, native=source is not None)
        layer.set_offsets(answer.source.box.x * factor + item.x, answer.source.box.y * factor + item.y)
        _number(layer, number, count, action)
        if several:
            layer.set_visible(number == 1)
        note(layer, answer.result, item)
        _insert(image, layer, parent, position)
        layers.append(layer)
        if selected or own or item.mask:
            _mask(layer, selected, own, item.mask)
        shows = action.alone or action.overlays  # the source is to be seen too
        if source and "image" in action.reads and not selected and not item.mask and not shows:
            _stand_in(layer, source)
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


def _insert(image: Gimp.Image, layer: Gimp.Layer, parent: Gimp.GroupLayer | None, position: int) -> None:
    if not image.insert_layer(layer, parent, position):
        raise BadInput("GIMP does not let a layer be added here.", "Look for a lock on the layer's group.")


def _shown(item: Gimp.Layer) -> Gimp.Layer:
    """The layer itself; of a group of candidates, the one that is visible."""
    return item.get_children()[0] if item.is_group_layer() else item


def _mask(layer: Gimp.Layer, selected: bool, own: Gimp.LayerMask | None, given: Plane | None) -> None:
    """A mask that lets through what the selection, the source's own mask and the given one all let through."""
    mask = layer.create_mask(Gimp.AddMaskType.SELECTION if selected and not given else Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    layer.set_edit_mask(False)  # the next brush stroke is meant for the picture
    if given:
        pixels.write(mask.get_buffer(), given, 0, 0, MASK)
        mask.update(0, 0, given.width, given.height)
    others = [other for other in (layer.get_image().get_selection() if selected and given else None, own) if other]
    for other in others:
        at, here = pixels.bounds(other), pixels.bounds(layer)
        mask.combine_masks(other, Gimp.ChannelOps.INTERSECT, at.x - here.x, at.y - here.y)


def _put_mask(image: Gimp.Image, source: Gimp.Layer, answer: Answer, in_place: bool) -> list[Gimp.Layer]:
    """Give the result to `source` as its layer mask or, so that its own is kept, to a copy that is shown instead."""
    item = answer.result.layers[0]
    layer = source if in_place else source.copy()
    if not in_place:
        layer.set_name(sentence(item.name))
        _insert(image, layer, source.get_parent(), image.get_item_position(source))
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


def _stand_in(layer: Gimp.Layer, source: Gimp.Layer) -> None:
    """Where the source is not simply opaque, show the result instead of it: over it, soft edges would count twice."""
    normal = source.get_mode() == Gimp.LayerMode.NORMAL and source.get_opacity() == 100.0
    if source.has_alpha() or source.get_mask() or not normal:
        layer.set_mode(source.get_mode())
        layer.set_opacity(source.get_opacity())
        layer.set_visible(source.get_visible())
        source.set_visible(False)


def new_layer(image: Gimp.Image, plane: Plane, name: str, native: bool) -> Gimp.Layer:
    """A layer that shows the plane, not yet in the image. `native`: the numbers are of this image's own kind."""
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kinds = (Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE) if grey else COLOUR_LAYERS
    kind = kinds[plane.channels in (2, 4)]
    layer = Gimp.Layer.new(image, sentence(name), plane.width, plane.height, kind, 100.0, Gimp.LayerMode.NORMAL)
    pixels.write(layer.get_buffer(), plane, 0, 0, pixels.format_of(plane, layer if native else None))
    layer.update(0, 0, plane.width, plane.height)
    return layer


def _merge(layer: Gimp.Layer, answer: Answer, folder: Path, own_alpha: bool) -> None:
    """Change the layer itself where it is selected; outside, not one bit. GIMP merges, and keeps the undo step.

    own_alpha: the layer's transparency stays, whatever the result's is.
    """
    item, image, whole = answer.result.layers[0], layer.get_image(), pixels.bounds(layer)
    given = Box(answer.source.box.x + item.x, answer.source.box.y + item.y, item.plane.width, item.plane.height)
    selected = pixels.selection_box(image)
    region = whole.clip(selected or whole)
    inner = given.clip(region)
    inside = inner.shift(-region.x, -region.y)
    before = pixels.read(layer, region, folder / "before")
    was, made = pixels.crop(before, inside), pixels.crop(item.plane, inner.shift(-given.x, -given.y))
    if own_alpha or made.channels != was.channels:
        made = pixels.take_alpha(made, was)
    after = pixels.paste(before, made, inside)
    format_, x, y = pixels.format_of(before, layer), region.x - whole.x, region.y - whole.y

    pixels.write(layer.get_shadow_buffer(), after, x, y, format_)
    if not layer.merge_shadow(True):
        raise BadInput(f"GIMP does not let {layer.get_name()} be changed.", "Look for a lock on it.")
    if selected:
        merged = pixels.read(layer, region, folder / "merged")
        mask = pixels.read(image.get_selection(), region, folder / "mask")
        made = pixels.crop(pixels.keep_unselected(merged, before, mask), inside)
        if item.mask:
            made = pixels.keep_unselected(made, was, pixels.crop(item.mask, inner.shift(-given.x, -given.y)))
        after = pixels.paste(before, made, inside)
    pixels.write(layer.get_buffer(), after, x, y, format_)
    layer.update(x, y, region.width, region.height)
    note(layer, answer.result, item)


def _enlarge(image: Gimp.Image, answer: Answer, overwritten: bool) -> int:
    """Scale the image to fit the result; returns how many times.

    A picture of one plain layer is scaled the cheapest way: all of it is written over.
    """
    factor = answer.result.layers[0].plane.width // answer.source.box.width
    Gimp.context_push()
    if overwritten and _is_plain(image):
        Gimp.context_set_interpolation(Gimp.InterpolationType.NONE)
    image.scale(image.get_width() * factor, image.get_height() * factor)
    Gimp.context_pop()
    return factor


def _keep_mask(image: Gimp.Image, answer: Answer) -> None:
    """Leave what the run found as a channel, so that it can be looked at, changed and selected; it is not shown."""
    item = answer.result.layers[0]
    assert item.mask is not None  # what an action found
    name = _("Found by {name}").format(name=sentence(item.name))
    channel = Gimp.Channel.new(image, name, image.get_width(), image.get_height(), 50.0, Gegl.Color.new("red"))
    pixels.write(channel.get_buffer(), item.mask, answer.source.box.x + item.x, answer.source.box.y + item.y, MASK)
    channel.set_visible(False)
    image.insert_channel(channel, None, 0)
    image.set_selected_channels([])


def _grow(image: Gimp.Image, answer: Answer) -> None:
    """Enlarge the canvas by the margins of the run; layers, guides and selection keep their place in the picture."""
    left, right, top, bottom = (answer.result.record["settings"][side] for side in ("left", "right", "top", "bottom"))
    image.resize(image.get_width() + left + right, image.get_height() + top + bottom, left, top)


def _is_plain(image: Gimp.Image) -> bool:
    """Whether the image is one layer and nothing else that interpolation would show in."""
    layers = image.get_layers()
    plain = len(layers) == 1 and not layers[0].is_group_layer() and layers[0].get_mask() is None
    return plain and not image.get_channels() and pixels.selection_box(image) is None


def _overwrite(layer: Gimp.Layer, answer: Answer) -> None:
    """Write the result over a layer that was just scaled, which is its undo step."""
    item = answer.result.layers[0]
    plane = item.plane
    pixels.write(layer.get_buffer(), plane, 0, 0, pixels.format_of(plane, layer))
    layer.update(0, 0, plane.width, plane.height)
    note(layer, answer.result, item)


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


def note(layer: Gimp.Layer, result: Result, item: ResultLayer) -> None:
    """Keep with the layer what makes it again."""
    _attach(layer, "gesso", result.record | {"settings": result.record["settings"] | item.settings})


def _keep_facts(image: Gimp.Image, answers: list[Answer], action: Action) -> None:
    """Keep with each layer what was found out about it, beside what made it."""
    image.undo_group_start()
    for answer in answers:
        _attach(answer.source.layer, f"gesso-{action.name}", answer.result.record)
    image.undo_group_end()


def _attach(layer: Gimp.Layer, name: str, record: dict[str, Any]) -> None:
    flags = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    layer.attach_parasite(Gimp.Parasite.new(name, flags, list(json.dumps(record).encode())))
