"""One step of each sampler, on x = picture + sigma * noise (see schedule.py).

x: any shape, float32. picture: what the network takes for the picture in it. sigma, after: the noise before and after
the step. noise: standard normal, shaped like x.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gesso.engine.diffusion.schedule import Schedule
from gesso.engine.progress import Progress

LCM_DATA = 0.5  # standard deviation of the data in LCM's consistency function

Predict = Callable[[np.ndarray, float, float], np.ndarray]
Draw = Callable[[tuple[int, ...]], np.ndarray]
Keep = Callable[[np.ndarray, float], np.ndarray]


class Seen(NamedTuple):
    """A picture that was predicted earlier, and at which sigma."""

    picture: np.ndarray
    sigma: float


def euler(x: np.ndarray, picture: np.ndarray, sigma: float, after: float) -> np.ndarray:
    """Karras et al. 2022, algorithm 2 without churn. In this form DDIM (Song et al. 2021, eta 0) is the same."""
    return picture + (x - picture) * (after / sigma)


def euler_ancestral(x: np.ndarray, picture: np.ndarray, sigma: float, after: float, noise: np.ndarray) -> np.ndarray:
    """Too far down by Euler's method, then fresh noise up to `after` (k-diffusion; Song et al. 2021, eta 1)."""
    up = after * math.sqrt(sigma**2 - after**2) / sigma
    return euler(x, picture, sigma, math.sqrt(after**2 - up**2)) + up * noise


def dpmpp_2m(x: np.ndarray, picture: np.ndarray, sigma: float, after: float, before: Seen | None) -> np.ndarray:
    """DPM-Solver++(2M): Lu et al. 2022, arXiv 2211.01095, algorithm 2. before: None in the first step."""
    if after == 0:
        return picture
    way = math.log(sigma / after)
    ahead = picture
    if before:
        ratio = math.log(before.sigma / sigma) / way
        ahead = picture + (picture - before.picture) / (2 * ratio)
    return x * (after / sigma) - math.expm1(-way) * ahead


def lcm(x: np.ndarray, picture: np.ndarray, sigma: float, after: float, time: float, noise: np.ndarray) -> np.ndarray:
    """Latent consistency: Luo et al. 2023, arXiv 2310.04378. time: of the step, scaled."""
    skip = LCM_DATA**2 / (time**2 + LCM_DATA**2)
    out = time / math.sqrt(time**2 + LCM_DATA**2)
    return out * picture + skip * x / math.sqrt(1 + sigma**2) + after * noise


def sample(
    schedule: Schedule, predict: Predict, x: np.ndarray, draw: Draw, keep: Keep, progress: Progress
) -> np.ndarray:
    """Follow the schedule from x, float32, to the end; what comes out is scaled as in training.

    predict(x, sigma, time): the picture in x. draw(shape): fresh noise, asked for once a step by the samplers that need
    it. keep(x, sigma): x with the part put back that is known. Raises Cancelled between two steps.
    """
    before: Seen | None = None
    steps = len(schedule.times)
    for number, time in enumerate(schedule.times):
        progress.step(number / steps)
        sigma, after = float(schedule.sigmas[number]), float(schedule.sigmas[number + 1])
        picture = predict(x, sigma, float(time))
        if schedule.sampler == "dpmpp-2m":
            x = dpmpp_2m(x, picture, sigma, after, before)
        elif schedule.sampler == "euler-ancestral":
            x = euler_ancestral(x, picture, sigma, after, draw(x.shape))
        elif schedule.sampler == "lcm":
            x = lcm(x, picture, sigma, after, time * schedule.scaling, draw(x.shape))
        else:
            x = euler(x, picture, sigma, after)
        if number == steps - 1:
            x, after = x / math.sqrt(1 + after**2), 0.0
        x, before = keep(x.astype(np.float32), after), Seen(picture, sigma)
    progress.step(1.0)
    return x
