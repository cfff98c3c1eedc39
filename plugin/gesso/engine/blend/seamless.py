"""blend seamless: paste a layer so that its edge does not show. Classical, no network.

Three methods, all of which change the layer's colours only; which one was taken is the result's name:

    membrane  the layer keeps its detail; a membrane spanned between the colour differences along its edge is added, so
              that the edge has the colours of what lies under it: Pérez, Gangnet & Blake, "Poisson image editing",
              SIGGRAPH 2003, in the form of Farbman et al., "Coordinates for instant image cloning", SIGGRAPH 2009
              (solved exactly, not with their coordinates). For a layer whose light differs.
    mixed     the same with the stronger detail of both pictures. For a flat layer on something rough.
    bands     the layer keeps its colours but for a soft rim (see softening.py). For an edge that crosses unlike things,
              whose colours a membrane would draw into the layer.

    process_input   where the layer is, and which of its pixels form the edge; the method that fits it
    run             the membrane, on a coarse grid first where the layer is large, then tile by tile; or the bands
    composite       the change added to the layer's numbers, its alpha kept
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.blend.pasted import nothing_around, pasted_box, recoloured
from gesso.engine.blend.softening import softened
from gesso.engine.composite import spread_colours
from gesso.engine.image import Picture
from gesso.engine.job import Job, Outcome
from gesso.engine.membrane import fill_membrane, lack
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from gesso.engine.tiling import tiles

NAMES = {"membrane": "Seamless, light", "mixed": "Seamless, detail of both", "bands": "Seamless, soft rim"}
TILE, HALO = 1536, 64
CORE = 0.5  # of its densest alpha: the edge is where the layer falls below it
UNLIKE = 0.1  # standard deviation, along the edge, of the difference in colour, from which on a membrane would bleed
FLAT = 0.3  # of the detail under it: a layer with less is flat
GRAIN = 4.0  # pixels (standard deviation) over which colours along the edge are averaged


@dataclass(frozen=True)
class Paste:
    """Two pictures on one canvas. `core` and `edge` are HxW bool: the dense part of the layer, and its outline."""

    under: Picture
    top: Picture
    core: np.ndarray
    edge: np.ndarray
    mixed: bool = False

    def thinned(self, step: int) -> "Paste":
        """The same on every `step`-th pixel."""
        under, top = (Picture(picture.array[::step, ::step], picture.curve) for picture in (self.under, self.top))
        return replace(process_input(under, top), mixed=self.mixed)


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer of the size of the pasted one's visible part, with its alpha; only colours differ."""
    assert job.image is not None and job.top is not None
    box, method = pasted_box(job.top), job.settings["method"]
    paste = process_input(job.image, job.top)
    if not paste.edge.any():
        raise nothing_around()
    if method == "auto":
        method = fitting(paste)
    plan = {box: box} if method == "bands" else planned(box)
    paste = replace(paste, mixed=method == "mixed")
    coarse = Coarse.of(paste) if len(plan) > 1 else None

    def change(kept: Box) -> np.ndarray:
        around = plan[kept]
        if method == "bands":
            return softened(*colours(paste, around), paste.core[around.slices])
        return membrane(paste, around, coarse)[kept.shift(-around.x, -around.y).slices]

    layer = recoloured(job.top, NAMES[method], list(plan), change, progress)
    return Outcome([layer], notes={"method": method})


def planned(box: Box) -> dict[Box, Box]:
    """The tiles that cover `box`, each with what must be seen around it."""
    return {
        tile.kept.shift(box.x, box.y): tile.seen.shift(box.x, box.y)
        for tile in tiles(box.width, box.height, TILE, HALO, 1)
    }


def process_input(under: Picture, top: Picture) -> Paste:
    """The edge: pixels of the layer's core with something of the picture beside them."""
    alpha = top.alpha()
    core = alpha >= max(CORE * alpha.max(), 1e-6)
    beside = ~core & (under.alpha() > 0)
    edge = core & (cv2.dilate(beside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    return Paste(under, top, core, edge)


def fitting(paste: Paste) -> str:
    """The method for this layer: by how its colours differ from those below along the edge, and by their detail."""
    paste = paste.thinned(-(-max(paste.top.width, paste.top.height) // TILE))
    under, top = colours(paste, paste.top.box)
    edge = paste.edge.astype(np.float32)
    around = cv2.GaussianBlur(edge, (0, 0), GRAIN)[..., None]
    gap = cv2.GaussianBlur((under - top) * edge[..., None], (0, 0), GRAIN) / np.maximum(around, 1e-6)
    if np.sqrt(gap[paste.edge].var(axis=0).mean()) > UNLIKE:
        return "bands"
    detail, other = (np.abs(lack(picture))[paste.core].mean() for picture in (top, under))
    return "mixed" if detail < FLAT * other else "membrane"


def colours(paste: Paste, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """Both pictures in `box`, HxWx3 float32 perceptual; what is clear continues the colours around it."""
    under = spread_colours(paste.under.rgb(box), paste.under.alpha(box))
    return under, spread_colours(paste.top.rgb(box), paste.top.alpha(box))


@dataclass(frozen=True)
class Coarse:
    """The membrane of the whole canvas, solved on every `step`-th pixel: what happens outside a tile."""

    membrane: np.ndarray
    step: int

    @classmethod
    def of(cls, paste: Paste) -> "Coarse":
        step = -(-max(paste.top.width, paste.top.height) // TILE)
        small = paste.thinned(step)
        return cls(membrane(small, small.top.box), step)

    def enlarged(self, box: Box) -> np.ndarray:
        """The part `box` of the canvas at full size, bilinearly."""
        columns, rows = (np.arange(n, dtype=np.float32) / self.step for n in (box.width, box.height))
        x, y = np.meshgrid(columns + box.x / self.step, rows + box.y / self.step)
        return cv2.remap(self.membrane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def membrane(paste: Paste, box: Box, coarse: Coarse | None = None) -> np.ndarray:
    """What to add to the layer in `box`, HxWx3 float32; held by `coarse` along the rim of the box where it is given."""
    under = spread_colours(paste.under.rgb(box), paste.under.alpha(box))
    top, known = paste.top.rgb(box), paste.edge[box.slices]
    values = np.where(known[..., None], under - top, 0)
    source = None
    if paste.mixed:
        source = (detail_of_both(under, top) - lack(top)) * paste.core[box.slices][..., None]
    if coarse is not None:
        rim = ~known
        rim[1:-1, 1:-1] = False
        values = np.where(rim[..., None], coarse.enlarged(box), values)
        known = known | rim
    return fill_membrane(values, ~known, source)


def detail_of_both(under: np.ndarray, top: np.ndarray) -> np.ndarray:
    """What `lack` would be of a picture that has, between any two neighbours, the larger step of the two pictures.

    All HxWx3 float32.
    """
    height, width = top.shape[:2]
    under, top = (np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge") for picture in (under, top))
    total = np.zeros((height, width, 3), np.float32)
    for down, right in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        here, there = np.s_[1 : 1 + height, 1 : 1 + width], np.s_[1 + down :, 1 + right :]
        steps = [picture[here] - picture[there][:height, :width] for picture in (under, top)]
        weight = np.float32(1 / 16 if down and right else 1 / 8)
        total += weight * np.where(np.abs(steps[0]) > np.abs(steps[1]), *steps)
    return total
