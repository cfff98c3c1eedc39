"""Detail over a sketch: a rectified flow in the autoencoder's latents (export/flow/model.py), which its decoder paints.

A sketch says where things are and how bright and coloured; the flow, what they look like from four times nearer. What
is painted is the next sketch: pictures look alike at every scale, so one net does for all.
"""

from collections.abc import Callable

import numpy as np

from gesso.engine.convert.small import resized
from gesso.engine.photometry import photometry
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise, guided, sample
from gesso.engine.session import Models, planes

LATENT, SKETCH, GRID = 8, 2, 2  # pixels of the picture, and of the sketch, for a latent; latents come in twos
STAGES = (64, 256, 1024)  # longer side of what is painted, pixels: first from a quarter of that, then over the first
ENOUGH = 512  # longer side of a picture that is not painted in the last of STAGES, but enlarged
FIRMER = 2.0  # times the guidance of the sketch: that of the detail, which depends on words less
GRAIN = 0.02  # standard deviation of the faint grid that the decoder leaves on smooth surfaces
FLOWING = 0.8  # how much of the work painting is


class Painter:
    """The networks that paint detail, and the words they are told."""

    def __init__(self, models: Models, words: list[str], name: str = "auto"):
        """name: which model of the role `flow` paints."""
        self.flow, self.decoder = models.network("flow", name), models.network("vae-decoder")
        self.smoother = models.network("denoise", "denoise-fast")
        self.larger = models.network(
            "upscale-x2"
        )  # not its twin: a seed is to give the same pixels, whatever is sooner
        self.cards = [network.card for network in (self.flow, self.decoder, self.smoother, self.larger)]
        self.words = np.array([[word in words for word in self.flow.card.facts["words"]]], np.float32)

    def begin(
        self, sketch: np.ndarray, size: tuple[int, int], seed: int, guidance: float, progress: Progress
    ) -> np.ndarray:
        """What the first of STAGES makes of `sketch`, hxwx3; `paint` goes on from it with `first` 1."""
        return self.stage(0, middle(sketch, *sketch_size(*size, 0)), seed, guidance, progress)

    def paint(
        self,
        sketch: np.ndarray,
        size: tuple[int, int],
        seed: int,
        guidance: float,
        progress: Progress,
        seen: Callable[[np.ndarray], np.ndarray] = lambda sketch: sketch,
        first: int = 0,
    ) -> np.ndarray:
        """height x width x 3 float32 RGB, perceptual, 0..1, after the middle of `sketch` (hxwx3, the same).

        size: (width, height) in pixels, any. What is larger than the last of its stages is enlarged.
        guidance: that of the sketch (see sampler.guided). The words count in the first of STAGES only.
        seen: what a sketch is before it is painted over. first: which of STAGES to begin with.
        """
        count = stages(*size)
        for number in range(first, count):
            part = progress.part(*(FLOWING * (at - first) / (count - first) for at in (number, number + 1)))
            small = seen(middle(sketch, *sketch_size(*size, number)))
            sketch = self.stage(number, small, seed, guidance, part)
        return self.enlarged(self.smoothed(sketch, progress), size, progress)

    def stage(self, number: int, sketch: np.ndarray, seed: int, guidance: float, progress: Progress) -> np.ndarray:
        """4h x 4w x 3: `sketch`, hxwx3, painted over in that one of STAGES; its noise is not that of the sketch."""
        return self.nearer(sketch, [seed, 2 + number], progress, 1.0 if number else FIRMER * guidance)

    def nearer(self, sketch: np.ndarray, seed: list[int], progress: Progress, guidance: float = 1.0) -> np.ndarray:
        """4h x 4w x 3: hxwx3 with detail; h and w are multiples of 4. seed: not that of the sketch."""
        facts = self.flow.card.facts["flow"]
        shape = (1, facts["channels"], sketch.shape[0] // SKETCH, sketch.shape[1] // SKETCH)
        words = self.words if guidance == 1 else np.concatenate([self.words, np.zeros_like(self.words)])
        count = len(words)
        known = np.zeros((count, shape[1] + 1, *shape[2:]), np.float32)  # nothing is
        told = {"words": words, "sketch": np.repeat(planes(sketch), count, 0), "known": known}

        def velocity(latent: np.ndarray, time: float) -> np.ndarray:
            given = {"latent": latent, "time": np.full(count, time, np.float32), **told}
            return self.flow.run(given, progress)["velocity"]

        way = velocity if count == 1 else guided(velocity, guidance)
        latent = sample(way, draw_noise(seed, shape), facts["steps"], progress)
        given = {"latent": latent, "photometry": photometry(sketch)[None].astype(np.float32)}
        return self.decoder.run(given, progress)["image"][0].transpose(1, 2, 0).clip(0, 1)

    def smoothed(self, rgb: np.ndarray, progress: Progress) -> np.ndarray:
        """hxwx3 in 0..1 without the decoder's grid."""
        told = {"noise-level": np.full((1, 1, 1, 1), GRAIN, np.float32)}
        return self.smoother.paint(rgb, progress, told).clip(0, 1)

    def enlarged(self, rgb: np.ndarray, size: tuple[int, int], progress: Progress) -> np.ndarray:
        """hxwx3 in 0..1 at `size`, (width, height): doubled where it pays, the rest by interpolation."""
        if max(rgb.shape) < max(size) <= ENOUGH:
            rgb = self.larger.paint(rgb, progress).clip(0, 1)
        return resized(rgb, *size).clip(0, 1)


def grid(width: int, height: int, side: int) -> tuple[int, int]:
    """(columns, rows) of latents, even, for a picture of that shape whose longer side is `side`."""
    factor = side / LATENT / max(width, height) / GRID
    return max(1, round(width * factor)) * GRID, max(1, round(height * factor)) * GRID


def stages(width: int, height: int) -> int:
    """How many of STAGES a picture of that size is painted in."""
    return len(STAGES) - (max(width, height) <= ENOUGH)


def sketch_size(width: int, height: int, stage: int) -> tuple[int, int]:
    """(width, height) of what the painting number `stage` of a picture of that size begins with."""
    columns, rows = grid(width, height, STAGES[stage])
    return columns * SKETCH, rows * SKETCH


def middle(sketch: np.ndarray, width: int, height: int) -> np.ndarray:
    """The largest part of hxwx3 of that shape, from its middle, height x width."""
    factor = max(width / sketch.shape[1], height / sketch.shape[0])
    seen_w, seen_h = max(1, round(width / factor)), max(1, round(height / factor))
    x, y = (sketch.shape[1] - seen_w) // 2, (sketch.shape[0] - seen_h) // 2
    return resized(sketch[y : y + seen_h, x : x + seen_w], width, height).clip(0, 1)
