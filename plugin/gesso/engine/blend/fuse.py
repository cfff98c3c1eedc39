"""blend fuse: one picture out of several of the same view, each good in another place.

    process_input   the pictures laid on each other; how good each pixel of each is: well exposed, or sharp
    run             the share that each picture has in each pixel; moved things come from one picture only
    process_output  the pictures mixed by their shares, band by band
    composite       a new layer, opaque where any of them shows something

Exposures: Mertens, Kautz & Van Reeth, "Exposure fusion", Pacific Graphics 2007. No high dynamic range picture is made
and no camera data is needed: each pixel counts by its contrast, saturation and distance from black and white.

Focus: each pixel comes from the picture that is the sharpest around there, by the energy of the Laplacian (Subbarao,
Choi & Nikzad, "Focusing techniques", Optical Engineering 1993).

One picture is in memory at a time, and the shares of all, two bytes a pixel.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.blend.ghosts import stayed
from gesso.engine.blend.takes import Take, aligned, grey
from gesso.engine.image import LUMINANCE, Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.pyramid import mix
from gesso.engine.session import Models

WIDTH = 0.8  # of the bell of good exposure around mid grey; four times the paper's keeps more contrast (MEF-SSIM)
AROUND = 6.0  # pixels (standard deviation) over which sharpness is averaged
FLOOR = 1e-6  # of quality: a pixel that is good in no picture gets the mean of them
DECIDED = {"exposures": 2, "focus": 16}  # the power of quality that counts: of the sharp ones one takes nearly all
BRACKETED = 1.1  # ratio of mean brightness between pictures from which on they count as exposures
GLANCE = 256  # pixels along the longer side are enough to tell brightness


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer of the size of the given ones. Notes: what differs, and which picture the others were laid on."""
    kind, order, still = process_input(job.layers, job.settings["kind"])
    takes = [Take(picture) for picture in job.layers]
    if job.settings["align"]:
        takes = aligned(job.layers, order, still, progress.part(0, 0.4))
    shares = shares_of(takes, still, kind, job.settings["ghosts"], progress.part(0.4, 0.7))
    result = process_output(takes, shares, progress.part(0.7, 1))
    layer = Layer(result, "Fused exposures") if kind == "exposures" else Layer(result, "Fused focus")
    return Outcome([layer], notes={"kind": kind, "aligned to": still})


def process_input(pictures: tuple[Picture, ...], kind: str) -> tuple[str, list[int], int]:
    """(what differs between the pictures, their numbers in its order, the number of the one to lay the others on)."""
    steps = [max(1, max(picture.width, picture.height) // GLANCE) for picture in pictures]
    glances = [Picture(p.array[::step, ::step], p.curve) for p, step in zip(pictures, steps, strict=True)]
    seen = [glance.alpha() > 0 for glance in glances]
    if not all(mask.any() for mask in seen):
        raise BadInput("One of the layers is empty.", "Take it out of the selection.")
    greys = [grey(glance)[mask] for glance, mask in zip(glances, seen, strict=True)]
    means = [max(float(values.mean()), 1e-6) for values in greys]
    if kind == "auto":
        kind = "exposures" if max(means) / min(means) >= BRACKETED else "focus"
    if kind == "exposures":
        return kind, np.argsort(means).tolist(), int(np.argmin(np.abs(np.subtract(means, 0.5))))
    return kind, list(range(len(pictures))), len(pictures) // 2


def shares_of(takes: list[Take], still: int, kind: str, ghosts: bool, progress: Progress) -> list[np.ndarray]:
    """The share of each take in each pixel, HxW float16, not yet summing up to 1; none where it is clear."""
    quality = {"exposures": exposed, "focus": sharp}[kind]
    base = takes[still].rgb() @ LUMINANCE if ghosts and kind == "exposures" else None
    shares = []
    for number, take in enumerate(takes):
        progress.step(number / len(takes), "Comparing")
        rgb = take.rgb()
        share = (quality(rgb) + FLOOR) * take.alpha()
        if base is not None and number != still:
            share *= stayed(base[..., 0], (rgb @ LUMINANCE)[..., 0])
        shares.append(share.astype(np.float16))
    best = np.maximum.reduce(shares).astype(np.float32) + 1e-7
    return [((share / best) ** DECIDED[kind]).astype(np.float16) for share in shares]


def process_output(takes: list[Take], shares: list[np.ndarray], progress: Progress) -> Picture:
    """The pictures mixed, in the encoding of the first."""
    total = np.full(shares[0].shape, 1e-6, np.float32)
    for share in shares:
        total += share

    def parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number, (take, share) in enumerate(zip(takes, shares, strict=True)):
            progress.step(number / len(takes), "Fusing")
            yield take.rgb(), share / total

    first = takes[0].picture
    rgb = mix(parts())
    return first.like(rgb, np.maximum.reduce([take.alpha() for take in takes]) if first.has_alpha else None)


def exposed(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 perceptual -> HxW: the root of contrast x saturation x nearness to mid grey."""
    contrast = np.abs(cv2.Laplacian((rgb @ LUMINANCE)[..., 0], cv2.CV_32F))
    good = bell(rgb[..., 0])
    for channel in (1, 2):
        good *= bell(rgb[..., channel])
    return np.sqrt(contrast * rgb.std(axis=2) * good)


def bell(values: np.ndarray) -> np.ndarray:
    """1 at mid grey, falling off to black and white."""
    return np.exp(np.square(values - 0.5) / np.float32(-2 * WIDTH**2))


def sharp(rgb: np.ndarray) -> np.ndarray:
    """HxWx3 perceptual -> HxW: the root of the Laplacian's energy around each pixel."""
    energy = cv2.Laplacian((rgb @ LUMINANCE)[..., 0], cv2.CV_32F) ** 2
    return np.sqrt(cv2.GaussianBlur(energy, (0, 0), AROUND))
