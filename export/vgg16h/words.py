"""The words that vgg16h learns, and what the manifest says of each: yes, no, or nothing.

No colours and no brightness: those are measured.
"""

import re

import numpy as np

from export.words import FLOWERS, named, tags

# Word -> the manifest's scene tags that mean it, besides those of export.words.
MORE = {
    "building": {"building", "architecture"},
    "street": {"street", "road"},
    "interior": {"interior"},
    "person": {"person", "crowd"},
    "animal": {"animal", "bird", "insect", "fish"},
    "vehicle": {"vehicle", "boat", "aircraft"},
    "food": {"food"},
    "pattern": {"pattern", "gradient", "bokeh"},
    "wood": {"wood"},
    "metal": {"metal"},
    "fabric": {"fabric"},
}
PLACES = (
    "sky", "clouds", "sea", "beach", "mountain", "forest", "foliage", "grass", "rock", "lake", "desert", "snow", "city",
    "stars", "sunset", "night", "fog",
)  # fmt: skip
MATERIALS = {
    "rock": "rock|stone|boulder|cobble|marble|canyon",
    "wood": "wood|board|plank|bark",
    "metal": "metal|rust|diamondplate|steel|iron",
    "fabric": "fabric|carpet|cloth",
    "brick": "brick",
    "grass": "grass",
    "beach": "sand",
}
WORDS = (*FLOWERS, "flower", *PLACES, *MORE, "fruit", "vegetables", "texture", "brick")  # the flowers must come first
AROUND_FLOWERS = {"sky", "clouds", "foliage", "grass", "forest", "animal", "person", "building", "sunset", "rock"}


def row_words(row: dict[str, str]) -> np.ndarray:
    """V float32 for a row of the manifest: 1 where it says so, 0 where it says no, NaN where it says nothing."""
    pack, scene = row.get("pack"), tags(row)
    yes, unknown = named(row), set[str]()
    if pack == "photos":
        yes |= {word for word, meant in MORE.items() if meant & scene} | {"flower"} & scene
        unknown = {*FLOWERS, "fruit", "vegetables", "texture", "brick"}
    elif pack == "flowers":
        yes |= {"flower"}
        unknown = AROUND_FLOWERS
    elif pack == "objects":
        yes = {"food", row["caption"].split(" / ")[0].lower()}
        unknown = {*FLOWERS, "interior"}
    elif pack == "textures":
        yes = {word for word, meant in MATERIALS.items() if re.search(meant, row["caption"].lower())}
        unknown = {*FLOWERS, "building", "pattern", *([] if yes else MATERIALS)}
        yes |= {"texture"}
    else:
        unknown = set(WORDS)
    return np.array([1 if word in yes else np.nan if word in unknown else 0 for word in WORDS], np.float32)
