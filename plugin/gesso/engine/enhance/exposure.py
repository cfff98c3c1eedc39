"""What a photographer does to the light of a picture, in linear light, and how to get a wanted brightness that way."""

from dataclasses import astuple, dataclass

import numpy as np

from gesso.engine import colour
from gesso.engine.image import LUMINANCE
from gesso.engine.photometry import LEAST, photometry

GREY, KNEE = 0.18, 0.7  # linear light that contrast turns about; where highlights begin to be held back
ROUNDS = 16
A_STOP, A_WARM_STOP = 0.11, 0.05  # what one of them adds to the mean of L, or b, of most photos
STEP = 0.02  # of a setting, to see what it does
MOST = np.array([1.0, 0.5, 0.7, 0.7])  # change of each setting in one round
LOW, HIGH = np.array([-5.0, -1.5, 0.0, -2.5]), np.array([5.0, 1.5, 5.0, 2.5])
SEEN = (0, 1, 4, 3)  # the photometric numbers that the settings rule: mean and deviation of L, colour, mean of b
POINTS = 6000  # of a picture that are looked at


@dataclass(frozen=True)
class Exposure:
    """stops: of exposure. contrast: natural logarithm of a power about mid-grey. saturation: 0 is grey, 1 as it is.

    warmth: stops from blue to red, a white balance.
    """

    stops: float = 0.0
    contrast: float = 0.0
    saturation: float = 1.0
    warmth: float = 0.0

    def applied(self, rgb: np.ndarray) -> np.ndarray:
        """... x 3 perceptual RGB in 0..1, in this light. Highlights roll off as on film, and white stays white."""
        white = self.light(np.ones((1, 3))).max()
        return colour.to_perceptual(roll_off(self.light(rgb), white).astype(np.float32)).clip(0, 1)

    def light(self, rgb: np.ndarray) -> np.ndarray:
        """... x 3 perceptual RGB -> linear light in these settings, not limited."""
        balance = np.exp2(self.stops + self.warmth * np.array([1.0, 0.0, -1.0]))
        light = colour.to_linear(np.asarray(rgb, np.float64).clip(0, 1)) * balance
        light = light * ((light @ LUMINANCE).clip(1e-5) / GREY) ** (np.exp(self.contrast) - 1)
        luma = light @ LUMINANCE
        return (luma + (light - luma) * self.saturation).clip(0)


def roll_off(light: np.ndarray, white: float) -> np.ndarray:
    """Linear light whose white is `white`, as it is up to KNEE, and from there to white ever less of it, with no kink.

    The extended operator of Reinhard et al. 2002. Light that is nowhere too strong stays as it is.
    """
    if white <= 1:
        return light
    over, most = (light - KNEE).clip(0) / (1 - KNEE), (white - KNEE) / (1 - KNEE)
    return light.clip(None, KNEE) + (1 - KNEE) * over * (1 + over / most**2) / (1 + over)


def exposure_for(rgb: np.ndarray, wanted: np.ndarray) -> Exposure:
    """The light in which HxWx3 has the photometric numbers `wanted` (5; mean a follows), or comes nearest to them.

    Levenberg-Marquardt on the four settings, derivatives by differences.
    """
    points = rgb.reshape(-1, 3)[:: max(1, rgb[..., 0].size // POINTS)][None]
    there, target = photometry(points), wanted[list(SEEN)]

    def lacking(settings: np.ndarray) -> np.ndarray:
        return target - photometry(Exposure(*settings).applied(points))[list(SEEN)]

    best = np.array(astuple(Exposure()))
    left, damping = lacking(best), 1e-4
    slopes, move = np.zeros((4, 4)), guess(there, wanted) - best
    for _ in range(ROUNDS):
        tried = (best + move).clip(LOW, HIGH)
        missing = lacking(tried)
        if np.square(missing).sum() < np.square(left).sum() or not slopes.any():
            best, left, damping = tried, missing, damping / 4
            slopes = np.stack([(left - lacking(best + step)) / STEP for step in np.eye(4) * STEP], 1)
        else:
            damping *= 8
        move = np.linalg.solve(slopes.T @ slopes + damping * np.eye(4), slopes.T @ left).clip(-MOST, MOST)
    return Exposure(*best)


def guess(there: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Settings that change the numbers `there` roughly into `wanted`."""
    light, _, _, yellow, _ = wanted - there
    colour = np.sqrt((wanted[4] ** 2 - LEAST[1] ** 2) / max(there[4] ** 2 - LEAST[1] ** 2, 1e-6))
    return np.array([light / A_STOP, np.log(wanted[1] / there[1]), colour, yellow / A_WARM_STOP]).clip(LOW, HIGH)
