"""One request from GIMP: check, read, ask the engine, place the result. On a GessoError the image is as it was."""

from functools import partial
from typing import Any

from gi.repository import Gimp

from gesso.client import place, sources
from gesso.client.layers import Answer
from gesso.client.link import Engine
from gesso.client.words import _, plain, sentence
from gesso.contract import wire
from gesso.contract.actions import Action
from gesso.contract.errors import BadInput, no_model
from gesso.contract.params import ModelName, OtherLayer


def run(
    action: Action, image: Gimp.Image | None, drawables: list[Gimp.Item], settings: dict[str, Any], output: str
) -> tuple[Gimp.Image, list[dict[str, Any]]]:
    """Returns the image that has the result and, for each layer made or changed, the record that repeats the run.

    In `settings` each OtherLayer is the Gimp.Layer chosen, or None.
    """
    settings, others = checked(action, settings)
    if output == "in-place" and settings.get("candidates", 1) > 1:
        raise BadInput("Several candidates cannot replace one layer.", "Ask for one, or let the result be a new layer.")
    layers = sources.check(action, image, drawables, output)
    enlarged = int(settings.get("scale", 1)) ** 2
    given = size_of([*layers, *others.values()]) * (2 + enlarged if action.enlarges else 4 + settings.get("frames", 0))
    count = max(settings.get("candidates", 1), settings.get("frames", 1))
    made = 12 * settings.get("width", 0) * settings.get("height", 0) * count
    with Engine() as engine:
        folder = wire.private_folder(given + made)
        try:
            engine.take_away(folder)  # for the case that Cancel kills this process
            inputs = sources.read(action, image, layers, others, output, folder)
            Gimp.progress_init(plain(_(action.label)))
            try:
                answers = []
                for number, source in enumerate(inputs):
                    request = wire.Run(action.title, settings, source.planes, str(folder), source.layers)
                    result = engine.run(request, partial(_report, action, number, len(inputs)))
                    answers.append(Answer(source, result))
            finally:
                Gimp.progress_end()  # Cancel goes with it: while results are placed it would leave half of them
            target = place.place(image, answers, output, action, folder)
        finally:
            wire.remove_private(folder)
    Gimp.displays_flush()
    records = [answer.result.record for answer in answers]
    for kind in ("told", "warnings"):
        for text in dict.fromkeys(text for record in records for text in record["notes"].get(kind, ())):
            Gimp.message(sentence(text))
    return target, records


def checked(action: Action, settings: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Gimp.Layer]]:
    """(the settings as the engine takes them, the layer chosen for each OtherLayer). Raises BadSetting and BadInput."""
    others = sources.others(action, settings)
    names = {p.name: "" for p in action.params if isinstance(p, OtherLayer)}
    names |= {name: layer.get_name() for name, layer in others.items()}
    return action.check({**settings, **names}), others


def check_model(action: Action) -> None:
    """Raises ModelError before anything is asked, where the action needs a model that the user has not added yet."""
    roles = {param.role for param in action.params if isinstance(param, ModelName)}
    with Engine() as engine:
        if action.own_model and not roles & set(engine.hello()["models"].values()):
            raise no_model(", ".join(roles))


def size_of(layers: list[Gimp.Layer]) -> int:
    """Bytes of the layers' pixels."""
    return sum(layer.get_width() * layer.get_height() * layer.get_bpp() for layer in layers)


def _report(action: Action, number: int, count: int, done: float, text: str) -> None:
    Gimp.progress_set_text(_(text) if text else plain(_(action.label)))  # what was waited for before is over
    Gimp.progress_update((number + done) / count)
