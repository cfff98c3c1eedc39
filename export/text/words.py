"""The words of the text model: what they mean in the manifest, and in pixels.

Subjects and light come from the manifest's columns; colours and brightness are measured in each crop, so that they
are true of it. The list goes into the model's card: the engine knows no word by itself.
"""

import numpy as np
from gesso.engine.hues import COLOUR_SHARE, COLOURS, TONES, colour_shares, tones

from export.words import LIGHTS, SUBJECTS, named

WORDS = (*SUBJECTS, *LIGHTS, *COLOURS, *TONES)

SYNONYMS = {
    "cloud": "clouds", "cloudy": "clouds", "ocean": "sea", "water": "sea", "waves": "sea", "shore": "beach",
    "coast": "beach", "sand": "beach", "mountains": "mountain", "hill": "mountain", "hills": "mountain",
    "woods": "forest", "trees": "forest", "tree": "forest", "leaves": "foliage", "leaf": "foliage",
    "meadow": "grass", "field": "grass", "lawn": "grass", "rocks": "rock", "stone": "rock", "cliff": "rock",
    "river": "lake", "dunes": "desert", "winter": "snow", "snowy": "snow", "ice": "snow", "town": "city",
    "skyline": "city", "star": "stars", "space": "stars", "galaxy": "stars", "daisies": "daisy",
    "dandelions": "dandelion", "roses": "rose", "sunflowers": "sunflower", "tulips": "tulip", "dusk": "sunset",
    "sunrise": "sunset", "dawn": "sunset", "evening": "sunset", "midnight": "night", "mist": "fog", "misty": "fog",
    "foggy": "fog", "haze": "fog", "gray": "grey", "silver": "grey", "gold": "yellow", "golden": "orange",
    "cyan": "turquoise", "teal": "turquoise", "violet": "purple", "magenta": "pink", "crimson": "red",
    "light": "bright", "gloomy": "dark",
    "红": "red", "橙": "orange", "棕": "brown", "黄": "yellow", "绿": "green", "青": "turquoise", "蓝": "blue",
    "紫": "purple", "粉": "pink", "黑": "black", "灰": "grey", "白": "white", "金色": "yellow", "明亮": "bright",
    "黑暗": "dark", "海洋": "sea", "草原": "grass", "湖泊": "lake", "晚霞": "sunset",
    "天空": "sky", "云": "clouds", "海": "sea", "大海": "sea", "沙滩": "beach", "海滩": "beach", "山": "mountain",
    "森林": "forest", "树叶": "foliage", "草地": "grass", "岩石": "rock", "湖": "lake", "沙漠": "desert",
    "雪": "snow", "城市": "city", "星空": "stars", "雏菊": "daisy", "蒲公英": "dandelion", "玫瑰": "rose",
    "向日葵": "sunflower", "郁金香": "tulip", "日落": "sunset", "夜晚": "night", "雾": "fog", "黑色": "black",
    "灰色": "grey", "白色": "white", "红色": "red", "橙色": "orange", "棕色": "brown", "黄色": "yellow",
    "绿色": "green", "青色": "turquoise", "蓝色": "blue", "紫色": "purple", "粉色": "pink", "暗": "dark",
    "亮": "bright",
}  # fmt: skip


def row_words(row: dict[str, str]) -> np.ndarray:
    """V float32: the subjects and the light that the manifest gives to a picture."""
    known = named(row)
    return np.array([word in known for word in WORDS], np.float32)


def crop_words(crops: np.ndarray) -> np.ndarray:
    """N x H x W x 3 uint8 RGB -> N x V float32: the colours and tones measured in each crop."""
    words = np.zeros((len(crops), len(WORDS)), np.float32)
    start = WORDS.index(COLOURS[0])
    words[:, start : start + len(COLOURS)] = colour_shares(crops) >= COLOUR_SHARE
    words[:, WORDS.index(TONES[0]) : WORDS.index(TONES[-1]) + 1] = tones(crops)
    return words
