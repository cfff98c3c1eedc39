"""enhance relight: mend the light and colour of a photo: exposure, contrast, white balance, faded colours.

    process_input   points of the picture
    run             the network's curves and colour matrix (export/tone/model.py has the formula): a look
    process_output  the look applied to the picture's own pixels: a change for each of them
    composite       the change, as strong as wanted, added to the picture's own numbers

A network of others may give a picture instead, or curves that differ from place to place.
"""

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine import oklab
from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.enhance.look import Look
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, changed, enlarged, parts, process_input, retouch, whole
from gesso.engine.session import Models, planes

FINE = 1280  # longest side at which the network's own is looked at, pixels: that of the photos it was trained on
DOUBT = 0.035  # mean change in Oklab of which half is made: so small a fault is as likely none
ITERATIONS = 8  # of one curve a colour; Zero-DCE gives as many curves, Zero-DCE++ the same one for all


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image; with a network of gesso's own, the look as a table too."""
    assert job.image is not None
    picture, strength = job.image, job.settings["strength"] / 100
    network, watch, table = models.network("relight", job.settings["model"]), Watch(), None
    card, kind = network.card, network.card.outputs[0].role
    if kind == "tone-curves":
        seen = points(picture, card.tile, progress)
        made = network.run({"image": planes(seen)}, progress)
        look = Look(made[kind][0], made["colour-matrix"][0])
        strength *= trust(seen, look)
        table = look.table(strength)
        result = changed(picture, lambda part: strength * look.change(picture.rgb(part)), progress)
    elif kind == "curves":
        small = network.paint(whole(picture, network), progress, gives=kind)
        result = changed(picture, lambda part: strength * bent(picture, part, small), progress)
    else:
        result = retouch(picture, network, progress, watch, strength)
    return Outcome([Layer(result, "Relit")], [card], watch.warnings(network, repaints=True), table)


def points(picture: Picture, side: int, progress: Progress) -> np.ndarray:
    """side x side x 3 float32 RGB 0..1: single points all over the picture, which is reduced to FINE pixels at most.

    Means of larger squares would hide how dark and how bright it gets. The six in the middle are those of all its
    visible pixels, not reduced, that have the least and the most red, green and blue.
    """
    rgb, _ = reduced(picture, factor_for(picture, FINE))
    rows, columns = (((np.arange(side) + 0.5) * length / side).astype(int) for length in rgb.shape[:2])
    made = rgb[rows[:, None], columns]
    found = made.reshape(-1, 3)
    for part in parts(picture.box, progress):
        found = extremes(np.concatenate([found, picture.rgb(part)[picture.alpha(part) > 0]]))
    made[side // 2, side // 2 - 3 : side // 2 + 3] = found
    return made.clip(0, 1)


def extremes(colours: np.ndarray) -> np.ndarray:
    """6 x 3: those of Nx3 with the least and the most red, green and blue."""
    return colours[np.concatenate([colours.argmin(0), colours.argmax(0)])]


def trust(seen: np.ndarray, look: Look) -> float:
    """How much of a look is right, 0..1: a plain fault was hardly imagined, a slight one may have been.

    Wiener's share of signal and noise, for the mean change of `seen`, HxWx3 RGB 0..1.
    """
    after = oklab.to_lab(look.applied(seen).clip(0, 1))
    change = float(np.linalg.norm(after - oklab.to_lab(seen), axis=2).mean())
    return change**2 / (change**2 + DOUBT**2)


def bent(picture: Picture, part: Box, small: np.ndarray) -> np.ndarray:
    """The change of `part` by curves, hxwx3n, that were found on the reduced picture."""
    before = process_input(picture, part)
    return light(before, enlarged(small, part, picture.box)) - before


def light(pixels: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """HxWx3 in 0..1 through curves, HxWx3 or HxWx3n in -1..1: x + a (x^2 - x) again and again (Guo et al. 2020)."""
    steps = np.split(curves, curves.shape[2] // 3, axis=2)
    for curve in steps if len(steps) > 1 else steps * ITERATIONS:
        pixels = pixels + curve * (pixels * pixels - pixels)
    return pixels.clip(0, 1)
