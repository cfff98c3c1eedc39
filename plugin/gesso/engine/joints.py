"""What hides the joints of a quilt: its pieces keep their detail, and their brightness and colour meet.

Gradient-domain stitching, as in Agarwala et al., "Interactive digital photomontage", SIGGRAPH 2004, on a torus, where
Poisson's equation is solved at once by Fourier transforms.
"""

import numpy as np


def meet(sample: np.ndarray, made: np.ndarray) -> np.ndarray:
    """The change that lets the pieces of a quilt meet: HxWx3 float32, mean 0.

    sample: hxwx3 float32. made: HxW on a torus, which point of the flattened sample is where. Within a piece the step
    to the next pixel stays the sample's; across a joint it becomes the mean of the steps that either piece would have
    gone on with.
    """
    y, x = np.divmod(made, np.int32(sample.shape[1]))
    down, right = (2 * np.cos(2 * np.pi * np.fft.fftfreq(side)) - 2 for side in made.shape)
    waves = np.add.outer(down, right[: made.shape[1] // 2 + 1])
    waves[0, 0] = 1
    change = np.empty((*made.shape, sample.shape[2]), np.float32)
    for channel in range(sample.shape[2]):
        plane = sample[..., channel]
        quilted = plane[y, x]
        missing = np.zeros_like(quilted)
        for axis in (0, 1):
            next_y, next_x, after = (np.roll(values, -1, axis) for values in (y, x, quilted))
            ahead = plane[np.minimum(y + (axis == 0), len(plane) - 1), np.minimum(x + (axis == 1), plane.shape[1] - 1)]
            behind = plane[np.maximum(next_y - (axis == 0), 0), np.maximum(next_x - (axis == 1), 0)]
            step = (ahead + after - quilted - behind) / 2 - (after - quilted)
            missing += step - np.roll(step, 1, axis)
        spectrum = np.fft.rfft2(missing)
        spectrum[0, 0] = 0
        change[..., channel] = np.fft.irfft2(spectrum / waves, s=made.shape)
    return change
