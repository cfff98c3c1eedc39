"""What the actions that paint from words have in common: their settings, the sizes a model takes, what is told."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gesso.engine.cards import PIPELINE
from gesso.engine.convert.small import resized
from gesso.engine.diffusion.painting import Start, Wish, paint
from gesso.engine.diffusion.parts import Folder
from gesso.engine.diffusion.prompt import left_out
from gesso.engine.diffusion.schedule import SAMPLERS, SCHEDULER, sampler_of, scheduler_of
from gesso.engine.job import Job, warning
from gesso.engine.progress import Progress
from gesso.engine.session import Models


def folder_of(job: Job, models: Models) -> Folder:
    """The model that is asked for; as it needs the memory, all others leave it. Raises ModelError."""
    card = models.card(PIPELINE, job.settings["model"])
    models.release()
    return Folder(card)


def wish_of(job: Job, folder: Folder, width: int, height: int) -> Wish:
    """The settings, the model's own where they are 0 or auto. width, height: as the model takes them."""
    own = sampler_of(folder.config(SCHEDULER))
    given = job.settings
    return Wish(
        given["words"],
        given["negative"],
        width,
        height,
        given["steps"] or folder.facts["steps"],
        given["guidance"] or folder.facts["guidance"],
        own if given["sampler"] == "auto" else given["sampler"],
    )


def legal(folder: Folder, width: int, height: int) -> tuple[int, int]:
    """The sides rounded up to what the model takes."""
    if "fixed" in folder.facts:
        high, wide = folder.facts["fixed"]
        return wide, high
    unit = folder.facts["multiple"]
    return math.ceil(width / unit) * unit, math.ceil(height / unit) * unit


def best(folder: Folder, width: int, height: int) -> tuple[int, int]:
    """For a picture of these sides: as many pixels as the model was made for, the sides in about the same relation."""
    unit, zoom = folder.facts["multiple"], folder.facts["size"] / math.sqrt(width * height)
    return legal(folder, *(max(unit, round(side * zoom / unit) * unit) for side in (width, height)))


def notes(job: Job, folder: Folder, wish: Wish) -> dict[str, Any]:
    """What was chosen for the user, and what he is to see."""
    own, said = scheduler_of(folder.config(SCHEDULER)), []
    if job.settings["sampler"] == "auto" and own not in SAMPLERS:
        said.append(warning(f"gesso does not have this model's own sampler, {own}: DDIM is used."))
    if cut := left_out(folder, (wish.words, wish.negative)):
        said.append(warning(f"The words are too many for this model. It was not told of: {cut}"))
    chosen: dict[str, Any] = {"steps": wish.steps, "guidance": wish.guidance, "sampler": wish.sampler}
    return chosen | ({"warnings": [text for one in said for text in one["warnings"]]} if said else {})


def fill(folder: Folder, wish: Wish, seed: int, rgb: np.ndarray, hole: np.ndarray, progress: Progress) -> np.ndarray:
    """HxWx3 float32 RGB 0..1 with the `hole` (HxW bool) painted, at the size that the model likes, and brought back."""
    height, width = hole.shape
    wide, high = best(folder, width, height)
    seen = Start(resized(rgb, wide, high), hole=resized(hole.astype(np.float32), wide, high) > 0)
    (made,) = paint(folder, replace(wish, width=wide, height=high), [seed], progress, seen)
    return resized(made, width, height)
