"""assess words: what a picture shows, and how sure that is, by a network; its colours and brightness, measured.

process_input   what is selected of the picture, or all of it, as small as the network learnt to look
run             the words of the network, where there is one, from several looks
process_output  the words that are likely, the surest first, and a sentence of them
composite       nothing: the picture stays as it is
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.convert.small import reduced
from gesso.engine.hues import COLOUR_SHARE, COLOURS, TONES, colour_shares, tones
from gesso.engine.image import Picture
from gesso.engine.job import Job, Outcome, selected_box, told, warning
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network, planes

LOOKS = (1.0, 0.8)  # how large the picture is looked at, of the card's size; each also mirrored
SIDE = 64  # shorter side of the picture that colours are measured on where no network looks at it, pixels
LONGEST = 3  # times the shorter side; what is longer is squeezed
LIKELY, POSSIBLE = 0.5, 0.15  # how sure a word is that is said, and one that is kept
SMALL = 32  # pixels of a side that is hardly enough to see anything
NAMES = {
    "daisy": "daisies", "dandelion": "dandelions", "rose": "roses", "sunflower": "sunflowers", "tulip": "tulips",
    "flower": "flowers", "sky": "sky", "clouds": "clouds", "sea": "sea", "beach": "beach", "mountain": "mountains",
    "forest": "forest", "foliage": "foliage", "grass": "grass", "rock": "rocks", "lake": "lake", "desert": "desert",
    "snow": "snow", "city": "city", "stars": "stars", "sunset": "sunset", "night": "night", "fog": "fog",
    "building": "buildings", "street": "street", "interior": "interior", "person": "people", "animal": "animals",
    "vehicle": "vehicles", "food": "food", "pattern": "pattern", "wood": "wood", "metal": "metal", "fabric": "fabric",
    "fruit": "fruit", "vegetables": "vegetables", "texture": "texture", "brick": "brick", "black": "black",
    "grey": "gray", "white": "white", "red": "red", "orange": "orange", "brown": "brown", "yellow": "yellow",
    "green": "green", "turquoise": "turquoise", "blue": "blue", "purple": "purple", "pink": "pink",
}  # fmt: skip


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """No layer. Facts: `words` and how sure each is, `colors` and their shares, `tone` and `brightness`, all 0..1.

    Raises BadInput where all is transparent.
    """
    assert job.image is not None
    name = job.settings["model"]
    network = models.network("words", name) if name != "auto" or models.has("words") else None
    box = selected_box(job.mask) if job.mask is not None else job.image.box
    picture, seen = process_input(job.image.crop(box), network.card.tile if network else SIDE)
    words = predict(picture, network, progress) if network else {}
    facts = process_output(words, (picture[seen] * 255).round().astype(np.uint8)[None, None])
    notes = answer(facts, network is not None)
    if min(box.width, box.height) < SMALL:
        notes |= warning("There is too little to see for a judgement: select more, or take a larger picture.")
    return Outcome([], [network.card] if network else [], notes, facts=facts)


def process_input(picture: Picture, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(rgb hxwx3 float32 perceptual, its shorter side `side`; hxw bool, what is visible of it)."""
    factor = max(1, min(picture.width, picture.height) // side)
    rgb, alpha = reduced(picture, factor)
    if not (alpha > 0.5).any():
        raise BadInput("There is nothing to see here: all of it is transparent.", "Choose another layer or selection.")
    return scaled(rgb, side), scaled(alpha, side) > 0.5


def scaled(values: np.ndarray, side: int) -> np.ndarray:
    """hxw or hxwxC so that its shorter side is `side`."""
    height, width = values.shape[:2]
    factor = side / min(height, width)
    size = min(round(width * factor), LONGEST * side), min(round(height * factor), LONGEST * side)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR).clip(0, 1)


def predict(picture: np.ndarray, network: Network, progress: Progress) -> dict[str, float]:
    """Each word of the network's card, 0..1: the mean of several looks at hxwx3 float32 perceptual RGB."""
    looks = []
    for number, size in enumerate(LOOKS):
        progress.step(number / len(LOOKS))
        small = planes(scaled(picture, round(size * min(picture.shape[:2]))))
        looks += [network.run({"image": one}, progress)["words"][0] for one in (small, small[..., ::-1])]
    return dict(zip(network.card.facts["words"], map(float, np.mean(looks, axis=0)), strict=True))


def process_output(words: Mapping[str, float], pixels: np.ndarray) -> dict[str, Any]:
    """The facts, from all words and N x H x W x 3 uint8 of what is visible."""
    kept = sorted(((sure, word) for word, sure in words.items() if sure >= POSSIBLE), reverse=True)
    shares = colour_shares(pixels)[0]
    most = [n for n in np.argsort(-shares) if shares[n] >= min(COLOUR_SHARE / 2, shares.max())]
    return {
        "words": {word: round(sure, 2) for sure, word in kept},
        "colors": {COLOURS[n]: round(float(shares[n]), 2) for n in most},
        "tone": "".join(word for word, holds in zip(TONES, tones(pixels)[0], strict=True) if holds),
        "brightness": round(float(pixels.mean()) / 255, 2),
    }


def answer(facts: Mapping[str, Any], guessed: bool) -> dict[str, list[str]]:
    """Notes, what the user is told: the likely words, else the best guesses, each with how sure it is; the colours.

    guessed: whether there was a network to name what the picture shows.
    """
    colours = named(facts["colors"])
    if not guessed:
        return told(f"The colors of the picture: {colours}.")
    if likely := named({word: sure for word, sure in facts["words"].items() if sure >= LIKELY}):
        return told(f"The picture shows: {likely}. Its colors: {colours}.")
    if likely := named(facts["words"]):
        return told(f"No word is likely. The best guesses: {likely}. Its colors: {colours}.")
    return told(f"There is no word for what the picture shows. Its colors: {colours}.")


def named(shares: Mapping[str, float]) -> str:
    """Such as "sky 93 %, sea 80 %"; the client translates such a list word by word."""
    return ", ".join(f"{NAMES.get(word, word)} {100 * share:.0f} %" for word, share in shares.items())
