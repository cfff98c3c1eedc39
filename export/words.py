"""What the manifest's scene tags, captions and light mean in words: the families that learn words share it."""

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
FLOWERS = ("daisy", "dandelion", "rose", "sunflower", "tulip")


def tags(row: dict[str, str]) -> set[str]:
    """The scene tags of a photo; elsewhere the words of the caption."""
    return set(row.get("scene", "").split(",") if row.get("pack") == "photos" else row.get("caption", "").split())


def named(row: dict[str, str]) -> set[str]:
    """The SUBJECTS and LIGHTS that the manifest gives to a picture."""
    scene = tags(row)
    light = {row.get("light", "")} | scene & {"night"}
    return {word for word, meant in SUBJECTS.items() if meant & scene} | {
        word for word, meant in LIGHTS.items() if meant & light
    }
