"""generate text: a soft backdrop from a handful of words that the model's card lists.

The network paints about a thousand pixels; they are enlarged as an out-of-focus lens would show them.
"""

import cv2
import numpy as np

from gesso.engine.dither import to_8_bits
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.sampler import Velocity, draw_noise, network_velocity, sample
from gesso.engine.session import Models
from gesso.engine.vocabulary import read_words

SMOOTH = 8  # enlargement with blurred corners; what remains of it is linear
BLUR, COLOUR_BLUR = 1.0, 2.0  # in painted pixels; the eye forgives soft colour, and not mottled colour


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer of the wanted size."""
    width, height, seed = job.settings["width"], job.settings["height"], job.settings["seed"]
    network = models.network("text", job.settings["model"])
    flow = network.card.facts["flow"]
    known = network.card.facts["words"]
    chosen = read_words(network.card, job.settings["words"], known)
    rows = np.array([[word in chosen for word in known], [False] * len(known)], np.float32)
    velocity = guided(network_velocity(network, rows, progress), job.settings["guidance"])
    latent = sample(velocity, draw_noise(seed, (1, flow["numbers"])), flow["steps"], progress)
    end = {"latent": latent, "time": np.ones(1, np.float32), "words": rows[:1]}
    rgb = network.run(end, progress)["image"][0].transpose(1, 2, 0).clip(0, 1)
    array = to_8_bits(enlarge(soften(rgb), width, height), np.random.default_rng([seed, 1]))
    return Outcome([Layer(Picture(array), " ".join(chosen))], [network.card])


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
