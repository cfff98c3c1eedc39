"""Taking noise and JPEG compression out of a picture, of a known strength or of the one measured."""

from typing import Any

import numpy as np

from gesso.engine.cards import Card
from gesso.engine.enhance.jpeg import BLOCK, expected_error, measure_jpeg
from gesso.engine.enhance.noise import FULL, UNSEEN, measure_noise
from gesso.engine.image import Picture
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, retouch
from gesso.engine.session import Models, Network


def without_noise(picture: Picture, network: Network, strength: float, watch: Watch, progress: Progress) -> Picture:
    """The picture without noise of `strength`, its standard deviation in 8-bit steps."""
    return without_error(picture, network, strength / FULL, watch, progress)


def without_jpeg(
    picture: Picture, network: Network, quality: float, grid: tuple[int, int], watch: Watch, progress: Progress
) -> Picture:
    """The picture without the damage of a JPEG file of `quality`, whose first whole block begins at `grid`.

    The network knows where blocks meet, as long as they begin at multiples of their size: where the picture was
    cropped, what is missing of its first blocks is reflected.
    """
    left, top = (-offset % BLOCK for offset in grid)
    whole = picture
    if left or top:
        whole = Picture(np.pad(picture.array, ((top, 0), (left, 0), (0, 0)), "reflect"), picture.curve)
    result = without_error(whole, network, expected_error(quality), watch, progress)
    return Picture(result.array[top:, left:], picture.curve)


def without_error(picture: Picture, network: Network, level: float, watch: Watch, progress: Progress) -> Picture:
    """The picture by a network that is told the standard deviation of the error, `level`, with white = 1."""
    told = {"noise-level": np.full((1, 1, 1, 1), level, np.float32)}
    return retouch(picture, network, progress, watch, tell=lambda _: told)


def without_damage(
    picture: Picture, models: Models, watch: Watch, progress: Progress
) -> tuple[Picture, list[Card], dict[str, Any]]:
    """The picture without the compression and the noise found in it, the models used, and notes of what was found."""
    cards: list[Card] = []
    notes: dict[str, Any] = {}
    if found := measure_jpeg(picture, progress):
        notes["quality"], grid = found
        network = models.network("dejpeg")
        picture = without_jpeg(picture, network, notes["quality"], grid, watch, progress.part(0, 0.5))
        cards.append(network.card)
    strength = round(measure_noise(picture), 1)
    if strength >= UNSEEN:
        notes["strength"] = strength
        network = models.network("denoise")
        picture = without_noise(picture, network, strength, watch, progress.part(0.5, 1))
        cards.append(network.card)
    return picture, cards, notes
