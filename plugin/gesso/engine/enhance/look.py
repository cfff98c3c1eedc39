"""A look: one change of tone and colour for a whole picture, applied to its pixels or written down as a table."""

from dataclasses import dataclass

import numpy as np

SIDE = 33  # of the table: the size that every program reads


@dataclass(frozen=True)
class Look:
    """curves: 3 x n heights at even steps from 0 to 1, for red, green and blue; matrix: 3 x 3, applied after them."""

    curves: np.ndarray
    matrix: np.ndarray

    def change(self, rgb: np.ndarray) -> np.ndarray:
        """What is to be added to HxWx3 float32 RGB, sRGB-like curve. Beyond 0 and 1 the curves go straight on."""
        place = rgb * np.float32(self.curves.shape[1] - 1)
        step = np.floor(place).clip(0, self.curves.shape[1] - 2)
        bent = np.empty_like(rgb)
        for channel, curve in enumerate(self.curves):
            left = step[..., channel].astype(np.intp)
            low = curve[left]
            bent[..., channel] = low + (curve[left + 1] - low) * (place - step)[..., channel]
        return bent @ self.matrix.T - rgb

    def table(self, strength: float) -> np.ndarray:
        """SIDE x SIDE x SIDE x 3 float32 in 0..1, by blue, green, red: what `strength` (0..1) of it makes of each."""
        steps = np.linspace(0, 1, SIDE, dtype=np.float32)
        rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij")[::-1], axis=-1)
        change = self.change(rgb.reshape(SIDE, -1, 3)).reshape(rgb.shape)
        return (rgb + np.float32(strength) * change).clip(0, 1)
