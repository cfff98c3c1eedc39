"""A result as a layer: its pixels, its masks, and what is noted with it."""

import json
from dataclasses import dataclass
from typing import Any

from gi.repository import Gimp

from gesso.client import pixels
from gesso.client.sources import Source
from gesso.client.words import sentence
from gesso.contract.errors import BadInput
from gesso.contract.wire import Plane, Result, ResultLayer

MASK = "Y u8"  # what GEGL calls the numbers of a mask from the engine
COLOUR_LAYERS = (Gimp.ImageType.RGB_IMAGE, Gimp.ImageType.RGBA_IMAGE)


@dataclass(frozen=True)
class Answer:
    """One run: what it was given, and what the engine made of that."""

    source: Source
    result: Result


def new_layer(image: Gimp.Image, plane: Plane, name: str, native: bool) -> Gimp.Layer:
    """A layer that shows the plane, not yet in the image. `native`: the numbers are of this image's own kind."""
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    kinds = (Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE) if grey else COLOUR_LAYERS
    kind = kinds[plane.channels in (2, 4)]
    layer = Gimp.Layer.new(image, sentence(name), plane.width, plane.height, kind, 100.0, Gimp.LayerMode.NORMAL)
    pixels.write(layer.get_buffer(), plane, 0, 0, pixels.format_of(plane, layer if native else None))
    layer.update(0, 0, plane.width, plane.height)
    return layer


def insert(image: Gimp.Image, layer: Gimp.Layer, parent: Gimp.GroupLayer | None, position: int) -> None:
    """Put a layer into the image, where GIMP allows that. Raises BadInput."""
    if not image.insert_layer(layer, parent, position):
        raise BadInput("GIMP does not let a layer be added here.", "Look for a lock on the layer's group.")


def add_mask(layer: Gimp.Layer, selected: bool, own: Gimp.LayerMask | None, given: Plane | None) -> None:
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


def stand_in(layer: Gimp.Layer, source: Gimp.Layer, seen: bool) -> None:
    """Where the source is not simply opaque, show the result instead of it: over it, soft edges would count twice.

    seen: whether the source was visible before the first of its results.
    """
    normal = source.get_mode() == Gimp.LayerMode.NORMAL and source.get_opacity() == 100.0
    if source.has_alpha() or source.get_mask() or not normal:
        layer.set_mode(source.get_mode())
        layer.set_opacity(source.get_opacity())
        layer.set_visible(seen and layer.get_visible())
        source.set_visible(False)


def note(layer: Gimp.Layer, result: Result, item: ResultLayer) -> None:
    """Keep with the layer what makes it again."""
    attach(layer, "gesso", result.record | {"settings": result.record["settings"] | item.settings})


def attach(layer: Gimp.Layer, name: str, record: dict[str, Any]) -> None:
    """Keep `record` with the layer as JSON, a parasite that is saved with the image and undone with the rest."""
    flags = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    layer.attach_parasite(Gimp.Parasite.new(name, flags, list(json.dumps(record).encode())))
