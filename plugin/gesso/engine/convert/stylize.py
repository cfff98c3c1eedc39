"""convert stylize: paint the picture in the look of another one. Classical, no network.

    process_input   both pictures, small; the picture with the style's colours
    run             the small picture put together from pieces of the style, coarse to fine
    process_output  the same pieces, taken from the style at full size, laid at full size
    composite       the difference, in the wanted strength, added to the picture's own numbers

Each round looks up, for every piece of the picture so far, the piece of the style most like it, and lays these over
one another: texture optimisation (Kwatra et al., SIGGRAPH 2005) held to the picture at every scale, as in Elad &
Milanfar, "Style transfer via texture synthesis", IEEE TIP 2017. As all pieces are found on the small picture, tiles of
the full one have no seams, and brush strokes have the resolution of the style.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.composite import add_change
from gesso.engine.convert.patches import Collage, Dictionary, lattice
from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.convert.transport import linear_transport
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.engine.tiling import pad

SIDE = 384  # of the small picture, at most
FULL_STYLE = 2048  # of the style that brush strokes are taken from, at most
PIECES = (7, 9, 11, 11)  # sides of the pieces, finest scale first
HOLD = (0.8, 1.6, 2.4, 3.2)  # how much the picture counts beside the pieces, likewise; times `structure`
ROUNDS = 3  # at each scale
QUIET, DETAIL = 0.1, 0.06  # how little the picture counts where it is flat; contrast at which it counts half
BLOCK = 512  # side of what is painted at once
CRISP = 3.0


@dataclass(frozen=True)
class Style:
    """The other picture, HxWx3 float32: `full` for its strokes; `small` and where that is `usable`, to look up."""

    full: np.ndarray
    small: np.ndarray
    usable: np.ndarray


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the selection, or the image."""
    assert job.image is not None
    picture, keep = job.image, job.settings["keep-colors"]
    factor = factor_for(picture, SIDE)
    content, style = process_input(picture, job.others["style"], factor, job.settings["brush"] / 100, keep)
    collage = assemble(content, style, job.settings["structure"] / 50, progress.part(0, 0.8))
    box = selected_box(job.mask) if job.mask is not None else picture.box
    result = np.empty((box.height, box.width, picture.array.shape[2]), picture.array.dtype)
    corners = [(x, y) for y in range(box.y, box.bottom, BLOCK) for x in range(box.x, box.right, BLOCK)]
    painting = progress.part(0.8, 1)
    for number, (x, y) in enumerate(corners):
        painting.step(number / len(corners))
        block = Box(x, y, BLOCK, BLOCK).clip(box)
        change = process_output(picture, block, collage, style, factor, keep)
        change *= job.settings["strength"] / 100
        result[block.shift(-box.x, -box.y).slices] = add_change(picture, block, change)
    return Outcome([Layer(Picture(result, picture.curve), "Stylized", box.x, box.y)], notes={"method": "patches"})


def process_input(picture: Picture, other: Picture, factor: int, brush: float, keep: bool) -> tuple[np.ndarray, Style]:
    """(the picture, `factor` times smaller, with the colours of the style; the style).

    brush: size of the style's pieces on the picture; 1 is as if both were of one size. keep: both are grey, and the
    style's tones are moved to the picture's instead.
    """
    content, _ = reduced(picture, factor)
    full, alpha = reduced(other, factor_for(other, FULL_STYLE))
    if not (alpha > 0.5).any():
        raise BadInput("The layer whose look is wanted is empty.", "Choose another one.")
    side = max(4 * PIECES[0], round(brush * max(content.shape[:2])))
    zoom = side / max(full.shape[:2])
    size = tuple(max(PIECES[0], round(length * zoom)) for length in full.shape[1::-1])
    if keep:
        content, full = (np.repeat(image @ LUMINANCE, 3, axis=2) for image in (content, full))
    one, two = (image.reshape(-1, 3)[:: max(1, image.size // 3 // 100_000)] for image in (content, full))
    if keep:
        matrix, offset = linear_transport(two, one)
        full = full @ matrix + offset
    else:
        matrix, offset = linear_transport(one, two)
        content = content @ matrix + offset
    kind = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    small = cv2.resize(full, size, interpolation=kind)
    usable = cv2.resize(alpha, size, interpolation=kind) > 0.5
    height, width = content.shape[:2]
    return pad(content, max(height, PIECES[0]), max(width, PIECES[0])), Style(full, small, usable)


def assemble(content: np.ndarray, style: Style, structure: float, progress: Progress) -> Collage:
    """Which piece of the small style goes where in the small picture, HxWx3 float32.

    structure: how strongly the picture holds against the style; 1 is usual.
    """
    contents, styles = [content], [(style.small, style.usable)]
    while len(contents) < len(PIECES) and smallest(contents[-1], styles[-1][0]) >= 4 * PIECES[-1]:
        contents.append(halved(contents[-1]))
        styles.append((halved(styles[-1][0]), halved(styles[-1][1].astype(np.float32)) > 0.5))
    painted = contents[-1]
    collage = None
    for level in reversed(range(len(contents))):
        here, (strokes, usable), side = contents[level], styles[level], PIECES[level]
        height, width = here.shape[:2]
        dictionary = Dictionary.of(strokes, usable, side)
        painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
        hold = structure * HOLD[level] * lively(here)[..., None]
        for turn in range(ROUNDS):
            last = turn == ROUNDS - 1
            progress.step(0.75**level * (0.25 + 0.25 * turn))
            matrix, offset = linear_transport(painted.reshape(-1, 3), strokes[usable])
            wanted = (painted @ matrix + offset + hold * here) / (1 + hold)
            places = lattice(height, width, side, -(-side // 3) if last else side // 2)
            sources = dictionary.continued(wanted, places, dictionary.nearest(wanted, places, progress))
            collage = Collage(places, sources, side, CRISP if last else 1.0)
            painted = collage.paint(strokes, Box(0, 0, width, height))
    assert collage is not None
    return collage


def lively(image: np.ndarray) -> np.ndarray:
    """HxW float32, QUIET to 1: how much there is to be seen; where there is little, the style is free to fill in."""
    light = image @ LUMINANCE[:, 0]
    mean = cv2.GaussianBlur(light, (0, 0), 3)
    contrast = np.sqrt(np.maximum(cv2.GaussianBlur(light * light, (0, 0), 3) - mean * mean, 0))
    return QUIET + (1 - QUIET) * contrast / (contrast + DETAIL)


def smallest(*images: np.ndarray) -> int:
    """The shortest side of all of them, in pixels."""
    return min(min(image.shape[:2]) for image in images)


def halved(image: np.ndarray) -> np.ndarray:
    """HxW or HxWxC float32, each point the mean of four."""
    return cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def process_output(picture: Picture, block: Box, collage: Collage, style: Style, factor: int, keep: bool) -> np.ndarray:
    """The change from the pixels of `block` to the painted ones, HxWx3 float32; keep: of lightness only."""
    zoom = style.full.shape[1] / style.small.shape[1]
    change = collage.paint(style.full, block, factor, zoom) - picture.rgb(block)
    return np.repeat(change @ LUMINANCE, 3, axis=2) if keep else change
