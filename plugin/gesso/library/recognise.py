"""A graph -> a card: what each port carries by number, rank, shape and type, and the rest by trying.

Names of ports are arbitrary and used as hints only. What was guessed and not seen is said in the card's `doubts`.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort

from gesso.contract.errors import ModelError
from gesso.engine import binding
from gesso.engine.cards import Card, Port
from gesso.engine.session import kind_of
from gesso.library import inpainting
from gesso.library.families import IMAGENET, Family, family_of
from gesso.library.planes import Plane, inputs_of
from gesso.library.probe import Trial, best_range, phase, photo, reach, score, size_rule

BASES = (128, 112, 192, 256, 320, 512, 1024)  # sides to try where the graph takes any
LEVEL_NAMES = ("sigma", "noise", "level", "strength")
SCALES = (2, 3, 4)
BELOW = -0.1  # a lightened picture does not go below this; curves do
SAME_SIZE = ("restore", "denoise", "style", "colorize", "relight")
ONE_CHANNEL = ("segment", "depth")
WHOLE = ("segment", "depth", "colorize")
SUMMARIES = {
    "inpaint": "Fills a hole.",
    "denoise": "Takes noise out of a picture.",
    "restore": "Restores a picture.",
    "style": "Repaints a picture.",
    "colorize": "Colors a grey picture.",
    "relight": "Lightens a picture.",
    "segment": "Finds the subject of a picture.",
    "depth": "Guesses how near things are.",
}


def recognise(session: ort.InferenceSession, name: str, role: str = "") -> Card:
    """The card of a graph whose file is called `name`, without sha256 and licence; `role` overrides the guess.

    Raises ModelError that says what the graph wants that gesso has not.
    """
    ports = inputs_of(session)
    family = family_of(name)
    if family and role and family.role != role:
        family = None
    start = Card(name, role or (family.role if family else ""), Path(name), "", "", "")
    trial = Trial(session)
    planes = sorted(ports.planes, key=lambda plane: -plane.channels)
    sides = planes[0].sides
    if None not in sides:
        height, width = (side or 0 for side in sides)
        start = replace(start, size=(height, width), multiple=phase(height, width))
    if [plane.channels for plane in planes] in ([3, 1], [4]) and not is_denoiser(planes, start.role):
        return inpainting.recognise(trial, planes[0], planes[1:], start)
    card = replace(start, inputs=input_ports(planes, ports.numbers, family))
    base, made = first_run(trial, card)
    card = choose_output(trial, card, base, made)
    card = find_range(trial, card, base, family)
    if not card.size:
        card = size_rule(trial, card, base)
    return finish(trial, card)


def is_denoiser(planes: list[Plane], role: str) -> bool:
    """Whether the second picture, or the fourth channel, is a map of noise levels and no mask."""
    if role:
        return role != "inpaint"
    if len(planes) == 2:
        return any(word in planes[1].name.lower() for word in LEVEL_NAMES)
    return None in planes[0].sides  # inpainting nets of four channels have one size


def input_ports(planes: list[Plane], numbers: list[str], family: Family | None) -> tuple[Port, ...]:
    """The ports of all that is no inpainting: a picture, and a noise level as number, map or fourth channel."""
    image = planes[0]
    low, high = (0.0, 255.0) if image.kind.type is np.uint8 else (0.0, 1.0)
    ports = [Port(image.name, "image", low, high, "Y" if image.channels == 1 else "RGB", image.layout)]
    if family:
        ports = [replace(ports[0], **family.image)]
    if image.channels == 4:
        ports.append(Port(image.name, "noise-level", layout=image.layout, spread=True))
    ports += [Port(plane.name, "noise-level", layout=plane.layout, spread=True) for plane in planes[1:]]
    ports += [Port(name, "noise-level") for name in numbers]
    return tuple(ports)


def first_run(trial: Trial, card: Card) -> tuple[tuple[int, int], dict[str, np.ndarray]]:
    """Find a size that runs at all: that size, and all outputs by name."""
    reason = ""
    for side in (None,) if card.size else BASES:
        height, width = (card.size[0], card.size[1]) if side is None else (side, side)
        values = {"image": photo(height, width), "noise-level": np.full((1, 1, 1, 1), 0.02, np.float32)}
        try:
            fed = binding.feed(card, {p.name: kind_of(p) for p in trial.session.get_inputs()}, values)
            names = [port.name for port in trial.session.get_outputs()]
            return (height, width), dict(zip(names, trial.session.run(names, fed), strict=True))
        except Exception as error:  # onnxruntime has no common base class for its errors
            reason = str(error)
    raise ModelError(f"The model does not run: {reason}", "gesso cannot use it.")


def choose_output(trial: Trial, card: Card, base: tuple[int, int], made: dict[str, np.ndarray]) -> Card:
    """Which output is used and what it carries; by that also the role, where no name said it."""
    layout = card.inputs[0].layout
    pictures = [(name, *channels_and_ratio(np.shape(value), layout, base)) for name, value in made.items()]
    pictures = [(name, count, ratio) for name, count, ratio in pictures if ratio > 0]
    if not pictures:
        found = ", ".join("x".join(map(str, np.shape(value))) for value in made.values())
        raise ModelError(f"The model gives {found}, which is no picture.", "gesso cannot use it.")
    colours = 1 if card.inputs[0].order == "Y" else 3
    images = [(name, ratio) for name, count, ratio in pictures if count == colours]
    name, count, _ = pictures[0]
    if card.role == "relight" and len(images) == 1 == len(pictures) and made[name].min() < BELOW:
        return replace(card, outputs=(Port(name, "curves", layout=layout),))
    if images and card.role not in ONE_CHANNEL:
        scale = round(max(ratio for _, ratio in images))
        if scale not in (1, *SCALES):
            raise ModelError(f"The model enlarges {scale} times.", "gesso has places for 2, 3 and 4 times.")
        card = replace(card, scale=scale, border=border_of(images[0][1], scale, base[0]))
        return image_output(trial, card, base, [name for name, ratio in images if round(ratio) == scale])
    if count == 2 and card.role in ("", "colorize"):
        return replace(card, role="colorize", outputs=(Port(name, "ab", layout=layout),))
    if count % 3 == 0 and count > 3 and card.role in ("", "relight"):
        return replace(card, role="relight", outputs=(Port(name, "curves", layout=layout),))
    if count == 1 and card.role in ("", *ONE_CHANNEL):
        flat = np.ndim(made[name]) == 3
        role = card.role or ("depth" if flat else "segment")
        doubts = card.doubts if card.role else (*card.doubts, f"Taken for {role} by its single plane; else use --as.")
        carries = "depth" if role == "depth" else "mask"
        return replace(card, role=role, doubts=doubts, outputs=(Port(name, carries, layout=layout),))
    if count > 1 and card.role in ("", "segment"):
        return replace(card, role="segment", outputs=(Port(name, "classes", layout=layout),))
    raise ModelError(
        f"The model gives {count} planes, which does not fit {card.role or 'any action'}.", "Choose another with --as."
    )


def channels_and_ratio(shape: tuple[int, ...], layout: str, base: tuple[int, int]) -> tuple[int, float]:
    """Channels and size in relation to the input; 0, 0 for what is no picture."""
    if len(shape) == 3:
        count, height, width = 1, shape[1], shape[2]
    elif len(shape) == 4:
        count, height, width = (shape[axis] for axis in ((1, 2, 3) if layout == "NCHW" else (3, 1, 2)))
    else:
        return 0, 0.0
    ratio = height / base[0]
    return (count, ratio) if ratio > 0.2 and abs(width / base[1] - ratio) < 0.3 else (0, 0.0)


def border_of(ratio: float, scale: int, side: int) -> int:
    """Input pixels that are lost on each side."""
    return max(0, round((scale - ratio) * side / scale / 2))


def image_output(trial: Trial, card: Card, base: tuple[int, int], names: list[str]) -> Card:
    """The output that is a picture; of several, the one most like the photo."""
    first = card.inputs[0]
    if card.scale > 1 and card.role not in ("", "upscale", f"upscale-x{card.scale}"):
        raise ModelError(f"The model enlarges {card.scale} times, which does not fit {card.role}.", "Use --as upscale.")
    if card.scale == 1 and card.role.startswith("upscale"):
        raise ModelError("The model gives a picture as large as it was given.", "It cannot serve to upscale.")
    doubts = card.doubts
    role = f"upscale-x{card.scale}" if card.scale > 1 else card.role
    if not role:
        role = "denoise" if len(card.inputs) > 1 else "restore"
        doubts = (*doubts, f"Taken for {role} by its shapes; it may be made for another: {', '.join(SAME_SIZE)}.")
    cards = [
        replace(card, role=role, doubts=doubts, outputs=(replace(first, name=name, mean=(), std=()),)) for name in names
    ]
    if len(cards) == 1:
        return cards[0]
    scored = [(score(trial, one, photo(*base)), at) for at, one in enumerate(cards)]
    return cards[min(scored)[1]]


def find_range(trial: Trial, card: Card, base: tuple[int, int], family: Family | None) -> Card:
    """The range of the pictures: the graph's own for bytes, by trying where a picture comes out, else by name."""
    first, doubts = card.inputs[0], list(card.doubts)
    if any(port.name == first.name and kind_of(port).type is np.uint8 for port in trial.session.get_inputs()):
        return card
    if card.outputs[0].role == "image":
        known = (first.low, first.high) if family and "low" in family.image else None
        card, clear = best_range(trial, card, photo(*base), known)
        found = (card.inputs[0].low, card.inputs[0].high)
        if known and found != known:
            doubts.append(
                f"Models of this name want {known[0]:g}..{known[1]:g}, but a photo came out far better with "
                f"{found[0]:g}..{found[1]:g}."
            )
        if not clear and not family:
            doubts.append(f"No range fits a photo clearly best; {found[0]:g}..{found[1]:g} is taken.")
        if not family and first.order != "Y":
            doubts.append("Whether its colors are RGB or BGR cannot be seen; RGB is taken.")
    elif not (family and family.image):
        doubts.append("Its range cannot be seen; the usual one for its kind is taken.")
        if card.role in ONE_CHANNEL:
            card = replace(card, inputs=(replace(first, **IMAGENET), *card.inputs[1:]))
    if card.outputs[0].role == "mask":
        card = with_logits(trial, card, base)
    return replace(card, doubts=tuple(doubts))


def with_logits(trial: Trial, card: Card, base: tuple[int, int]) -> Card:
    """A mask that leaves 0..1 is made of logits."""
    mask = trial.run(card, photo(*base))["mask"]
    logits = bool(mask.min() < -0.05 or mask.max() > 1.05)
    return replace(card, outputs=(replace(card.outputs[0], sigmoid=logits),))


def finish(trial: Trial, card: Card) -> Card:
    """Tiles or the whole picture, and the sentence that says what it does."""
    summary = SUMMARIES.get(card.role, f"Enlarges a picture {card.scale} times.")
    card = replace(card, summary=summary)
    if card.role in WHOLE:
        return replace(card, whole=True)
    if card.outputs[0].role != "image":
        return card
    halo = reach(trial, card)
    if halo is not None:
        return replace(card, halo=halo)
    if card.role == "style":
        said = "It looks at the whole picture, so large ones are repainted reduced and their detail is added again."
        return replace(card, whole=True, tile=1024, doubts=(*card.doubts, said))
    said = "It looks at the whole picture, so tiles may differ a little in large ones."
    return replace(card, halo=64, doubts=(*card.doubts, said))
