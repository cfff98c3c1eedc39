"""enhance adjust: brightness, contrast, colour and warmth as a photograph would show them.

    process_input   the picture reduced, and how bright, contrasty, colourful and warm it is (engine/photometry.py)
    run             the exposure, contrast, saturation and white balance that give it the wanted numbers
    process_output  the look that leads from the reduced picture to the same in that light
    composite       the look applied to the picture's own pixels

A classical method: an autoencoder that learnt what photographs look like in another light (export/vae) came no nearer.
"""

import numpy as np

from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.enhance.exposure import exposure_for
from gesso.engine.enhance.look import Look, fit_look
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.photometry import LEAST, photometry
from gesso.engine.progress import Progress
from gesso.engine.retouch import changed
from gesso.engine.session import Models

SLIDERS = ("brightness", "contrast", "color", "warmth")
LIGHTER, WARMER = 0.2, 0.05  # what a full slider adds to the mean of L, and to that of b
SIDE = 256  # longer side of the picture that is looked at, pixels


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the job's image, and its look as a table."""
    assert job.image is not None
    picture = job.image
    small = process_input(picture)
    look = process_output(small, moved(photometry(small), job.settings))
    result = changed(picture, lambda part: look.change(picture.rgb(part)), progress)
    return Outcome([Layer(result, "Adjusted")], table=look.table(1.0))


def process_input(picture: Picture) -> np.ndarray:
    """hxwx3 float32 RGB 0..1, the picture reduced."""
    return reduced(picture, factor_for(picture, SIDE))[0].clip(0, 1)


def process_output(small: np.ndarray, wanted: np.ndarray) -> Look:
    """The look that gives the reduced picture the numbers `wanted`, or comes nearest to them. At rest: no change."""
    if np.allclose(wanted, photometry(small)):
        return fit_look(small, small)
    return fit_look(small, exposure_for(small, wanted).applied(small))


def moved(numbers: np.ndarray, settings: dict) -> np.ndarray:
    """The numbers as the sliders (-100 to 100) want them."""
    brightness, contrast, colour, warmth = (settings[slider] / 100 for slider in SLIDERS)
    light, spread, red, yellow, chroma = numbers
    tint = np.array([red, yellow]) * (1 + colour) + np.array([0, WARMER]) * warmth
    chroma = np.hypot(np.sqrt(max(0.0, chroma**2 - LEAST[1] ** 2)) * (1 + colour), LEAST[1])
    return np.array([light + LIGHTER * brightness, spread * 2**contrast, *tint, chroma])
