"""blend morph: the pictures in between two layers, or from each of several to the next.

    process_input   the pictures' colours and transparency, and the flow between them both ways
    run             for each time in between, both pictures bent to where their things are at that time
    process_output  the bent pictures mixed: what is hidden in one of them comes from the other
    composite       one layer a frame, the last on top, as GIMP's animations have it

The flow at a time in between is that of Jiang et al., "Super SloMo", CVPR 2018, equation 4. Where nothing corresponds,
a morph is a plain dissolve. The way that leads through painted pictures instead is in painted.py.
"""

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.blend.painted import PaintedWay, gentle
from gesso.engine.composite import spread_colours
from gesso.engine.flow import find_flow, pulled
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.job import LARGEST, Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models

ROWS = 512  # that are worked on at once
LONGEST = 32766  # pixels along a side: more OpenCV's remap does not take
TRACE = 1e-3  # of belief that even a hidden place has: where both are hidden, both count


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """The layers themselves and `frames` in between each two, the last first."""
    count, stack = job.settings["frames"], job.layers
    total = (len(stack) - 1) * (count + 1) + 1
    if total * stack[0].array.nbytes > LARGEST:
        raise BadInput("So many frames of this size do not fit into memory.", "Ask for fewer, or scale the image down.")
    if max(stack[0].width, stack[0].height) > LONGEST:
        raise BadInput(f"Layers of more than {LONGEST} pixels along a side cannot be morphed.", "Scale the image down.")
    times = [step / (count + 1) for step in range(1, count + 1)]
    if job.settings["eased"]:
        times = [gentle(time) for time in times]
    painted = PaintedWay(models, job.settings["seed"]) if job.settings["way"] == "painted" else None
    frames, in_between = [stack[0]], painted.frames if painted else moved
    for number, (first, second) in enumerate(pairwise(stack)):
        progress.step(number / (len(stack) - 1), "Comparing")
        way = progress.part(number / (len(stack) - 1), (number + 1) / (len(stack) - 1))
        frames += [*in_between(first, second, times, way), second]
    return Outcome([Layer(frame, "Frame") for frame in reversed(frames)], painted.cards if painted else [])


def process_input(picture: Picture) -> np.ndarray:
    """HxWx4 float32: colours multiplied by alpha, and alpha."""
    alpha = picture.alpha()[..., None]
    return np.concatenate([picture.rgb() * alpha, alpha], axis=2)


def moved(first: Picture, second: Picture, times: list[float], progress: Progress) -> Iterator[Picture]:
    """The pictures at these times: 0 is `first`, 1 `second`; in the encoding of `first`."""
    pair = [process_input(picture) for picture in (first, second)]
    seen = [(spread_colours(picture.rgb(), picture.alpha()) @ LUMINANCE)[..., 0] for picture in (first, second)]
    there, sure, back, sure_back = find_flow(*seen)
    for number, time in enumerate(times):
        frame = np.empty_like(first.array)
        for top in range(0, first.height, ROWS):
            progress.step((number + top / first.height) / len(times), "Morphing")
            ahead, behind = there[top : top + ROWS], back[top : top + ROWS]
            to_first = (time * time) * behind - (time * (1 - time)) * ahead
            to_second = (1 - time) ** 2 * ahead - (time * (1 - time)) * behind
            weights = [
                share * (pulled(belief, flow, top, border=cv2.BORDER_CONSTANT) + TRACE)  # beyond the border: nothing
                for share, belief, flow in ((1 - time, sure, to_first), (time, sure_back, to_second))
            ]
            bent = [pulled(p, flow, top, cv2.INTER_CUBIC) for p, flow in zip(pair, (to_first, to_second), strict=True)]
            frame[top : top + ROWS] = process_output(first, bent, weights).array
        yield Picture(frame, first.curve)


def process_output(like: Picture, bent: list[np.ndarray], weights: list[np.ndarray]) -> Picture:
    """The mixture of two pictures, HxWx4 as `process_input` makes them, by their weights, HxW."""
    share = (weights[1] / (weights[0] + weights[1]))[..., None]
    mixed = bent[0] + (bent[1] - bent[0]) * share
    alpha = mixed[..., 3].clip(0, 1)
    rgb = mixed[..., :3] / np.maximum(alpha, 1e-6)[..., None]
    return like.like(rgb, alpha if like.has_alpha else None)
