"""Abstract pictures: what a CPPN says of each place, painted with a palette in one of several styles."""

from collections.abc import Callable, Iterator

import numpy as np

from gesso.contract.geometry import Box
from gesso.engine import palettes
from gesso.engine.cppn import Cppn, draw_cppn
from gesso.engine.image import Picture
from gesso.engine.oklab import to_rgb
from gesso.engine.session import Models
from gesso.engine.vocabulary import read_words

PIXELS = 1 << 17  # that are painted at once
SHEETS = 7  # of paper
SHADOW = 0.25  # how much darker it is right under the edge of a sheet
CALM, DOUBLINGS = 0.6, 3.6  # the detail at complexity 0, and how often it doubles until 100


def draw_pattern(seed: int, complexity: float, aspect: float) -> Cppn:
    """The network of a seed. complexity: 0 to 100. aspect: width over height."""
    detail = CALM * 2 ** (complexity / 100 * DOUBLINGS)
    return draw_cppn(np.random.default_rng(seed), detail, aspect)


def palette_for(words: str, picture: Picture | None, models: Models, seed: int) -> np.ndarray:
    """Kx3 Oklab, float32: the picture's colours where there is one, else those of the words, else drawn by the seed.

    Raises BadInput that names the words that are not known.
    """
    if picture is not None:
        return palettes.palette_of_picture(picture)
    if not words:
        return palettes.draw_palette(np.random.default_rng([seed, 2]))
    return palettes.palette_of_words(read_words(models.card("text"), words, palettes.WORDS))


def paint_strips(
    cppn: Cppn, point: np.ndarray, palette: np.ndarray, style: str, size: Box
) -> Iterator[tuple[Box, np.ndarray]]:
    """Strips of the picture from the top down: where, and HxWx3 float32 perceptual sRGB, 0..1.

    point: of the latent input. size: Box(0, 0, width, height). The same at any size of the same shape, but finer.
    """
    step = np.float32(2 / np.sqrt(size.width * size.height))
    x = (np.arange(size.width, dtype=np.float32) - (size.width - 1) / 2) * step
    y = (np.arange(-1, size.height + 1, dtype=np.float32) - (size.height - 1) / 2) * step
    rows = max(1, PIXELS // size.width)
    for top in range(0, size.height, rows):
        strip = Box(0, top, size.width, min(rows, size.height - top))
        values = cppn.at(x, y[top : top + strip.height + 2], point)  # with a row more above and below, for the slopes
        yield strip, to_rgb(STYLES[style](values, palette, float(step))[1:-1])


def ramp(palette: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The colours at 0 (the first) to 1 (the last), smoothly from each to the next."""
    place = at.clip(0, 1) * (len(palette) - 1)
    before = np.minimum(place.astype(np.intp), len(palette) - 2)
    share = (place - before)[..., None]
    share = share * share * (3 - 2 * share)
    return palette[before] * (1 - share) + palette[before + 1] * share


def slope(values: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """How steeply HxW values rise to the right and downwards; a width of 1 is taken where there is no neighbour."""
    down = np.gradient(values, step, axis=0)
    return (np.gradient(values, step, axis=1) if values.shape[1] > 1 else np.zeros_like(values)), down


def gradient(values: np.ndarray, palette: np.ndarray, step: float) -> np.ndarray:
    """Each output pulls to colours of its own: soft fields that flow into each other (a softmax)."""
    index = np.linspace(0, len(palette) - 1, values.shape[-1]).round().astype(int)
    pull = np.exp(2.2 * values)
    pull /= pull.sum(axis=-1, keepdims=True)
    return pull @ palette[index]


def silk(values: np.ndarray, palette: np.ndarray, step: float) -> np.ndarray:
    """Cloth: one output colours it, the others fold it; light falls from the upper left."""
    lab = ramp(palette, 0.5 + 0.25 * values[..., 0])
    height = 0.35 * values[..., 1] + 0.16 * np.sin(4 * values[..., 2] + 2 * values[..., 3])
    right, down = slope(height, step)
    light = -(0.6 * right + 0.8 * down) / np.sqrt(1 + right * right + down * down)
    lab[..., 0] += 0.16 * light + 0.10 * np.maximum(light, 0) ** 4
    lab[..., 0] = lab[..., 0].clip(0, 1)
    return lab


def ink(values: np.ndarray, palette: np.ndarray, step: float) -> np.ndarray:
    """Marbled paper: bands of colour along the lines of one output, bent by another."""
    way = 2.6 * values[..., 0] + np.sin(2.2 * values[..., 1]) + 0.35 * np.sin(6 * values[..., 2])
    return ramp(palette, 0.5 + np.arcsin(0.97 * np.sin(way)) / np.pi)  # a rounded zigzag: all colors get their share


def paper(values: np.ndarray, palette: np.ndarray, step: float) -> np.ndarray:
    """Sheets cut along the lines of one output, each with a shadow on the one below."""
    height = (0.5 + 0.24 * values[..., 0] + 0.04 * np.sin(3 * values[..., 1])).clip(0, 1 - 1e-6) * SHEETS
    sheet = np.floor(height)
    above = height - sheet  # 0 at the sheet's own edge, to 1 at the edge of the next
    right, down = (side * step for side in slope(height, step))
    edge = (above / np.maximum(np.hypot(right, down), 1e-9)).clip(0, 1)[..., None]  # the cut is one pixel wide
    lab, below = (ramp(palette, number / (SHEETS - 1)) for number in (sheet, np.maximum(sheet - 1, 0)))
    lab *= (1 - SHADOW * np.exp((above - 1) / 0.22) * (sheet < SHEETS - 1))[..., None]
    below *= 1 - SHADOW
    return below * (1 - edge) + lab * edge


STYLES: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "gradient": gradient,
    "silk": silk,
    "ink": ink,
    "paper": paper,
}
