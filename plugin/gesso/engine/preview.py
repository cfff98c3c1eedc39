"""A look at what an action would make, for its dialog: the same engine on fewer pixels.

Either all of the picture, made smaller, or a part of it at the result's size: the action says which suits it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from gesso.contract.actions import Action
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box, context_box
from gesso.contract.wire import View
from gesso.engine.composite import lay
from gesso.engine.image import Picture
from gesso.engine.job import Layer, Outcome, perform, warning, whole
from gesso.engine.progress import Progress
from gesso.engine.session import Models

AROUND = 64  # pixels around a part: enough for the networks, and for measuring noise, compression and blur
FINER = 4  # times the side shown is that of the whole picture as it is worked on: actions look at its details, too
ENOUGH = 2  # pixels along each side that are read for one of a smaller picture, at least


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
    """As `perform`, of which it takes the pictures; the outcome's two layers are before and after, 8 bits with alpha.

    What the action measures by itself it measures on what is shown. Where it cannot work there, both are the same, and
    a warning says why.
    Before a result that is larger is the picture as much larger by cubic interpolation.
    """
    larger = int(settings["scale"]) if action.enlarges else 1
    if action.preview == "part":
        action = replace(action, context=0.0, least=AROUND)
        image, mask, shown = part(action, image, mask, replace(view, side=view.side // larger))
        given = {}
    else:
        side = FINER * view.side
        image, top = smaller(thinned(image, side), side), top and smaller(thinned(top, side), side)
        if mask is not None:
            mask = cv2.resize(mask, (image.width, image.height), interpolation=cv2.INTER_AREA)
        given = {name: smaller(thinned(other, side), side) for name, other in (others or {}).items()}
        shown = image.box
    before = image if top is None else lay(image, top, 0, 0, None, over=True)
    if action.enlarges:
        size = larger * image.width, larger * image.height
        before = Picture(cv2.resize(displayed(image).array, size, interpolation=cv2.INTER_CUBIC))
    after, record = before, dict[str, Any](notes=warning("Nothing is selected in this part."))
    try:
        if mask is None or mask.any():
            outcome, record = perform(action, settings, models, progress, image, mask, top, (), given)
            after = whole(action, settings, image if mask is None else before, outcome.layers[0], mask)
    except BadInput as error:
        record = {"notes": {"warnings": [error.message, error.advice]}}
    parts = (picture.crop(shown.scale(larger)) for picture in (before, after))
    return Outcome([Layer(displayed(smaller(picture, view.side)), "") for picture in parts]), record


def part(action: Action, image: Picture, mask: np.ndarray | None, view: View) -> tuple[Picture, np.ndarray, Box]:
    """(what the action must see for the part that is shown, a mask of what in it is to be changed, the part in it)."""
    left, top = round(view.x * image.width - view.side / 2), round(view.y * image.height - view.side / 2)
    shown = Box(left, top, view.side, view.side).moved_into(image.box)
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
    alpha = picture.alpha()
    seen = cv2.resize(picture.rgb() * alpha[..., None], size, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    rgb = (seen / np.maximum(weight, 1e-6)[..., None])[..., : picture.colours]
    return Picture(np.dstack([rgb, weight]) if picture.has_alpha else rgb)


def thinned(picture: Picture, side: int) -> Picture:
    """Only as many of its rows and columns as a picture of `side` pixels needs."""
    step = max(1, max(picture.width, picture.height) // (ENOUGH * side))
    return Picture(picture.array[::step, ::step], picture.curve)


def displayed(picture: Picture) -> Picture:
    """The picture in 8 bits with alpha, grey or RGB, in its own color space."""
    pixels = np.dstack([picture.rgb()[..., : picture.colours], picture.alpha()]).clip(0, 1)
    return Picture(np.rint(255 * pixels).astype(np.uint8))
