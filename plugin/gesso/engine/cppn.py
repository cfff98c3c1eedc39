"""A compositional pattern producing network (Stanley 2007): a picture as a function of the place, of any resolution.

The weights are random, not trained. Beside the place it reads a point on a circle, its latent input: a walk around it
ends where it began. Sines give waves, hyperbolic tangents soft steps.
"""

from dataclasses import dataclass

import numpy as np

WIDTH, DEPTH, OUTPUTS = 16, 3, 5
RADIUS = 0.8  # of the largest walk
ACTIVITY = 1.6  # of the hidden layers' inputs; more folds finer
NORM_SIDE, NORM_TURNS = 40, 8  # places along a side, and points on the circle, where the outputs are measured

Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Cppn:
    """The layers as (weights, bias), float32. The first layer's rows are x, y and the two of the latent point."""

    layers: Layers

    def at(self, x: np.ndarray, y: np.ndarray, point: np.ndarray) -> np.ndarray:
        """W places x, H places y (a square has -1..1) and a latent point (x, y) -> HxWxOUTPUTS float32."""
        (weights, bias), *hidden, (last, shift) = self.layers
        still = point.astype(np.float32) @ weights[2:] + bias
        values = _activated(x[None, :, None] * weights[0] + y[:, None, None] * weights[1] + still)
        for weights, bias in hidden:
            values = _activated(values @ weights + bias)
        return values @ last + shift


def latent_point(angle: float, movement: float = 1.0) -> np.ndarray:
    """Where a walk is at an angle in radians: on a circle that touches the still picture's point, at angle 0.

    movement: the circle's size, 0 (stands still) to 1 (the largest).
    """
    return RADIUS * np.array([1 + movement * (np.cos(angle) - 1), movement * np.sin(angle)])


def draw_cppn(random: np.random.Generator, detail: float, aspect: float) -> Cppn:
    """A network of random weights whose outputs have mean 0 and variance 1 over a picture and the largest walk.

    detail: how fast it changes with the place, 1 is calm. aspect: width over height.
    """
    sizes = [4, *[WIDTH] * DEPTH, OUTPUTS]
    layers: Layers = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        weights = random.standard_normal((inputs, outputs)) / np.sqrt(inputs) * (ACTIVITY if layers else 1.0)
        layers.append((weights.astype(np.float32), random.uniform(-1.6, 1.6, outputs).astype(np.float32)))
    layers[0][0][:2] *= detail
    half = np.sqrt(aspect)
    x, y = np.linspace(-half, half, NORM_SIDE, dtype=np.float32), np.linspace(-1 / half, 1 / half, NORM_SIDE)
    angles = np.arange(NORM_TURNS) * (2 * np.pi / NORM_TURNS)
    seen = np.stack([Cppn(layers).at(x, y.astype(np.float32), latent_point(angle)) for angle in angles])
    spread, mean = seen.std((0, 1, 2)), seen.mean((0, 1, 2))
    weights, bias = layers[-1]
    layers[-1] = (weights / spread, (bias - mean) / spread)
    return Cppn(layers)


def _activated(values: np.ndarray) -> np.ndarray:
    """In place: a sine for the first half of the channels, a hyperbolic tangent for the others."""
    half = values.shape[-1] // 2
    np.sin(values[..., :half], out=values[..., :half])
    np.tanh(values[..., half:], out=values[..., half:])
    return values
