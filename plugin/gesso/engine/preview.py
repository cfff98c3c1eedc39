"""A look at what an action would make, for its dialog: the same engine on fewer pixels.

Either all of the picture, made smaller, or a part of it at the result's size: the action says which suits it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from gesso.contract.actions import Action
from gesso.contract.errors import NothingFound
from gesso.contract.geometry import Box, context_box
from gesso.contract.wire import View
from gesso.engine.composite import lay
from gesso.engine.image import Picture
from gesso.engine.job import Layer, Outcome, perform, whole
from gesso.engine.progress import Progress
from gesso.engine.session import Models

AROUND = 64  # pixels around a part: enough for the networks, and for measuring noise, compression and blur
FINER = 4  # pixels along each side that a smaller picture's are the mean of, at least


def preview(
    action: Action,
    settings: Mapping[str, Any],
    models: Models,
    progress: Progress,
    view: View,
    image: Picture,
    mask: np.ndarray | None = None,
    top: Picture | None = None,
    others: Mapping[str, Picture] | None = None,
) -> tuple[Outcome, dict[str, Any]]:
    """As `perform`, of which it takes the pictures; the outcome's two layers are 8-bit RGBA, before and after.

    What the action measures by itself it measures on what is shown. Where nothing is found, both layers are the same.
    Before a result that is larger is the picture as much larger by cubic interpolation.
    """
    larger = int(settings["scale"]) if action.enlarges else 1
    if action.preview == "part":
        action = replace(action, context=0.0, least=AROUND)
        image, mask, shown = part(action, image, mask, replace(view, side=view.side // larger))
        given = {}
    else:
        image, top = smaller(image, view.side), top and smaller(top, view.side)
        if mask is not None:
            mask = cv2.resize(mask, (image.width, image.height), interpolation=cv2.INTER_AREA)
        given, shown = {name: smaller(other, view.side) for name, other in (others or {}).items()}, image.box
    if action.colors:
        image = Picture(displayed(image).array)
    before = image if top is None else lay(image, top, 0, 0, None, over=True)
    if action.enlarges:
        size = larger * image.width, larger * image.height
        before = Picture(cv2.resize(displayed(image).array, size, interpolation=cv2.INTER_CUBIC))
    after, record = before, dict[str, Any](notes={})
    try:
        if mask is None or mask.any():
            outcome, record = perform(action, settings, models, progress, image, mask, top, (), given)
            after = whole(action, settings, image if mask is None else before, outcome.layers[0], mask)
    except NothingFound:
        pass
    both = [Layer(displayed(picture.crop(shown.scale(larger))), "") for picture in (before, after)]
    return Outcome(both), record


def part(action: Action, image: Picture, mask: np.ndarray | None, view: View) -> tuple[Picture, np.ndarray, Box]:
    """(what the action must see for the part that is shown, a mask of what in it is to be changed, the part in it)."""
    width, height = min(view.side, image.width), min(view.side, image.height)
    left, top = round(view.x * image.width - width / 2), round(view.y * image.height - height / 2)
    shown = Box(min(max(left, 0), image.width - width), min(max(top, 0), image.height - height), width, height)
    seen = context_box(shown, image.box, action.context, action.least)
    inside = shown.shift(-seen.x, -seen.y)
    selected = np.zeros((seen.height, seen.width), np.float32)
    selected[inside.slices] = 1 if mask is None else mask[shown.slices]
    return image.crop(seen), selected, inside


def smaller(picture: Picture, side: int) -> Picture:
    """The picture with its longer side `side` pixels, as floats; as it is where it is no longer than that."""
    factor = side / max(picture.width, picture.height)
    if factor >= 1:
        return picture
    size = max(1, round(factor * picture.width)), max(1, round(factor * picture.height))
    thin = Picture(thinned(picture.array, side), picture.curve)
    alpha = thin.alpha()
    seen = cv2.resize(thin.rgb() * alpha[..., None], size, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    rgb = (seen / np.maximum(weight, 1e-6)[..., None])[..., : picture.colours]
    return Picture(np.dstack([rgb, weight]) if picture.has_alpha else rgb)


def thinned(array: np.ndarray, side: int) -> np.ndarray:
    """Only as many rows and columns of an HxW array as a picture of `side` pixels needs."""
    step = max(1, max(array.shape[:2]) // (FINER * side))
    return array[::step, ::step]


def displayed(picture: Picture) -> Picture:
    """The picture as 8-bit RGBA, in its own color space."""
    pixels = np.dstack([picture.rgb(), picture.alpha()]).clip(0, 1)
    return Picture(np.rint(255 * pixels).astype(np.uint8))
