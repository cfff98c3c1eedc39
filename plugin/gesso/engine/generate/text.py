"""generate text: a soft backdrop from a handful of words that the model's card lists.

The network paints about a thousand pixels; they are enlarged as an out-of-focus lens would show them.
"""

import re

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine import colour
from gesso.engine.cards import Card
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.sampler import Velocity, draw_noise, network_velocity, sample
from gesso.engine.session import Models

SMOOTH = 8  # enlargement with blurred corners; what remains of it is linear
BLUR, COLOUR_BLUR = 1.0, 2.0  # in painted pixels; the eye forgives soft colour, and not mottled colour


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size."""
    width, height, seed = job.settings["width"], job.settings["height"], job.settings["seed"]
    network = models.network("text", job.settings["model"])
    flow = network.card.facts["flow"]
    chosen = read_words(network.card, job.settings["words"])
    known = network.card.facts["words"]
    rows = np.array([[word in chosen for word in known], [False] * len(known)], np.float32)
    velocity = guided(network_velocity(network, rows, progress), job.settings["guidance"])
    latent = sample(velocity, draw_noise(seed, (1, flow["numbers"])), flow["steps"], progress)
    end = {"latent": latent, "time": np.ones(1, np.float32), "words": rows[:1]}
    rgb = network.run(end, progress)["image"][0].transpose(1, 2, 0).clip(0, 1)
    array = to_8_bits(enlarge(soften(rgb), width, height), seed)
    return Outcome([Layer(Picture(array), " ".join(chosen))], [network.card])


def read_words(card: Card, text: str) -> list[str]:
    """The model's words in `text`, in order, synonyms translated. Raises BadInput that lists what is known."""
    known, synonyms = card.facts["words"], card.facts["synonyms"]
    given = re.findall(r"\w+", text.lower())
    words = [synonyms.get(word, word) for word in given]
    unknown = [word for word, meant in zip(given, words, strict=True) if meant not in known]
    if unknown or not words:
        problem = f"The model {card.name} does not know: {', '.join(unknown)}." if unknown else "There are no words."
        raise BadInput(problem, f"It knows: {', '.join(known)}.")
    return list(dict.fromkeys(words))


def guided(velocity: Velocity, guidance: float) -> Velocity:
    """Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598) of a velocity given with and without words.

    guidance 1 follows the words as they were trained, 0 ignores them, more exaggerates them.
    """

    def combined(latent: np.ndarray, time: float) -> np.ndarray:
        worded, free = np.split(velocity(np.repeat(latent, 2, axis=0), time), 2)
        return free + guidance * (worded - free)

    return combined


def soften(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 float32 0..1, blurred as far as the network's pictures need it: luma less than colour."""
    luma, colours = np.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), [1], axis=2)
    luma, colours = (
        cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        for part, sigma in ((luma, BLUR), (colours, COLOUR_BLUR))
    )
    return cv2.cvtColor(np.dstack([luma, colours]), cv2.COLOR_YCrCb2RGB).clip(0, 1)


def enlarge(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """The middle of HxWx3, smoothly interpolated, height x width x 3 float32."""
    rows, columns = rgb.shape[0] * SMOOTH, rgb.shape[1] * SMOOTH
    smooth = cv2.resize(rgb, (columns, rows), interpolation=cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(smooth, (0, 0), 0.7 * SMOOTH, borderType=cv2.BORDER_REPLICATE)  # hides the grid
    factor = max(width / columns, height / rows)
    seen_w, seen_h = max(1, round(width / factor)), max(1, round(height / factor))
    x, y = (columns - seen_w) // 2, (rows - seen_h) // 2
    middle = smooth[y : y + seen_h, x : x + seen_w]
    return cv2.resize(middle, (width, height), interpolation=cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA)


def to_8_bits(rgb: np.ndarray, seed: int) -> np.ndarray:
    """HxWx3 float32 0..1 -> uint8, with triangular noise of one step: without it wide soft gradients show bands."""
    random = np.random.default_rng([seed, 1])
    array = np.empty(rgb.shape, np.uint8)
    for row, line in enumerate(rgb):
        noise = random.random(line.shape, np.float32) - random.random(line.shape, np.float32)
        array[row] = colour.encode(line + noise / 255, array.dtype, "perceptual")
    return array
