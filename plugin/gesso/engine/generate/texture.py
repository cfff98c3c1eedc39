"""generate texture: a picture that repeats without a seam, of any size, from the bank that the model has learnt."""

import math

import cv2
import numpy as np

from gesso.contract.errors import BadSetting
from gesso.contract.geometry import Box
from gesso.engine import colour
from gesso.engine.cards import Card
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.sampler import Velocity, draw_noise, network_velocity, sample, to_rgb
from gesso.engine.session import Models
from gesso.engine.tiling import tiles

RIM = 4  # pixels carried around the edge while resizing


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size."""
    width, height, kind = job.settings["width"], job.settings["height"], job.settings["kind"]
    network = models.network("texture", job.settings["model"])
    card = network.card
    noise = draw_noise(job.settings["seed"], *(fitting(side, card.multiple) for side in (height, width)))
    velocity = on_torus(network_velocity(network, word_row(card, kind), progress), card)
    latent = sample(velocity, noise, card.facts["flow"]["steps"], progress)
    array = colour.encode(resize_torus(to_rgb(card, latent), width, height), np.dtype(np.uint8), "perceptual")
    return Outcome([Layer(Picture(array), f"Texture: {kind}")], [card])


def fitting(side: int, multiple: int) -> int:
    """The side to work at: the next multiple."""
    return math.ceil(side / multiple) * multiple


def word_row(card: Card, kind: str) -> np.ndarray:
    """1xV float32: which of the bank's textures. Raises BadSetting that lists them."""
    words = card.facts["words"]
    if kind not in words:
        raise BadSetting(f"The model {card.name} has no texture {kind!r}.", f"It has: {', '.join(words)}.")
    return np.array([[word == kind for word in words]], np.float32)


def on_torus(velocity: Velocity, card: Card) -> Velocity:
    """The same velocity, worked out in tiles where the latent is larger than the card's tile.

    The net itself wraps around; each tile sees the card's halo of its neighbours on the torus, as far as the net looks.
    """

    def tiled(latent: np.ndarray, time: float) -> np.ndarray:
        height, width = latent.shape[2:]
        if max(height, width) <= card.tile:
            return velocity(latent, time)
        result = np.empty_like(latent)
        halo = card.halo
        wide = np.pad(latent, ((0, 0), (0, 0), (halo, halo), (halo, halo)), mode="wrap")
        for piece in tiles(wide.shape[3], wide.shape[2], card.tile + 2 * halo, halo, card.multiple):
            rows, columns = piece.seen.slices
            part = velocity(np.ascontiguousarray(wide[:, :, rows, columns]), time)
            kept = piece.kept.clip(Box(halo, halo, width, height))
            inside = kept.shift(-piece.seen.x, -piece.seen.y).slices
            result[(..., *kept.shift(-halo, -halo).slices)] = part[(..., *inside)]
        return result

    return tiled


def resize_torus(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """HxWx3 -> height x width x 3, without making a seam."""
    if rgb.shape[:2] == (height, width):
        return rgb
    rows, columns = rgb.shape[:2]
    wide = np.pad(rgb, ((RIM, RIM), (RIM, RIM), (0, 0)), mode="wrap")
    step_x, step_y = columns / width, rows / height
    x = ((np.arange(width, dtype=np.float32) + 0.5) * step_x - 0.5 + RIM)[None].repeat(height, 0)
    y = ((np.arange(height, dtype=np.float32) + 0.5) * step_y - 0.5 + RIM)[:, None].repeat(width, 1)
    return cv2.remap(wide, x, y, cv2.INTER_CUBIC).clip(0, 1)
