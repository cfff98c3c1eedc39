"""Palettes: a handful of colours that go together, from words, from a picture, or drawn at random.

A palette is Kx3 Oklab, float32, from dark to light.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.oklab import from_polar, to_lab

COLOURS = 5  # of a palette
SIDE = 96  # of what is looked at of a picture, pixels
TONES = {"dark": -0.16, "bright": 0.13}  # of lightness
WORDS = {  # hexadecimal sRGB; one colour where the word names one, else what the thing shows
    "sky": "3f7fbf 8fc1e8 dcefff",
    "clouds": "7f93ab c3cfdb f4f6f8",
    "sea": "04263f 0b5f86 3fa9b5 c9eef0",
    "beach": "2f9fae a9dcd6 f0dcae d9b37a",
    "mountain": "2b3a4f 5f7891 a9b8c4 eef2f5",
    "forest": "12251a 2b5233 5f8a4a b6c98a",
    "foliage": "1f4d23 4f8a2f 97bf4c e3eba8",
    "grass": "2f6b23 6fa83a b9d66b",
    "rock": "3a3733 6f6a63 a59d92 d6cec2",
    "lake": "12384a 2f7286 84b8bf dcecea",
    "desert": "8a4423 cf8a4b edc48b faeacb",
    "snow": "8fa9c8 cfdff0 fafcff",
    "city": "1c2230 4a5872 c58f5a f3d9a4",
    "stars": "070a1f 1d2257 4f4a9c e8e4ff",
    "daisy": "4f8a2f f2c230 fffbe8",
    "dandelion": "5a8a2a f2b90f fff0b0",
    "rose": "5a0f24 b3244a f08fa6 fbdfe2",
    "sunflower": "4a2a0f d98a0a fcc81f fff0b3",
    "tulip": "7a1030 e0314a f7a23b 6f9a3c",
    "sunset": "2a1a4a 8a2f6a e8604c f9a44a fde3a0",
    "night": "04060f 0f1a3a 26356b 5f6fa8",
    "fog": "8f9aa3 bcc4c9 e6eaec",
    "black": "17181b",
    "grey": "8c9096",
    "white": "f7f6f2",
    "red": "d7263d",
    "orange": "f4792b",
    "brown": "7a4a2b",
    "yellow": "f9cf3a",
    "green": "3a9a4f",
    "turquoise": "1fb5b0",
    "blue": "2560d8",
    "purple": "7a35c2",
    "pink": "f283b6",
    **dict.fromkeys(TONES, ""),
}


def palette_of_words(words: Sequence[str]) -> np.ndarray:
    """At least COLOURS colours: where the words name fewer, with shades of these. Raises BadInput for tones alone."""
    named = [to_lab(_numbers(colour)) for word in words for colour in WORDS[word].split()]
    if not named:
        raise BadInput("No word here names a color.", "Add one, such as blue.")
    named.sort(key=lambda lab: float(lab[0]))
    shades = [named[-1] + (0.15, 0, 0), named[0] - (0.15, 0, 0), named[-1] + (0.07, 0, 0), named[0] - (0.07, 0, 0)]
    palette = np.array(named + shades[: max(0, COLOURS - len(named))])
    palette[:, 0] = (palette[:, 0] + sum(TONES.get(word, 0.0) for word in words)).clip(0.14, 0.98)
    return from_dark_to_light(palette)


def palette_of_picture(picture: Picture) -> np.ndarray:
    """The means of the COLOURS clusters that k-means finds in Oklab, of what is not transparent. Raises BadInput."""
    step = max(1, picture.width // SIDE), max(1, picture.height // SIDE)
    small = Picture(np.ascontiguousarray(picture.array[:: step[1], :: step[0]]), picture.curve)
    pixels = to_lab(small.rgb()[small.alpha() > 0.5].clip(0, 1)).astype(np.float32)
    if not len(pixels):
        raise BadInput("The layer for the colors is transparent.", "Choose another one.")
    if len(pixels) == 1:  # kmeans would take its three numbers for points
        return pixels
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-4)
    count = min(COLOURS, len(pixels))
    _, _, means = cv2.kmeans(pixels, count, None, stop, 3, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    return from_dark_to_light(means)


def draw_palette(random: np.random.Generator) -> np.ndarray:
    """Neighbouring hues from dark to light, now and then with one from the other side as an accent."""
    hue, turn = random.uniform(0, 360), random.uniform(40, 140) * random.choice([-1, 1])
    chroma, lightest = random.uniform(0.06, 0.17), random.uniform(0.86, 0.97)
    darkest = random.uniform(0.2, 0.5)
    colours = [
        from_polar(darkest + (lightest - darkest) * at, chroma * (1.25 - at), hue + turn * at)
        for at in np.linspace(0, 1, COLOURS)
    ]
    if random.random() < 0.5:
        colours[-2] = from_polar(colours[-2][0], chroma, hue + 180)
    return from_dark_to_light(np.array(colours))


def from_dark_to_light(palette: np.ndarray) -> np.ndarray:
    """Kx3 Oklab, sorted by lightness, as float32."""
    return palette[palette[:, 0].argsort(kind="stable")].astype(np.float32)


def _numbers(colour: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(colour))) / 255
