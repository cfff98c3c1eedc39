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

SOFT = 8  # enlargement that is blurred; the rest of it is interpolated


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
    array = colour.encode(dither(enlarge(rgb, width, height), seed), np.dtype(np.uint8), "perceptual")
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


def enlarge(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """The middle of HxWx3, as smooth blobs, height x width x 3 float32."""
    rows, columns = rgb.shape[:2]
    factor = max(width / columns, height / rows)
    part_w, part_h = width / factor, height / factor
    soft = cv2.resize(rgb, (columns * SOFT, rows * SOFT), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(soft, (0, 0), SOFT * 0.5, borderType=cv2.BORDER_REPLICATE)
    x, y = (columns - part_w) / 2 * SOFT, (rows - part_h) / 2 * SOFT
    step_x, step_y = part_w * SOFT / width, part_h * SOFT / height
    move = np.array([[step_x, 0, x + step_x / 2 - 0.5], [0, step_y, y + step_y / 2 - 0.5]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(soft, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE).clip(0, 1)


def dither(rgb: np.ndarray, seed: int) -> np.ndarray:
    """Triangular noise of one 8-bit step, without which wide soft gradients show bands."""
    random = np.random.default_rng([seed, 1])
    shape = rgb.shape
    noise = random.random(shape, np.float32) - random.random(shape, np.float32)
    return rgb + noise / 255
