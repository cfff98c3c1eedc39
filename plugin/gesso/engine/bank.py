"""The texture bank: a model that holds a latent map of each texture and a net that paints maps.

A new map is quilted of pieces of the learnt one, on a torus, and painted.
"""

import math

import cv2
import numpy as np

from gesso.contract.errors import BadSetting
from gesso.contract.geometry import Box
from gesso.engine import colour
from gesso.engine.cards import Card
from gesso.engine.progress import Progress
from gesso.engine.quilting import BLOCK, quilt, random_search
from gesso.engine.session import Network
from gesso.engine.tiling import tiles

RIM = 8  # pixels carried around the edge while resizing


def learnt_map(network: Network, words: np.ndarray, progress: Progress) -> np.ndarray:
    """HxWxC float32 on a torus: what the model knows of the texture that `words` (see word_row) chooses."""
    blank = np.zeros((1, network.card.facts["map"]["channels"], 1, 1), np.float32)
    return network.run({"words": words, "latent": blank}, progress)["exemplar"][0].transpose(1, 2, 0)


def new_map(learnt: np.ndarray, width: int, height: int, scale: int, seed: int, progress: Progress) -> np.ndarray:
    """A map on a torus for a texture of at least width x height pixels; `scale` is the card's."""
    return quilted(learnt, map_side(height, scale), map_side(width, scale), seed, progress)


def quilted(learnt: np.ndarray, rows: int, columns: int, seed: int, progress: Progress) -> np.ndarray:
    """HxWxC float32, itself on a torus -> rows x columns x C, put together from pieces of it."""
    wide = np.pad(learnt, ((0, BLOCK - 1), (0, BLOCK - 1), (0, 0)), mode="wrap")
    made = quilt(wide, rows, columns, random_search(wide, seed), progress)
    return wide.reshape(-1, wide.shape[2])[made]


def map_side(side: int, scale: int) -> int:
    """Latents along a side of `side` pixels: as many as cover it, or several times that where it is very small."""
    least = 2 * BLOCK * scale
    factor = math.ceil(least / side)
    while side < least and side * factor % scale:
        factor += 1
    return math.ceil(side * factor / scale)


def word_row(card: Card, kind: str) -> np.ndarray:
    """1xV float32: which of the bank's textures. Raises BadSetting that lists them."""
    words = card.facts["words"]
    if kind not in words:
        raise BadSetting(f"The model {card.name} has no texture {kind!r}.", f"It has: {', '.join(words)}.")
    return np.array([[word == kind for word in words]], np.float32)


def paint(network: Network, words: np.ndarray, latent: np.ndarray, progress: Progress) -> np.ndarray:
    """HxWxC map on a torus -> (scale H)x(scale W)x3 uint8 RGB, in tiles that see the card's halo around them."""
    card = network.card
    height, width = latent.shape[:2]
    halo, scale = card.halo, card.scale
    rgb = np.empty((height * scale, width * scale, 3), np.uint8)
    wide = np.pad(latent, ((halo, halo), (halo, halo), (0, 0)), mode="wrap")
    plan = tiles(wide.shape[1], wide.shape[0], card.tile, halo, 1)
    for number, piece in enumerate(plan):
        progress.step(number / len(plan))
        seen = wide[piece.seen.slices].transpose(2, 0, 1)[None]
        painted = network.run({"words": words, "latent": np.ascontiguousarray(seen)}, progress)["image"][0]
        kept = piece.kept.clip(Box(halo, halo, width, height))
        inside = kept.shift(-piece.seen.x, -piece.seen.y).scale(scale)
        rgb[kept.shift(-halo, -halo).scale(scale).slices] = colour.encode(
            painted.transpose(1, 2, 0)[inside.slices], rgb.dtype, "perceptual"
        )
    return rgb


def resize_torus(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """HxWx3 uint8 -> height x width x 3, without making a seam."""
    rows, columns = rgb.shape[:2]
    whole = (columns if columns % width else width, rows if rows % height else height)
    rgb = cv2.resize(rgb, whole, interpolation=cv2.INTER_AREA)  # whole areas: nothing crosses the edge
    columns, rows = whole
    if whole == (width, height):
        return rgb
    wide = np.pad(rgb, ((RIM, RIM), (RIM, RIM), (0, 0)), mode="wrap")
    x = ((np.arange(width, dtype=np.float32) + 0.5) * (columns / width) - 0.5 + RIM)[None].repeat(height, 0)
    y = ((np.arange(height, dtype=np.float32) + 0.5) * (rows / height) - 0.5 + RIM)[:, None].repeat(width, 1)
    return cv2.remap(wide, x, y, cv2.INTER_LANCZOS4)
