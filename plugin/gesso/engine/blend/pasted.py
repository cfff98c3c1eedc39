"""What the actions on a pasted layer share."""

from collections.abc import Callable

import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.composite import add_change
from gesso.engine.image import Picture
from gesso.engine.job import Layer, selected_box
from gesso.engine.progress import Progress


def pasted_box(top: Picture) -> Box:
    """Where the layer is not fully transparent. Raises BadInput where it is so everywhere."""
    visible = top.alpha() > 0
    if not visible.any():
        raise BadInput("The pasted layer is empty here.", "Select a layer with something on it, inside the picture.")
    return selected_box(visible)


def nothing_around() -> BadInput:
    """The error for a layer with no surroundings to match."""
    return BadInput(
        "The layer hides all that is under it, so there is nothing to match.",
        "Cut the pasted thing out, or move it so that the picture around it shows.",
    )


def recoloured(
    top: Picture, name: str, parts: list[Box], change: Callable[[Box], np.ndarray], progress: Progress
) -> Layer:
    """The visible part of the layer with a change of colour added, its alpha kept.

    parts: boxes on the layer's canvas that together cover `pasted_box`. change(part): HxWx3 float32, perceptual;
    ignored where the layer is fully transparent.
    """
    box = pasted_box(top)
    result = np.empty((box.height, box.width, top.array.shape[2]), top.array.dtype)
    for number, part in enumerate(parts):
        progress.step(number / len(parts))
        seen = (top.alpha(part) > 0)[..., None]
        result[part.shift(-box.x, -box.y).slices] = add_change(top, part, change(part) * seen)
    progress.step(1.0)
    return Layer(Picture(result, top.curve), name, box.x, box.y)
