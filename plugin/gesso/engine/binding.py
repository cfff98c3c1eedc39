"""What gesso has <-> what a graph wants. gesso's side, by role:

    image         N x 3 x H x W float32, RGB on the sRGB curve, 0..1
    mask          N x 1 x H x W float32, 1 = the hole, or the subject
    depth         N x 1 x H x W float32, in the graph's own unit, larger = nearer
    ab            N x 2 x H x W float32, a and b of CIE Lab
    curves        N x C x H x W float32, see enhance/relight.py
    classes       N x C x H x W float32, scores, the first is the background
    guess         N x 3 x H x W float32, an image too: what a classical method makes of `image`
    noise-level   1 x 1 x 1 x 1 float32, standard deviation, white = 1
    blur          1 x 1 x 1 x 1 float32, standard deviation of a Gaussian, pixels

Every other role (words, latent, time ...) passes as it is. The ports of a card say how the graph differs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.errors import ModelError
from gesso.engine.cards import Card, Port

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}
SEEN = ("image", "mask", "guess")  # what is padded to a size that the graph takes
PICTURES = (*SEEN, "depth", "ab", "curves", "classes")
LUMA = np.array([0.299, 0.587, 0.114], np.float32).reshape(1, 3, 1, 1)  # ITU-R BT.601, as YCbCr pictures have it
FLAT, LIVELY = 1e-3, 0.1  # a picture with no more contrast than the one out of one with more than the other is wrong


@dataclass(frozen=True)
class Kind:
    """What the graph itself says about a port: `type` as numpy's, `shape` with a name, or None, for a free axis."""

    type: type
    shape: tuple[int | str | None, ...]


