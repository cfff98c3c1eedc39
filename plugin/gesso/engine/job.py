"""What an action is given and what it answers. Everything that decides the picture is in the job."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gesso import __version__
from gesso.contract.actions import Action
from gesso.contract.actions.action import SIDES
from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box, context_box
from gesso.contract.params import OtherLayer, Seed
from gesso.engine import composite
from gesso.engine.cards import Card
from gesso.engine.image import Picture
from gesso.engine.progress import Progress
from gesso.engine.session import Models

NEEDS = {
    "image": "a picture",
    "mask": "a selection",
    "top": "a second picture to paste",
    "layers": "two pictures or more",
}
LARGEST = 2e9  # bytes of all that one run makes


@dataclass(frozen=True)
class Job:
    """One run. `settings` are checked. `mask` is HxW float32 0..1 on the image's canvas, 1 = selected.

    `image` and `mask` are None where the action does not read them. `mask` is also None where nothing is
    selected and the action then works on everything. `top` is on the image's canvas. `layers` are two or more, of one
    size, the lowest first. `others` are pictures of any size, by the names of the action's OtherLayers; those `over`
    the image are on its canvas.
    """

    action: Action
    settings: dict[str, Any]
    image: Picture | None = None
    mask: np.ndarray | None = None
    top: Picture | None = None
    layers: tuple[Picture, ...] = ()
    others: Mapping[str, Picture] = field(default_factory=dict)

    @property
    def seeds(self) -> list[int]:
        """The seed of each candidate: asked for by it alone, that candidate is the same."""
        return [(self.settings["seed"] + number) % (Seed.high + 1) for number in range(self.settings["candidates"])]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) asked for, pixels."""
        return self.settings["width"], self.settings["height"]

    def check_memory(self, pixel: int) -> None:
        """Raises BadInput where all candidates, of the wanted size and `pixel` bytes a pixel, are too much."""
        if self.settings["width"] * self.settings["height"] * pixel * self.settings["candidates"] > LARGEST:
            raise BadInput(
                "So many pictures of this size do not fit into memory.", "Ask for fewer, or for smaller ones."
            )


@dataclass(frozen=True)
class Layer:
    """A result: `picture` goes to (x, y) of the job's image; it covers at least the selected pixels.

    mask: HxW bool, where it counts in addition to the selection (elsewhere it has the image's own numbers); None where
    that is everywhere. settings: which settings of the job must be others for a run that makes this layer alone.
    """

    picture: Picture
    name: str
    x: int = 0
    y: int = 0
    mask: np.ndarray | None = None
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """`layers`: one, or several to choose from; none where all there is are `facts`, what an action that reports found
    out, as JSON can hold it. `cards`: the models that made it, in order.
    `notes`: what a run chose by itself (a measured noise level). `table`: the change as n x n x n x 3 colours in
    0..1, by blue, green and red, where it is the same for all of the picture.
    """

    layers: list[Layer]
    cards: list[Card] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)
    table: np.ndarray | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def told(sentence: str) -> dict[str, list[str]]:
    """Notes that are an answer: the user asked for it, and sees it as a message."""
    return {"told": [sentence]}


def warning(sentence: str) -> dict[str, list[str]]:
    """Notes that the user is to see: the run went well, but something about it is odd."""
    return {"warnings": [sentence]}


def selected_box(mask: np.ndarray) -> Box:
    """The bounding box of the pixels of `mask` (HxW) that are not 0. Raises BadInput when there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise BadInput("Nothing is selected inside the picture.", "Select what to work on.")
    return Box(int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))


def needed_box(action: Action, image: Picture, mask: np.ndarray | None, top: Picture | None) -> Box:
    """The part of `image` that the action must see."""
    if mask is not None:
        selected = selected_box(mask)
    elif top is not None and top.has_alpha:
        selected = selected_box(top.array[..., -1])
    else:
        return image.box
    return context_box(selected, image.box, action.context, action.least)


def check_layers(action: Action, layers: tuple[Picture, ...]) -> None:
    """Raises BadInput where `layers` cannot be worked on together."""
    if "layers" in action.reads and len(layers) == 1:
        raise BadInput("This takes two layers or more.", "Select all that belong together.")
    if len({(layer.width, layer.height) for layer in layers}) > 1:
        raise BadInput("The pictures differ in size.", "They must lie on one canvas.")


def draw_seeds(action: Action, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with every seed of -1 replaced by one drawn now."""
    seeds = {param.name for param in action.params if isinstance(param, Seed)}
    random = np.random.default_rng()
    return {k: int(random.integers(Seed.drawn)) if k in seeds and v == -1 else v for k, v in settings.items()}


