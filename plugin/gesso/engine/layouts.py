"""Layouts: small pictures that a rectified flow paints after words, from nothing, from a picture, or around one.

Its latents are principal components of small pictures (export/text/model.py), so a picture's own are a product away.
"""

from functools import cached_property

import numpy as np

from gesso.engine.convert.small import resized
from gesso.engine.progress import Progress
from gesso.engine.sampler import Velocity, draw_noise, guided, network_velocity, sample
from gesso.engine.session import Models, Network, planes
from gesso.engine.vocabulary import read_words

AGAIN, SETTLED = 10, 0.9  # how often each step around a picture is taken, and until when


class Components:
    """The space the flow moves in: pictures of 3 x side x side numbers as K independent ones."""

    def __init__(self, network: Network):
        count, words = network.card.facts["flow"]["numbers"], len(network.card.facts["words"])
        probes = np.concatenate([np.zeros((1, count)), np.eye(count)]).astype(np.float32)
        end = {
            "latent": probes,
            "time": np.ones(count + 1, np.float32),
            "words": np.zeros((count + 1, words), np.float32),
        }
        images = network.run(end, Progress())["image"]
        self.side = images.shape[2]
        self.mean, rows = np.split(images.reshape(count + 1, -1), [1])
        self.basis = rows - self.mean
        self.back = (self.basis / np.square(self.basis).sum(1, keepdims=True)).T  # its rows stand on each other

    def of(self, picture: np.ndarray) -> np.ndarray:
        """1xK: of a picture hxwx3, stretched to a square."""
        return (planes(resized(picture, self.side, self.side)).reshape(1, -1) - self.mean) @ self.back

    def beside(self, known: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(KxK, 1xK): latents times the one, plus the other, are those of the same pictures with `known` (1xK) put in
        where they are not `free` (side x side, 0..1)."""
        part = np.tile(free.reshape(1, -1), 3)
        return (self.basis * part) @ self.back, (known @ self.basis * (1 - part)) @ self.back

    def shown(self, latents: np.ndarray) -> np.ndarray:
        """NxK as pictures, N x side x side x 3, not clipped."""
        return (latents @ self.basis + self.mean).reshape(-1, 3, self.side, self.side).transpose(0, 2, 3, 1)


class Layouts:
    """Pictures are side x side x 3 float32 perceptual RGB, 0..1, and those given hxwx3, stretched to that square."""

    def __init__(self, models: Models, text: str, guidance: float, name: str = "auto", needed: bool = True):
        """text: of the words that the network's card lists, in any order; without `needed` there may be none.

        guidance: see `guided`. name: which model of the role `text`. Raises BadInput that lists the known words.
        """
        self.network, self.guidance = models.network("text", name), guidance
        self.card, facts = self.network.card, self.network.card.facts
        self.words = read_words(self.card, text, facts["words"]) if needed or text.strip() else []
        self.row = np.array([[word in self.words for word in facts["words"]]], np.float32)
        self.steps, self.numbers = facts["flow"]["steps"], facts["flow"]["numbers"]

    @cached_property
    def components(self) -> Components:
        return Components(self.network)

    def noise(self, seed: int) -> np.ndarray:
        """1xK float32, standard normal: what a layout begins with."""
        return draw_noise(seed, (1, self.numbers))

    def fresh(self, noise: np.ndarray, progress: Progress) -> np.ndarray:
        """A layout for each row of `noise` (NxK): N x side x side x 3."""
        return self._clipped(sample(self._velocity(len(noise), progress), noise, self.steps, progress))

    def way_back(self, picture: np.ndarray, progress: Progress) -> np.ndarray:
        """1xK: the noise that a layout like `picture` begins with; the flow, followed back."""
        velocity, latent = self._velocity(1, progress), self.components.of(picture)
        for step in range(self.steps, 0, -1):
            latent = latent - velocity(latent, step / self.steps) / self.steps
        return latent

    def like(self, picture: np.ndarray, strength: float, seed: int, progress: Progress) -> np.ndarray:
        """`picture` painted anew from `strength`, 0..1, of the way back to noise; 0 keeps all that a layout can hold.

        Meng et al. 2022, "SDEdit", arXiv 2108.01073.
        """
        first = self.steps - round(strength * self.steps)
        velocity, time = self._velocity(1, progress), first / self.steps
        latent = time * self.components.of(picture) + (1 - time) * self.noise(seed)
        for step in range(first, self.steps):
            progress.step(step / self.steps)
            latent = latent + velocity(latent, step / self.steps) / self.steps
        return self._clipped(latent)[0]

    def around(
        self, picture: np.ndarray, gone: np.ndarray, noise: np.ndarray, seed: int, progress: Progress
    ) -> np.ndarray:
        """A layout for each row of `noise` (NxK) that goes on with `picture` where it is `gone` (hxw, 0..1).

        What is known replaces what each step expects there. Each step is taken several times, made noisy again in
        between (which `seed` decides), so that both parts come to agree (Lugmayr et al. 2022, "RePaint", arXiv
        2201.09865).
        """
        components, velocity = self.components, self._velocity(len(noise), progress)
        random, latent = np.random.default_rng([seed, 1]), noise
        free = resized(gone.astype(np.float32), components.side, components.side).clip(0, 1)
        change, known = components.beside(components.of(picture), free)
        for step in range(self.steps):
            progress.step(step / self.steps)
            time, later = step / self.steps, (step + 1) / self.steps
            for turn in range(AGAIN):
                end = latent + (1 - time) * velocity(latent, time)
                noisy = (latent - time * end) / (1 - time)
                end = end @ change + known
                latent = later * end + (1 - later) * noisy
                if turn == AGAIN - 1 or time > SETTLED:
                    break
                kept = time / later
                lost = np.sqrt((1 - time) ** 2 - (kept * (1 - later)) ** 2)
                latent = kept * latent + np.float32(lost) * random.standard_normal(latent.shape, np.float32)
        return self._clipped(latent)

    def _velocity(self, count: int, progress: Progress) -> Velocity:
        rows = np.repeat(self.row, count, 0)
        return guided(network_velocity(self.network, np.concatenate([rows, 0 * rows]), progress), self.guidance)

    def _clipped(self, latents: np.ndarray) -> np.ndarray:
        return self.components.shown(latents).clip(0, 1)
