"""generate tile: the edges of the user's own picture made to meet, so that it can be laid side by side.

process_input   the tile: the layer or the selected rectangle; with its light evened out where that is wanted
run             the band along the edges filled anew (inpaint/holes.py), on the picture moved by half of its size
process_output  a layer of the tile
composite       a mask leaves the middle to the original layer, bit for bit; not where the light was changed
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.composite import add_change, spread_colours
from gesso.engine.image import Picture
from gesso.engine.inpaint.holes import fill_hole
from gesso.engine.job import Job, Layer, Outcome, selected_box
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network

LEAST = 16  # side of the smallest tile, pixels
LIGHT = 48  # points along the longer side of what counts as light


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the tile's size."""
    network = models.network("inpaint-structure", job.settings["model"])
    tile, box = process_input(job)
    band = ring(tile.height, tile.width, job.settings["band"] / 100)
    filled = fill_ring(tile, band, network, job.settings["seed"], progress)
    return Outcome([process_output(job, filled, box, band)], [network.card])


def process_input(job: Job) -> tuple[Picture, Box]:
    """The tile, and where it lies in the picture. Raises BadInput where it is too small, or no rectangle."""
    assert job.image is not None  # the action reads it
    box = job.image.box if job.mask is None else selected_box(job.mask)
    if job.mask is not None and job.mask[box.slices].min() < 1:
        raise BadInput(
            "The selection is no plain rectangle.", "Select one with hard edges, or nothing to take the whole layer."
        )
    if min(box.width, box.height) < LEAST:
        raise BadInput("The picture is too small for this.", "It must be at least 16 by 16 pixels large.")
    tile = job.image.crop(box)
    return evened(tile) if job.settings["even"] else tile, box


def ring(height: int, width: int, share: float) -> np.ndarray:
    """HxW bool, True in a band along the edges that takes `share` of the size, two opposite sides together."""
    band = np.ones((height, width), bool)
    y, x = (min(max(2, round(side * share / 2)), side // 2 - 2) for side in (height, width))
    band[y : height - y, x : width - x] = False
    return band


def fill_ring(tile: Picture, band: np.ndarray, network: Network, seed: int, progress: Progress) -> Picture:
    """The tile with `band` filled so that opposite edges meet.

    Moved by half, the band is a cross. Where the cross itself ends, at the middle of each edge of the moved picture,
    its ends do not meet yet: these are filled again with either side of them in view.
    """
    height, width = band.shape
    y, x = height // 2, width // 2
    deep, wide = int(band[:, x].sum()), int(band[y].sum())  # of the band, both sides of an edge together
    upright, level = band.copy(), band.copy()  # the ends
    upright[:, : x - wide // 2] = upright[:, x + wide // 2 :] = False
    level[: y - deep // 2] = level[y + deep // 2 :] = False
    tile = fill_moved(tile, band, (y, x), network, seed, progress.part(0.0, 0.7))
    tile = fill_moved(tile, upright, (y, 0), network, seed, progress.part(0.7, 0.85))
    return fill_moved(tile, level, (0, x), network, seed, progress.part(0.85, 1.0))


def fill_moved(
    tile: Picture, hole: np.ndarray, way: tuple[int, int], network: Network, seed: int, progress: Progress
) -> Picture:
    """The tile with `hole` filled as it looks when the tile is moved `way` (down, right) on the torus."""
    moved, gap = np.roll(tile.array, way, (0, 1)), np.roll(hole, way, (0, 1))
    moved[selected_box(gap).slices] = fill_hole(Picture(moved, tile.curve), gap, network, seed, progress, texture=True)
    return Picture(np.roll(moved, (-way[0], -way[1]), (0, 1)), tile.curve)


def evened(tile: Picture) -> Picture:
    """The tile less the light in which opposite edges differ.

    That is the smooth part of its periodic plus smooth decomposition (Moisan, "Periodic plus smooth image
    decomposition", 2011), of a small copy: a membrane whose only bends lie along the edges, where they meet.
    """
    rgb = spread_colours(tile.rgb(), tile.alpha())
    scale = min(1.0, LIGHT / max(tile.width, tile.height))
    size = max(2, round(tile.width * scale)), max(2, round(tile.height * scale))
    small: np.ndarray = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    bend: np.ndarray = np.zeros_like(small)
    bend[0] += small[-1] - small[0]
    bend[-1] += small[0] - small[-1]
    bend[:, 0] += small[:, -1] - small[:, 0]
    bend[:, -1] += small[:, 0] - small[:, -1]
    down, right = (2 * np.cos(2 * np.pi * np.fft.fftfreq(side)) - 2 for side in small.shape[:2])
    waves = np.add.outer(down, right)[..., None]
    waves[0, 0] = 1  # the mean, which is taken out at the end
    smooth = np.fft.ifft2(np.fft.fft2(bend, axes=(0, 1)) / waves, axes=(0, 1)).real
    light = (smooth - smooth.mean((0, 1))).astype(np.float32)
    light = cv2.resize(light, (tile.width, tile.height), interpolation=cv2.INTER_CUBIC)
    return Picture(add_change(tile, tile.box, -light), tile.curve)


def process_output(job: Job, tile: Picture, box: Box, band: np.ndarray) -> Layer:
    """The tile where it lies; masked to the band, unless the light was changed everywhere."""
    return Layer(tile, "Seamless", box.x, box.y, None if job.settings["even"] else band)