def perform(
    action: Action,
    settings: Mapping[str, Any],
    models: Models,
    progress: Progress,
    image: Picture | None = None,
    mask: np.ndarray | None = None,
    top: Picture | None = None,
    layers: tuple[Picture, ...] = (),
    others: Mapping[str, Picture] | None = None,
) -> tuple[Outcome, dict[str, Any]]:
    """Run an action as both doors do: check, cut to what is needed, run `engine/<menu>/<name>.py`, note what was done.

    image, top, layers: on one canvas. mask: HxW float32 0..1 on the same canvas. others: by parameter, see Job.
    Returns the outcome, its places counted from the given image's corner, and the record that repeats the run. Raises
    GessoError.
    """
    chosen = draw_seeds(action, action.check(settings))
    given = {"image": image, "mask": mask, "top": top, "layers": layers or None}
    for name in action.reads:
        if given[name] is None:
            raise BadInput(f"{action.title} needs {NEEDS[name]}.", "Nothing was changed.")
    check_layers(action, layers)
    others = dict(others or {})
    over = {p.name for p in action.params if isinstance(p, OtherLayer) and p.over} & others.keys()
    for param in action.params:
        if isinstance(param, OtherLayer) and param.name not in others and not param.optional:
            raise BadInput(f"{action.title} needs a second layer: {param.name}.", "Choose one.")
    for name, other in (("mask", mask), ("top", top), *((name, others[name]) for name in over)):
        size = other.shape[1::-1] if isinstance(other, np.ndarray) else (other.width, other.height) if other else None
        if size and image and size != (image.width, image.height):
            theirs, ours = (f"{width} x {height}" for width, height in (size, (image.width, image.height)))
            raise BadInput(
                f"The {name} is of {theirs} pixels and the picture of {ours}.", "They must lie on one canvas."
            )
    box = Box(0, 0, 0, 0)
    if image is not None:
        if image.box.empty:
            raise BadInput("The picture has no pixels.", "Open another one.")
        box = needed_box(action, image, mask, top)
        image, top = image.crop(box), top and top.crop(box)
        mask = None if mask is None else mask[box.slices]
        others |= {name: others[name].crop(box) for name in over}
    job = Job(action, chosen, image, mask, top, layers, others)
    module = importlib.import_module(f"gesso.engine.{action.menu}.{action.name}")
    progress.step(0.0)
    made: Outcome = module.run(job, models, progress)
    placed = [replace(layer, x=layer.x + box.x, y=layer.y + box.y) for layer in made.layers]
    record = {
        "gesso": __version__,
        "action": action.title,
        "settings": chosen,
        "models": {card.name: card.sha256 for card in made.cards},
        "notes": made.notes,
        **({"facts": made.facts} if action.reports else {}),
    }
    return replace(made, layers=placed), record


def whole(
    action: Action, settings: Mapping[str, Any], image: Picture | None, layer: Layer, mask: np.ndarray | None
) -> Picture:
    """The picture with one of the outcome's layers in it, as large as it has become; mask as for `perform`."""
    if image is None or action.enlarges or action.alone:
        return layer.picture
    if action.masks:
        return composite.hide(image, layer.picture, layer.x, layer.y)
    left, right, top, bottom = (settings[side] if action.extends else 0 for side in SIDES)
    if action.extends:
        image = image.extend(left, right, top, bottom)
    over = action.overlays or "top" in action.reads
    laid = composite.lay(image, layer.picture, layer.x + left, layer.y + top, mask, over)
    if action.overlays and image.has_alpha:
        laid.array[..., -1] = image.array[..., -1]
    return laid
