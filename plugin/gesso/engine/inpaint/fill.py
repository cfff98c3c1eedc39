"""Fill the selection with what could have been there.

process_input   the hole, and the model to fill it with
run             one fill for each candidate (holes.py)
process_output  the candidates that differ, as layers
composite       only the hole's pixels are written: window by window, in holes.py, so that a huge hole fits in memory
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from gesso.contract.errors import BadSetting
from gesso.contract.params import Seed
from gesso.engine.image import Picture
from gesso.engine.inpaint.crops import fill_crops
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """Layers that cover the selection's bounding box; where the mask is 0 they have the image's own numbers.

    Asked for by its own seed, a candidate is the same picture.
    """
    picture, hole, network = process_input(job, models)
    seeds = [
        (job.settings["seed"] + number * Seed.drawn) % (Seed.high + 1) for number in range(job.settings["candidates"])
    ]
    parts = (progress.part(number / len(seeds), (number + 1) / len(seeds)) for number in range(len(seeds)))
    fills = (filled(picture, hole, network, seed, part) for seed, part in zip(seeds, parts, strict=True))
    return Outcome(process_output(picture, hole, seeds, fills), [network.card] if network else [])


def filled(picture: Picture, hole: np.ndarray, network: Network | None, seed: int, progress: Progress) -> np.ndarray:
    """The picture's numbers in the hole's box, filled: a network of others (role inpaint) makes its own texture.

    The best guess for a seed that is drawn, or typed; candidates beyond it have seeds so large that they tell them.
    """
    if network is not None and network.card.role == "inpaint":
        side = min(network.card.size or (network.card.tile,))
        return fill_crops(picture, hole, side, partial(by_network, network), progress, opaque=False)
    return fill_hole(picture, hole, network, seed, progress, texture=network is not None, other=seed // Seed.drawn)


def by_network(network: Network, rgb: np.ndarray, gone: np.ndarray, progress: Progress) -> np.ndarray:
    """HxWx3 float32 RGB 0..1 with what is `gone` (HxW bool) filled."""
    return network.paint(rgb, progress, {"mask": gone[None, None].astype(np.float32)}).clip(0, 1)


def process_input(job: Job, models: Models) -> tuple[Picture, np.ndarray, Network | None]:
    """The picture, the hole (HxW bool: every pixel with a mask above 0), and the network where one is asked for."""
    assert job.image is not None and job.mask is not None  # the action reads both
    network = None
    if job.settings["method"] == "network":
        network = models.network("inpaint-structure", job.settings["model"], also=("inpaint",))
    elif job.settings["candidates"] > 1:
        raise BadSetting("The smooth fill has one answer only.", "Ask for one candidate, or use the network.")
    return job.image, job.mask > 0, network


def process_output(picture: Picture, hole: np.ndarray, seeds: list[int], fills: Iterable[np.ndarray]) -> list[Layer]:
    """A layer for each fill (HxWxC, the picture's numbers in the hole's box), but none twice: a hairline has one."""
    box = selected_box(hole)
    here, layers = hole[box.slices], list[Layer]()
    for seed, made in zip(seeds, fills, strict=True):
        if not any(np.array_equal(made[here], layer.picture.array[here]) for layer in layers):
            alone = {"seed": seed, "candidates": 1}
            layers.append(Layer(Picture(made, picture.curve), "Fill", box.x, box.y, settings=alone))
    return layers
