"""`--set NAME=VALUE`: what the user knows better than trying could find out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gesso.contract.errors import BadInput
from gesso.engine.cards import Card, Port

NUMBERS = ("multiple", "least", "tile", "halo", "border", "scale")
WORDS = ("licence", "summary")
SWITCHES = {"true": True, "false": False}


def override(card: Card, changes: Sequence[str]) -> Card:
    """The card with each "name=value" in place. Raises BadInput that shows how it is meant."""
    for change in changes:
        name, _, value = change.partition("=")
        try:
            card = CHANGES[name](card, name, value)
        except (ValueError, KeyError):
            raise BadInput(
                f"{change!r} cannot be set.",
                f"Known are {', '.join(CHANGES)}; such as range=0..255, order=BGR, mask=known, mean=0.5,0.5,0.5.",
            ) from None
    return card


def entry(card: Card, name: str, value: str) -> Card:
    """An entry of [model]."""
    meant: Any = int(value) if name in NUMBERS else SWITCHES[value] if name in ("whole", "default") else value
    return replace(card, **{name: meant})


def range_(card: Card, name: str, value: str) -> Card:
    """Of the pictures that go in and come out."""
    low, high = (float(part) for part in value.split(".."))
    return pictures(card, True, low=low, high=high)


def order(card: Card, name: str, value: str) -> Card:
    """Of the colours of the pictures that go in and come out."""
    return pictures(card, True, order={"RGB": "RGB", "BGR": "BGR", "Y": "Y"}[value])


def normalised(card: Card, name: str, value: str) -> Card:
    """mean or std of what goes in, a number a channel; the other one is 0 or 1 until it is set too."""
    numbers = tuple(float(part) for part in value.split(","))
    other = {"mean": ("std", (1.0,) * len(numbers)), "std": ("mean", (0.0,) * len(numbers))}[name]
    known = next(getattr(port, other[0]) for port in card.inputs if port.role == "image")
    return pictures(card, False, **{name: numbers, other[0]: known or other[1]})


def mask(card: Card, name: str, value: str) -> Card:
    """What the mask's larger number marks: the hole, or what is known."""
    upward = {"hole": True, "known": False}[value]

    def turned(port: Port) -> Port:
        ends = sorted((port.low, port.high), reverse=not upward)
        return replace(port, low=ends[0], high=ends[1]) if port.role == "mask" else port

    return replace(card, inputs=tuple(turned(port) for port in card.inputs))


def pictures(card: Card, outputs: bool, **values: Any) -> Card:
    """The card with `values` in the ports of pictures that go in, and in those that come out where `outputs`."""

    def these(ports: tuple[Port, ...]) -> tuple[Port, ...]:
        return tuple(replace(port, **values) if port.role == "image" else port for port in ports)

    return replace(card, inputs=these(card.inputs), outputs=these(card.outputs) if outputs else card.outputs)


CHANGES: dict[str, Callable[[Card, str, str], Card]] = {
    "range": range_,
    "order": order,
    "mask": mask,
    "mean": normalised,
    "std": normalised,
    **dict.fromkeys((*NUMBERS, *WORDS, "whole", "default"), entry),
}
