"""Recognising nets that fill holes: a picture and a mask, or both in four channels.

What a mask means is tried out: rightly told, the net cannot see what is in the hole, so that changing it changes
nothing; and what is known comes out as it went in.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from gesso.contract.errors import ModelError
from gesso.engine.cards import Card, Port
from gesso.library.planes import Plane
from gesso.library.probe import RANGES, TIE, Trial, hole, photo

BLIND = 0.02  # a net that lets more of the hole's content through than this share was told the mask upside down
UNCLEAR = 0.1  # ranges of what comes out that fit as well as this are not told apart: the first is taken
GOOD = 0.05  # a way that fits better needs no other beside it, but its opposite
BASES = (256, 512, 128)


def recognise(trial: Trial, image: Plane, masks: list[Plane], card: Card) -> Card:
    """The card of a filling net; raises ModelError where no way of asking gives a filled photo."""
    card = replace(card, role="inpaint", summary="Fills a hole.", multiple=card.multiple if card.size else 64, tile=512)
    name = trial.session.get_outputs()[0].name
    ways = joined_ways(image) if not masks else separate_ways(image, masks[0])
    sides = [card.size] if card.size else [(side, side) for side in BASES]
    for height, width in sides:
        tried: list[tuple[float, Card]] = []
        for ports in ways:
            if len(tried) % 2 == 0 and any(score < GOOD for score, _ in tried):
                break
            tried.append(try_way(trial, replace(card, inputs=ports), name, photo(height, width)))
        scored = [(score, at) for at, (score, _) in enumerate(tried) if np.isfinite(score)]
        if not scored:
            continue
        least = min(scored)[0]
        near = [at for score, at in scored if score <= least + TIE]
        found = tried[near[0]][1]
        doubts = []
        if len(near) > 1:
            doubts.append("What its mask means could not be seen for certain: white is taken for the hole.")
        if least > 0.25:
            doubts.append("What is known of a photo does not come out as it went in: its range may be another.")
        return replace(found, size=card.size or (), doubts=tuple(doubts))
    raise ModelError("The model fills no hole in a photo, whichever way it is asked.", "gesso cannot use it.")


def separate_ways(image: Plane, mask: Plane) -> list[tuple[Port, ...]]:
    """Picture and mask apart: LaMa's way first (0..1, white = hole), then MI-GAN's (bytes, white = known)."""
    bytes_ = image.kind.type is np.uint8
    ranges = [(0.0, 255.0)] if bytes_ else RANGES
    top = 255.0 if bytes_ else 1.0
    return [
        (
            Port(image.name, "image", low, high, layout=image.layout),
            Port(mask.name, "mask", *((0.0, top) if white_is_hole else (top, 0.0)), layout=mask.layout),
        )
        for (low, high), white_is_hole in product(ranges, (True, False))
    ]


def joined_ways(image: Plane) -> list[tuple[Port, ...]]:
    """Four channels: MI-GAN's way (known - 0.5, then the known picture in -1..1), then LaMa's (picture, then mask)."""
    signed = Port(image.name, "image", -1.0, 1.0, layout=image.layout, hole=0.0)
    plain = Port(image.name, "image", layout=image.layout, hole=0.0)
    mask = Port(image.name, "mask", layout=image.layout)
    return [(replace(mask, low=0.5, high=-0.5), signed), (plain, mask), (signed, mask)]


def try_way(trial: Trial, card: Card, name: str, image: np.ndarray) -> tuple[float, Card]:
    """How badly the photo is filled this way, infinite where not at all; and the card with the range that comes out."""
    mask = hole(*image.shape[2:])
    first = card.inputs[0] if card.inputs[0].role == "image" else card.inputs[1]
    if card.size == () and image.shape[2] % card.multiple:
        return np.inf, card
    made = []
    for content in (0.0, 1.0):
        filled = np.where(mask > 0.5, np.float32(content), image)
        answer = trial.image(replace(card, outputs=(Port(name, "image", layout=first.layout),)), filled, mask)
        if answer is None:
            return np.inf, card
        made.append(answer)
    known = np.broadcast_to(mask < 0.5, image.shape)
    tried = {ends: strayed((made[0] - ends[0]) / (ends[1] - ends[0]), image, known) for ends in RANGES}
    low, high = next(ends for ends in RANGES if tried[ends] <= min(tried.values()) + UNCLEAR)
    port = Port(name, "image", low, high, layout=first.layout)
    seen = float(np.abs(made[0] - made[1]).mean()) / (high - low) / float(mask.mean())
    return tried[low, high] + max(0.0, seen - BLIND), replace(card, outputs=(port,))


def strayed(picture: np.ndarray, image: np.ndarray, known: np.ndarray) -> float:
    """How far `picture` is from `image` where that is `known`, and how much of it is out of range."""
    outside = float(((picture < -0.05) | (picture > 1.05)).mean())
    return float(np.sqrt(np.square(picture - image)[known].mean())) + outside
