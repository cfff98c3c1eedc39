"""A result put into the layer that it was made of; GIMP keeps what was there for the undo step."""

from pathlib import Path

from gi.repository import Gimp

from gesso.client import pixels
from gesso.client.layers import Answer, note
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box


def merge(layer: Gimp.Layer, answer: Answer, folder: Path, own_alpha: bool) -> None:
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


def enlarge(image: Gimp.Image, answer: Answer, overwritten: bool) -> int:
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


def _is_plain(image: Gimp.Image) -> bool:
    """Whether the image is one layer and nothing else that interpolation would show in."""
    layers = image.get_layers()
    plain = len(layers) == 1 and not layers[0].is_group_layer() and layers[0].get_mask() is None
    return plain and not image.get_channels() and pixels.selection_box(image) is None


def overwrite(layer: Gimp.Layer, answer: Answer) -> None:
    """Write the result over a layer that was just scaled, which is its undo step."""
    item = answer.result.layers[0]
    plane = item.plane
    pixels.write(layer.get_buffer(), plane, 0, 0, pixels.format_of(plane, layer))
    layer.update(0, 0, plane.width, plane.height)
    note(layer, answer.result, item)
