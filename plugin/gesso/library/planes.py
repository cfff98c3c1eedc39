"""The inputs of a graph, sorted by what they can be: pictures and single numbers. Others are refused by name."""

from dataclasses import dataclass, field

import numpy as np
import onnxruntime as ort

from gesso.contract.errors import ModelError
from gesso.engine import binding
from gesso.engine.session import kind_of


@dataclass
class Plane:
    """A picture port: its axes, its channels, and the sides that are fixed (None: free)."""

    name: str
    kind: binding.Kind
    layout: str
    channels: int
    sides: tuple[int | None, int | None]


@dataclass
class Ports:
    """The inputs of a graph, by what they can be."""

    planes: list[Plane] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


def inputs_of(session: ort.InferenceSession) -> Ports:
    """Sort the inputs; raises ModelError for one that gesso has nothing to give to."""
    ports = Ports()
    for given in session.get_inputs():
        kind = kind_of(given)
        plane = plane_of(given.name, kind)
        fixed = [side for side in kind.shape if isinstance(side, int)]
        if plane:
            ports.planes.append(plane)
        elif np.dtype(kind.type).kind == "f" and (len(kind.shape) < 2 or fixed == [1] * len(fixed)):
            ports.numbers.append(given.name)
        else:
            shape = "x".join(str(side) for side in kind.shape)
            raise ModelError(f"The model wants an input {given.name} of {shape}.", "gesso has nothing to give to it.")
    counts = sorted(plane.channels for plane in ports.planes)
    if counts not in ([1], [3], [4], [1, 3]) or len(ports.numbers) > 1:
        wanted = ", ".join(given.name for given in session.get_inputs())
        raise ModelError(f"The model wants {wanted}.", "gesso cannot tell which pictures these are.")
    return ports


def plane_of(name: str, kind: binding.Kind) -> Plane | None:
    """The port as a picture: four axes, of which one counts the channels, and room for more than one pixel."""
    if len(kind.shape) != 4 or np.dtype(kind.type).kind not in "fub":
        return None
    for layout, channel, rows, columns in (("NCHW", 1, 2, 3), ("NHWC", 3, 1, 2)):
        count, height, width = (kind.shape[axis] for axis in (channel, rows, columns))
        if count in (1, 3, 4) and not (height == 1 and width == 1):
            sides = tuple(side if isinstance(side, int) and side > 0 else None for side in (height, width))
            return Plane(name, kind, layout, int(count), (sides[0], sides[1]))
    if not any(isinstance(side, int) for side in kind.shape[1:]):
        return Plane(name, kind, "NCHW", 3, (None, None))
    return None