def feed(card: Card, kinds: Mapping[str, Kind], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The graph's inputs by name, from gesso's values by role."""
    fitted = fit(card, values)
    parts: dict[str, list[np.ndarray]] = {}
    for port in card.inputs:
        parts.setdefault(port.name, []).append(to_graph(fitted[port.role], port, fitted))
    layouts = {port.name: port.layout for port in card.inputs}
    fed = {}
    for name, planes in parts.items():
        value = planes[0] if len(planes) == 1 else np.concatenate(planes, axis=1)
        if layouts[name] == "NHWC":
            value = value.transpose(0, 2, 3, 1)
        fed[name] = cast(value, kinds[name])
    return fed


def fit(card: Card, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`values` with the pictures reflected outwards: by the border the graph loses, and on to a size it takes."""
    fitted = dict(values)
    for role in (role for role in SEEN if role in values and values[role].ndim == 4):
        sides = values[role].shape[2:]
        if card.size and any(side + 2 * card.border > most for side, most in zip(sides, card.size, strict=True)):
            raise ModelError(f"The model {card.name} takes nothing larger than {card.size}.", "Correct its card.")
        more = [legal - side - card.border for legal, side in zip(fed_size(card, sides), sides, strict=True)]
        if card.border or any(more):
            pads = ((0, 0), (0, 0), *((card.border, rest) for rest in more))
            fitted[role] = np.pad(values[role], pads, "reflect")
    return fitted


def fed_size(card: Card, sides: Sequence[int]) -> tuple[int, ...]:
    """Height and width of what the graph is given for a picture of `sides`."""
    if card.size:
        return card.size
    grown = (max(side + 2 * card.border, card.least) for side in sides)
    return tuple(-(-side // card.multiple) * card.multiple for side in grown)


def to_graph(value: np.ndarray, port: Port, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """One value as its port wants it, still N x C x H x W."""
    if port.role == "image":
        if port.own_maximum:
            value = value / max(float(value.max()), 1e-6)
        if port.mean:
            value = (value - column(port.mean)) / column(port.std)
        value = ranged(reordered(value, port.order), port)
        return value if port.hole is None else np.where(values["mask"] > 0.5, np.float32(port.hole), value)
    if port.role == "mask":
        return ranged(value, port)
    if port.role == "noise-level":
        level = ranged(value, port)
        return np.broadcast_to(level, (1, 1, *values["image"].shape[2:])) if port.spread else level
    return value


def cast(value: np.ndarray, kind: Kind) -> np.ndarray:
    """`value` in the type, and a single number in the shape, that the graph asks for."""
    if value.size == 1 and len(kind.shape) != value.ndim:
        value = value.reshape((1,) * len(kind.shape))
    if np.dtype(kind.type).kind in "ui" and value.dtype.kind == "f":
        value = np.clip(np.rint(value), np.iinfo(kind.type).min, np.iinfo(kind.type).max)
    return np.ascontiguousarray(value, kind.type)


def answer(card: Card, values: Sequence[np.ndarray], given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """gesso's values by role, from the graph's outputs in the card's order.

    Raises ModelError for a picture of the wrong size, for one flat colour, and for numbers that are not finite.
    """
    made = {}
    for port, value in zip(card.outputs, values, strict=True):
        if not np.isfinite(value).all():
            raise ModelError(f"The model {card.name} gave numbers that are not finite.", "Try another model.")
        made[port.role] = from_graph(value, port, card, given) if port.role in PICTURES else value
    return made


def from_graph(value: np.ndarray, port: Port, card: Card, given: Mapping[str, np.ndarray]) -> np.ndarray:
    """The way back: gesso's range, order and axes, without what was padded."""
    value = np.asarray(value, np.float32)
    if value.ndim == 3:  # such as 1 x H x W
        value = value[:, None]
    if port.layout == "NHWC":
        value = value.transpose(0, 3, 1, 2)
    image = given.get("image")
    if image is not None:
        value = trimmed(value, port, card, image.shape[2:])
        if (
            port.role in ("image", "depth")
            and np.ptp(value) <= FLAT * (port.high - port.low)
            and np.ptp(image) > LIVELY
        ):
            raise ModelError(f"The model {card.name} gave one flat color.", "Check its card, or try another model.")
    if port.sigmoid:
        value = 1 / (1 + np.exp(-value))
    if port.role != "image":
        return value
    if (port.low, port.high) != (0.0, 1.0):
        value = (value - port.low) / (port.high - port.low)
    if port.order == "Y":
        assert image is not None
        return coloured(value, image)
    return reordered(value, port.order)


def trimmed(value: np.ndarray, port: Port, card: Card, sides: Sequence[int]) -> np.ndarray:
    """`value` without the part that shows the padding. `sides`: height and width of gesso's picture."""
    fed = fed_size(card, sides)
    wanted = tuple((side - 2 * card.border) * card.scale for side in fed)
    if port.role == "image" and value.shape[2:] != wanted:
        made, meant = (f"{size[1]}x{size[0]}" for size in (value.shape[2:], wanted))
        raise ModelError(
            f"The model {card.name} gave a picture of {made} instead of {meant}.", "Correct its card, or try another."
        )
    inner = [side - 2 * card.border for side in fed]
    rows, columns = (-(-n * side // most) for n, side, most in zip(value.shape[2:], sides, inner, strict=True))
    return value[:, :, :rows, :columns]


def ranged(value: np.ndarray, port: Port) -> np.ndarray:
    """0..1 -> the port's range."""
    return value if (port.low, port.high) == (0.0, 1.0) else port.low + value * (port.high - port.low)


def reordered(value: np.ndarray, order: str) -> np.ndarray:
    """RGB -> the order; BGR -> RGB too."""
    if order == "Y":
        return (value * LUMA).sum(axis=1, keepdims=True)
    return value[:, ::-1] if order == "BGR" else value


def coloured(luma: np.ndarray, image: np.ndarray) -> np.ndarray:
    """`luma` (N1HW) with the colours of `image` (N3hw), which are enlarged to its size by cubic interpolation."""
    chroma = (image - reordered(image, "Y"))[0].transpose(1, 2, 0)
    height, width = luma.shape[2:]
    if chroma.shape[:2] != (height, width):
        chroma = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_CUBIC)
    return luma + chroma.transpose(2, 0, 1)[None]


def column(numbers: Sequence[float]) -> np.ndarray:
    """A number for each channel, shaped to work on N x C x H x W."""
    return np.array(numbers, np.float32).reshape(1, -1, 1, 1)
