"""enhance denoise: take noise of a given or measured strength out of a picture."""

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.composite import add_change, spread_colours
from gesso.engine.enhance.noise import FULL, measure_noise
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network
from gesso.engine.tiling import run_tiled

UNSEEN = 0.5  # below this strength the rounding to 8 bits is the larger error: nothing is changed


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image. Notes hold `strength` where it was measured."""
    assert job.image is not None
    picture, auto = job.image, job.settings["auto"]
    strength = round(measure_noise(picture), 1) if auto else job.settings["strength"]
    network = models.network("denoise", job.settings["model"])
    result = np.array(picture.array)

    def write(part: Box, change: np.ndarray) -> None:
        result[part.slices] = add_change(picture, part, change)

    if strength >= UNSEEN:
        run_tiled(
            picture.box,
            lambda part: process_input(picture, part),
            lambda pixels: process_output(network, pixels, strength / FULL, progress),
            write,
            progress,
            tile=network.card.tile,
            halo=network.card.halo,
            multiple=network.card.multiple,
        )
    notes = {"strength": strength} if auto else {}
    return Outcome([Layer(Picture(result, picture.curve), "Denoised")], [network.card], notes)


def process_input(picture: Picture, part: Box) -> np.ndarray:
    """HxWx3 float32 perceptual RGB in 0..1, without holes where the picture is transparent."""
    return spread_colours(picture.rgb(part), picture.alpha(part)).clip(0, 1)


def process_output(network: Network, pixels: np.ndarray, sigma: float, progress: Progress) -> np.ndarray:
    """HxWx3 -> the change to add to it, HxWx3. sigma: standard deviation of the noise, full scale 1."""
    level = np.full((1, 1, 1, 1), sigma, np.float32)
    clean = network.run({"image": pixels.transpose(2, 0, 1)[None], "noise-level": level}, progress)["image"][0]
    return clean.transpose(1, 2, 0).clip(0, 1) - pixels
