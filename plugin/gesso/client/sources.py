"""What an action reads in GIMP: which layers, which part of them, and whether it may."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

from gi.repository import Gimp

from gesso.client import pixels
from gesso.client.locks import and_parents, working_copy
from gesso.contract.actions import Action
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box, context_box
from gesso.contract.params import OtherLayer
from gesso.contract.wire import Plane


@dataclass(frozen=True)
class Source:
    """One run's input. `box` is the part of the canvas that the planes show.

    layer: the one that the result belongs to, the uppermost of several; None where nothing is read.
    planes, layers: see wire.Run. An OtherLayer is shown whole, wherever it lies; one that is `over` the picture, only
    what of it lies in `box`.
    """

    layer: Gimp.Layer | None
    box: Box
    planes: dict[str, Plane]
    layers: list[Plane] = field(default_factory=list)


def check(action: Action, image: Gimp.Image, drawables: list[Gimp.Item], output: str) -> list[Gimp.Layer]:
    """The layers to work on, one run each. Raises BadInput with what is in the way."""
    if image is None:
        if action.reads:
            raise BadInput("No image is open.", "Open one first.")
        return []
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED and output != "new-image":
        raise BadInput("This image has indexed colors.", "Turn it to RGB first, with Image > Mode > RGB.")
    if not action.reads:
        return []
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise BadInput("This image has indexed colors.", "Turn it to RGB first, with Image > Mode > RGB.")
    if not drawables:
        raise BadInput("No layer is selected.", "Select the layer to work on.")
    for drawable in drawables:
        _check_layer(drawable, output)
        if action.masks and output == "in-place" and drawable.get_mask() is not None:
            raise BadInput(
                f"{drawable.get_name()} has a layer mask already.",
                "Apply or delete it, or let the result be a new layer.",
            )
    if "mask" in action.reads and pixels.selection_box(image) is None:
        raise BadInput("Nothing is selected.", "Select what to fill first, for example with the Free Select tool.")
    if "top" in action.reads and len(drawables) > 2:
        raise BadInput("More than two layers are selected.", "Select the pasted layer, or it and the one it goes on.")
    if "layers" in action.reads and len(drawables) == 1:
        raise BadInput("This takes two layers or more.", "Select all that belong together.")
    return list(drawables)


def others(action: Action, settings: Mapping[str, Any]) -> dict[str, Gimp.Layer]:
    """The layer chosen for each OtherLayer. Raises BadInput where a needed one is missing or shows no own pixels."""
    found = {}
    for param in action.params:
        if not isinstance(param, OtherLayer):
            continue
        layer = settings.get(param.name)
        if layer is not None:
            _check_layer(layer, "new-layer")
            found[param.name] = layer
        elif not param.optional:
            raise BadInput(f"{action.title} needs a second layer: {param.name}.", "Choose one.")
    return found


def _check_layer(drawable: Gimp.Item, output: str) -> None:
    if not drawable.is_layer():
        raise BadInput("What is selected is not a layer.", "Select the layer itself, not its mask or a channel.")
    name = drawable.get_name()
    if drawable.is_group_layer():
        raise BadInput(f"{name} is a layer group.", "Select a layer in it.")
    if output == "in-place" and any(item.get_lock_content() for item in and_parents(drawable)):
        raise BadInput(f"The pixels of {name} are locked.", "Unlock them, or let the result be a new layer.")


def read(
    action: Action,
    image: Gimp.Image,
    layers: list[Gimp.Layer],
    others: dict[str, Gimp.Layer],
    output: str,
    folder: Path,
) -> list[Source]:
    """The planes of every run, as files in `folder`.

    Layers are read as they are seen, with their filters (GIMP's layer effects); but without, where the result goes into
    the layer itself: there they go on working on it.
    """
    bare = output == "in-place" or (action.enlarges and output != "new-layer")
    if not layers:
        planes = {name: _read_other(layer, None, folder / name) for name, layer in others.items()}
        return [Source(None, Box(0, 0, 0, 0), planes)]
    if "layers" in action.reads:
        return [_read_stack(image, layers, folder)]
    if "top" in action.reads:
        return [_read_pair(action, image, layers, bare, folder)]
    over = {param.name for param in action.params if isinstance(param, OtherLayer) and param.over} & others.keys()
    shared = {name: _read_other(others[name], layers[0], folder / name) for name in others.keys() - over}
    sources = []
    for number, layer in enumerate(layers):
        with nullcontext(layer) if bare else as_seen(layer) as shown:
            source = replace(_read_layer(action, image, shown, folder / str(number)), layer=layer)
        own = {name: _read_over(others[name], source, folder / f"{number}.{name}") for name in over}
        sources.append(replace(source, planes={**source.planes, **shared, **own}))
    return sources


def _read_other(layer: Gimp.Layer, layer_of_run: Gimp.Layer | None, file: Path) -> Plane:
    """All of a layer that may be of another image: then as floats in the color space of the run's layer, or sRGB."""
    with as_seen(layer) as shown:
        box = pixels.bounds(shown)
        if layer_of_run is not None and layer.get_image() == layer_of_run.get_image():
            return pixels.read(shown, box, file)
        return pixels.read_converted(shown, box, layer_of_run, file)


def _read_over(layer: Gimp.Layer, source: Source, file: Path) -> Plane:
    """What of a layer lies on the source, as RGBA floats: where it is not, its alpha is 0."""
    assert source.layer is not None
    if layer.get_image() != source.layer.get_image():
        raise BadInput(f"The layer {layer.get_name()} is of another image.", "Choose one of this image.")
    with as_seen(layer) as shown:
        return pixels.read_converted(shown, source.box, source.layer, file)


def _read_stack(image: Gimp.Image, layers: list[Gimp.Layer], folder: Path) -> Source:
    """All layers, from the lowest up, on the smallest canvas that holds them; where one is not, its alpha is 0.

    Read from a copy, so that working in layer masks never touches the user's image.
    """
    stack = sorted(layers, key=path, reverse=True)
    planes = []
    with working_copy(image) as copy:
        twins = [_with_filters(twin(copy, layer)) for layer in stack]
        boxes = [pixels.bounds(layer) for layer in twins]
        box = reduce(Box.union, boxes)
        bare = all(one == box and not layer.has_alpha() for one, layer in zip(boxes, twins, strict=True))
        for number, same in enumerate(twins):
            alone = bare and same.get_mask() is None
            planes.append(pixels.read(same if alone else _with_alpha(same), box, folder / f"{number}.layer"))
    return Source(stack[-1], box, {}, planes)


def _read_layer(action: Action, image: Gimp.Image, layer: Gimp.Layer, stem: Path) -> Source:
    if action.extends:
        return _read_canvas(image, layer, stem.with_suffix(".image"))
    whole = pixels.bounds(layer)
    selected = None if action.enlarges else pixels.selection_box(image)
    if selected is None:
        return Source(layer, whole, {"image": pixels.read(layer, whole, stem.with_suffix(".image"))})
    inside = _inside(layer, selected, whole)
    box = context_box(inside, whole, action.context, action.least)
    planes = {
        "image": pixels.read(layer, box, stem.with_suffix(".image")),
        "mask": pixels.read(image.get_selection(), box, stem.with_suffix(".mask")),
    }
    return Source(layer, box, planes)


def _read_canvas(image: Gimp.Image, layer: Gimp.Layer, file: Path) -> Source:
    """What the layer shows of the whole canvas: where it is not, its alpha is 0."""
    canvas = Box(0, 0, image.get_width(), image.get_height())
    if not layer.has_alpha() and pixels.bounds(layer).clip(canvas) != canvas:
        raise BadInput(
            f"The layer {layer.get_name()} does not cover the image.",
            "Use Layer > Layer to Image Size, then extend it.",
        )
    return Source(layer, canvas, {"image": pixels.read(layer, canvas, file)})


def _inside(layer: Gimp.Layer, selected: Box, whole: Box) -> Box:
    inside = selected.clip(whole)
    if inside.empty:
        raise BadInput(
            f"The selection lies outside the layer {layer.get_name()}.", "Select inside it, or select another layer."
        )
    return inside


def _read_pair(action: Action, image: Gimp.Image, layers: list[Gimp.Layer], bare: bool, folder: Path) -> Source:
    """The pasted layer (the upper one of two) and what is under it: the other layer, or all that is visible there.

    Read from a copy, so that hiding layers to look under one never touches the user's image.
    """
    top, *below = sorted(layers, key=path)
    canvas = Box(0, 0, image.get_width(), image.get_height())
    whole = pixels.bounds(top).clip(canvas)
    if whole.empty:
        raise BadInput(f"The layer {top.get_name()} lies outside the image.", "Move it over the picture.")
    selected = pixels.selection_box(image)
    inside = _inside(top, selected, whole) if selected else whole
    box = context_box(inside, canvas, action.context, action.least)
    with working_copy(image) as copy:
        pasted, other = twin(copy, top), [twin(copy, layer) for layer in below]
        shown = _with_alpha(pasted if bare else _with_filters(pasted))
        planes = {"top": pixels.read(shown, box, folder / "0.top")}
        base = _with_alpha(_with_filters(other[0])) if other else _under(copy, pasted)
        planes["image"] = pixels.read(base, box, folder / "0.image")
        if selected:
            planes["mask"] = pixels.read(image.get_selection(), box, folder / "0.mask")
    return Source(top, box, planes)


def path(item: Gimp.Item) -> list[int]:
    """Where the item stands in its image: positions from the outermost group inwards."""
    return [step.get_image().get_item_position(step) for step in reversed(and_parents(item))]


def twin(copy: Gimp.Image, layer: Gimp.Layer) -> Gimp.Layer:
    """The layer's counterpart in a copy of its image."""
    first, *rest = path(layer)
    found = copy.get_layers()[first]
    for position in rest:
        found = found.get_children()[position]
    return found


@contextmanager
def as_seen(layer: Gimp.Layer) -> Iterator[Gimp.Layer]:
    """The layer; where it has filters, one with these worked in, of a copy of its image that is gone afterwards."""
    if not layer.get_filters():
        yield layer
        return
    with working_copy(layer.get_image()) as copy:
        yield _with_filters(twin(copy, layer))


def _with_filters(layer: Gimp.Layer) -> Gimp.Layer:
    """The layer with its filters worked into its pixels (of a copy: this changes the layer)."""
    if layer.get_filters():
        layer.merge_filters()
    return layer


def _with_alpha(layer: Gimp.Layer) -> Gimp.Layer:
    """The layer with an alpha channel and its layer mask worked into it (of a copy: this changes the layer)."""
    if not layer.has_alpha():
        layer.add_alpha()
    if layer.get_mask() is not None:
        layer.remove_mask(Gimp.MaskApplyMode.APPLY)
    return layer


def _under(copy: Gimp.Image, top: Gimp.Layer) -> Gimp.Layer:
    """A layer of what is visible below `top` (of a copy: this hides `top` and all above it)."""
    top.set_visible(False)
    for step in and_parents(top):
        parent = step.get_parent()
        siblings = parent.get_children() if parent is not None else copy.get_layers()
        for sibling in siblings[: copy.get_item_position(step)]:
            sibling.set_visible(False)
    visible = Gimp.Layer.new_from_visible(copy, copy, "below")
    copy.insert_layer(visible, None, 0)
    return visible
