"""Locked pixels. GIMP kills a plug-in that writes into them; a new layer's mask in a locked group is locked, too.

gesso never changes a layer that is locked, but lays results beside it and works in copies of it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gi.repository import Gimp


@contextmanager
def lifted(layers: Iterable[Gimp.Layer]) -> Iterator[None]:
    """Without what locks the pixels of these layers and of the groups they are in, for a while."""
    items = {item.get_id(): item for layer in layers for item in and_parents(layer)}.values()
    locked = [item for item in items if item.get_lock_content()]
    for item in locked:
        item.set_lock_content(False)
    try:
        yield
    finally:
        for item in locked:
            item.set_lock_content(True)


@contextmanager
def working_copy(image: Gimp.Image) -> Iterator[Gimp.Image]:
    """A copy of the image, without locks, that is gone afterwards."""
    copy = image.duplicate()
    try:
        with lifted(all_layers(copy)):
            yield copy
    finally:
        copy.delete()


def all_layers(image: Gimp.Image) -> list[Gimp.Layer]:
    """Every layer that has pixels of its own, from the uppermost down, those in groups too."""
    found, waiting = [], list(image.get_layers())
    while waiting:
        layer = waiting.pop(0)
        if layer.is_group_layer():
            waiting[:0] = layer.get_children()
        else:
            found.append(layer)
    return found


def and_parents(item: Gimp.Item) -> list[Gimp.Item]:
    """The item and the groups it is in, from the innermost out."""
    chain = []
    while item is not None:
        chain.append(item)
        item = item.get_parent()
    return chain
