"""enhance colorize: give a grey photo colours; its lightness stays as it is.

process_input   the lightness of the picture and the hints painted over it, both reduced
run             the colours (a and b of CIE Lab): those of a network of the user's own, where there is one; the hints
                correct them, or say them all, spread as far as the lightness goes on (spread.py)
process_output  the colours brought to full size along the edges of the lightness; the hints' own in their places
composite       the change of colour added to the picture's own numbers
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine import retouch
from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.enhance.spread import along_edges, spread
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network, planes

FINE = 1280  # longest side at which hints are looked at, pixels
SIDE = 128  # longest side of the picture that they are spread over
PAINTED = 0.05  # share of one of its pixels that a hint must cover to be seen


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image, which must have room for colours."""
    assert job.image is not None
    picture, hints, name = job.image, job.others.get("hints"), job.settings["model"]
    if picture.colours == 1:
        raise BadInput("This image has no room for color.", "Turn it to RGB first, with Image > Mode > RGB.")
    network = models.network("colorize", name) if name != "auto" or models.has("colorize") else None
    if network is None and hints is None:
        raise BadInput(
            "Nothing says which colors to use.",
            "Dab a few of them on a layer over the photo and choose it as hints, or add a model that colors.",
        )
    small = predict(picture, network, progress) if network else np.zeros((1, 1, 2), np.float32)
    cells = None
    if hints is not None:
        light, told = process_input(picture, hints)
        small = cv2.resize(small, light.shape[::-1], interpolation=cv2.INTER_LINEAR)
        small, cells = small + spread(told[..., :2] - small, told[..., 2], light), light

    def change(part: Box) -> np.ndarray:
        return process_output(picture, part, small, cells, hints)

    cards = [network.card] if network else []
    return Outcome([Layer(retouch.changed(picture, change, progress), "Colorized")], cards)


def process_input(picture: Picture, hints: Picture) -> tuple[np.ndarray, np.ndarray]:
    """(L hxw, 0..100; hxwx3: a, b, and 1 where there is a hint, else 0). Raises BadInput where there is none at all."""
    pixels, _ = reduced(picture, factor_for(picture, FINE))
    factor = min(1.0, SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor))
    light = cv2.resize(lab(pixels.clip(0, 1))[..., 0], size, interpolation=cv2.INTER_AREA)
    pixels, alpha = reduced(hints, factor_for(hints, FINE))
    colours = np.dstack([lab(pixels.clip(0, 1))[..., 1:], np.ones_like(alpha)]) * alpha[..., None]
    colours = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
    painted = colours[..., 2] > PAINTED
    if not painted.any():
        raise BadInput("The layer of hints is empty where the picture is.", "Dab a few colors on it, over the photo.")
    told = np.zeros_like(colours)
    told[painted] = colours[painted] / colours[painted][:, 2:]
    return light, told


def predict(picture: Picture, network: Network, progress: Progress) -> np.ndarray:
    """hxwx2 float32: a and b of CIE Lab, as the network sees the whole picture reduced."""
    grey = without_colour(retouch.whole(picture, network))
    made = network.run({"image": planes(grey)}, progress)
    if "ab" in made:
        return made["ab"][0].transpose(1, 2, 0)
    return lab(made["image"][0].transpose(1, 2, 0).clip(0, 1))[..., 1:]


def without_colour(pixels: np.ndarray) -> np.ndarray:
    """HxWx3 RGB 0..1 with the same L of Lab, and a = b = 0."""
    made = lab(pixels)
    made[..., 1:] = 0
    return rgb(made)


def lab(pixels: np.ndarray) -> np.ndarray:
    """HxWx3 sRGB 0..1 -> L 0..100, a, b, float32; to within 0.2 and without steps."""
    return cv2.cvtColor(np.ascontiguousarray(pixels, np.float32), cv2.COLOR_RGB2LAB)


def rgb(made: np.ndarray) -> np.ndarray:
    """HxWx3 float32 L, a, b -> sRGB 0..1."""
    return cv2.cvtColor(made, cv2.COLOR_LAB2RGB)


def process_output(
    picture: Picture, part: Box, small: np.ndarray, cells: np.ndarray | None, hints: Picture | None
) -> np.ndarray:
    """The change of the pixels of `part`, HxWx3 float32, that gives them the colours `small` (hxwx2, a and b).

    cells: hxw, L of each cell of `small`, where these are so coarse that edges must be found again.
    """
    made = lab(retouch.process_input(picture, part))
    before = rgb(made)
    if cells is None:
        made[..., 1:] = retouch.enlarged(small, part, picture.box)
    else:
        made[..., 1:] = along_edges(small, cells, made[..., 0], part, picture.box)
    if hints is not None:
        made[..., 1:] += (lab(hints.rgb(part).clip(0, 1))[..., 1:] - made[..., 1:]) * hints.alpha(part)[..., None]
    return rgb(made) - before
