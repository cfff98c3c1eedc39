"""Pictures from noise: a rectified flow followed from noise (time 0) to picture (time 1).

Liu, Gong & Liu 2022, "Flow straight and fast", arXiv 2209.03003. The network says how fast each latent number moves;
all randomness is the noise drawn here, so that a seed repeats a picture.
"""

from collections.abc import Callable

import numpy as np

from gesso.engine.progress import Progress
from gesso.engine.session import Network

Velocity = Callable[[np.ndarray, float], np.ndarray]


def draw_noise(seed: int | list[int], shape: tuple[int, ...]) -> np.ndarray:
    """float32, standard normal (PCG64)."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def network_velocity(network: Network, words: np.ndarray, progress: Progress) -> Velocity:
    """The network's velocity at N latents, one row of `words` (NxV float32) each."""

    def velocity(latent: np.ndarray, time: float) -> np.ndarray:
        times = np.full(len(words), time, np.float32)
        return network.run({"latent": latent, "time": times, "words": words}, progress)["velocity"]

    return velocity


def sample(velocity: Velocity, noise: np.ndarray, steps: int, progress: Progress) -> np.ndarray:
    """Euler's method in `steps` equal steps. Returns the latent at time 1, in the shape of `noise`."""
    latent = noise
    for step in range(steps):
        progress.step(step / steps)
        latent = latent + velocity(latent, step / steps) / steps
    progress.step(1.0)
    return latent


def guided(velocity: Velocity, guidance: float) -> Velocity:
    """Classifier-free guidance (Ho & Salimans 2022, arXiv 2207.12598) of a velocity given with and without words.

    guidance 1 follows the words as they were trained, 0 ignores them, more exaggerates them.
    """

    def combined(latent: np.ndarray, time: float) -> np.ndarray:
        worded, free = np.split(velocity(np.concatenate([latent, latent]), time), 2)
        return free + guidance * (worded - free)

    return combined
