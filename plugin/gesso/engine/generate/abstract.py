"""generate abstract: pictures drawn by a random network (engine/cppn.py) in colours from words, a layer or the seed.

process_input   the colours
run             a network for each candidate
process_output  the picture painted (engine/abstracts.py), with the wanted number of bits
composite       a layer of its own: nothing lies under it
"""

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine import colour
from gesso.engine.abstracts import draw_pattern, paint_strips, palette_for
from gesso.engine.cppn import Cppn, latent_point
from gesso.engine.dither import to_8_bits
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models

NUMBERS = {"8": np.uint8, "16": np.uint16, "32": np.float32}


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer for each candidate. Candidate k depends on seed + k alone: asked for by its own seed, it is the same."""
    width, height, count = job.settings["width"], job.settings["height"], job.settings["candidates"]
    job.check_memory(3 * np.dtype(NUMBERS[job.settings["depth"]]).itemsize)
    layers = []
    for number, seed in enumerate(job.seeds):
        palette = process_input(job, models, seed)
        cppn = draw_pattern(seed, job.settings["complexity"], width / height)
        picture = process_output(job, cppn, palette, seed, progress.part(number / count, (number + 1) / count))
        layers.append(Layer(picture, "Abstract", settings={"seed": seed, "candidates": 1}))
    return Outcome(layers)


def process_input(job: Job, models: Models, seed: int) -> np.ndarray:
    """The palette, Kx3 Oklab. Raises BadInput that names the words that are not known."""
    return palette_for(job.settings["words"], job.others.get("palette"), models, seed)


def process_output(job: Job, cppn: Cppn, palette: np.ndarray, seed: int, progress: Progress) -> Picture:
    """The picture of the wanted size, in perceptual numbers of the wanted depth."""
    number = NUMBERS[job.settings["depth"]]
    size = Box(0, 0, *job.size)
    array = np.empty((size.height, size.width, 3), number)
    noise = np.random.default_rng([seed, 1])
    for strip, rgb in paint_strips(cppn, latent_point(0.0), palette, job.settings["style"], size):
        progress.step(strip.y / size.height)
        dithered = number is np.uint8
        array[strip.slices] = to_8_bits(rgb, noise) if dithered else colour.encode(rgb, array.dtype, "perceptual")
    progress.step(1.0)
    return Picture(array)
