"""The words of the text model: what they mean in the manifest, and in pixels.

Subjects and light come from the manifest's columns; colours and brightness are measured in each crop, so that they
are true of it. The list goes into the model's card: the engine knows no word by itself.
"""

import cv2
import numpy as np

# Word -> the manifest's scene tags or caption words that mean it.
SUBJECTS = {
    "sky": {"sky"},
    "clouds": {"clouds"},
    "sea": {"sea"},
    "beach": {"beach", "coast", "sand"},
    "mountain": {"mountain", "hill"},
    "forest": {"forest", "tree"},
    "foliage": {"foliage"},
    "grass": {"grass", "field"},
    "rock": {"rock"},
    "lake": {"lake", "river"},
    "desert": {"desert"},
    "snow": {"snow", "ice"},
    "city": {"city", "skyline"},
    "stars": {"stars", "space"},
    "daisy": {"daisy"},
    "dandelion": {"dandelion"},
    "rose": {"roses"},
    "sunflower": {"sunflowers"},
    "tulip": {"tulips"},
}
LIGHTS = {"sunset": {"sunset", "golden", "dusk"}, "night": {"night", "space"}, "fog": {"fog"}}
COLOURS = (
    "black", "grey", "white", "red", "orange", "brown", "yellow", "green", "turquoise", "blue", "purple", "pink",
)  # fmt: skip
TONES = ("dark", "bright")
WORDS = (*SUBJECTS, *LIGHTS, *COLOURS, *TONES)

COLOUR_SHARE = 0.25  # of the pixels: from here on a picture "is" of that colour
DARK, BRIGHT = 0.3, 0.6  # mean of perceptual RGB
HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (160, "green"), (195, "turquoise"), (255, "blue"),
        (300, "purple"), (345, "pink"), (361, "red"))  # fmt: skip

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
    scene = set(row.get("scene", "").split(",")) if row.get("pack") == "photos" else set(row.get("caption", "").split())
    light = {row.get("light", "")} | scene & {"night"}
    named = {**{word: tags & scene for word, tags in SUBJECTS.items()}, **{w: t & light for w, t in LIGHTS.items()}}
    return np.array([bool(named.get(word)) for word in WORDS], np.float32)


def colour_shares(crops: np.ndarray) -> np.ndarray:
    """N x H x W x 3 uint8 RGB -> N x 12: the share of the pixels that a person would call by each of COLOURS."""
    count, height, width, _ = crops.shape
    flat = np.ascontiguousarray(crops).reshape(count * height, width, 3).astype(np.float32) / 255
    hue, saturation, value = np.moveaxis(cv2.cvtColor(flat, cv2.COLOR_RGB2HSV), 2, 0)
    edges, names = zip(*HUES, strict=True)
    name = np.array([COLOURS.index(n) for n in names])[np.searchsorted(edges, hue, side="right")]
    ruddy = (name == COLOURS.index("red")) | (name == COLOURS.index("orange"))
    name[ruddy & (value < 0.6) & (hue < 90)] = COLOURS.index("brown")
    name[(name == COLOURS.index("red")) & (value > 0.75) & (saturation < 0.5)] = COLOURS.index("pink")
    pale = saturation < 0.15
    name[pale] = COLOURS.index("grey")
    name[pale & (value > 0.8)] = COLOURS.index("white")
    name[value < 0.18] = COLOURS.index("black")
    name = name.reshape(count, -1)
    return np.stack([(name == index).mean(1) for index in range(len(COLOURS))], 1)


def crop_words(crops: np.ndarray) -> np.ndarray:
    """N x H x W x 3 uint8 RGB -> N x V float32: the colours and tones measured in each crop."""
    words = np.zeros((len(crops), len(WORDS)), np.float32)
    start = WORDS.index(COLOURS[0])
    words[:, start : start + len(COLOURS)] = colour_shares(crops) >= COLOUR_SHARE
    level = crops.mean((1, 2, 3)) / 255
    words[:, WORDS.index("dark")] = level < DARK
    words[:, WORDS.index("bright")] = level > BRIGHT
    return words
