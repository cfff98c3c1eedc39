"""convert cutout: cut the subject out, as a layer mask. Classical, or by a network of the user's own.

    process_input   the picture, small, and what the selection says about each of its points
    run             GrabCut (Rother, Kolmogorov & Blake, SIGGRAPH 2004), by OpenCV: a coarse map of the subject; or the
                    network's map of it, of which a selection keeps what is in it or near
    process_output  the map at full size with the picture's own edges (matting.py)
    composite       the alpha as a grey picture in the picture's own numbers

GrabCut knows colours, not things: it parts what differs in colour from what surrounds it.
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine import colour
from gesso.engine.convert.matting import refine
from gesso.engine.convert.small import factor_for, reduced
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.membrane import fill_membrane
from gesso.engine.progress import Progress
from gesso.engine.retouch import whole
from gesso.engine.session import Models, Network, planes

SIDE = 320  # of what GrabCut sees, at most: its time grows faster than the number of pixels
ROUNDS = 5
AROUND = 0.03  # of the selection's longer side: how far the subject may reach out of the selection
FRAME = 0.03  # of the longer side: the strip that is taken for background where nothing is selected
FAINT = 12  # 8-bit steps of difference to the frame that are grain or shading, and no subject
LEAST = 16  # points that GrabCut must be given of either kind
SPECK = 0.02  # islands and holes smaller than this share of the subject are closed


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One grey layer of the image's size: white where the subject is. Raises BadInput where none is found."""
    assert job.image is not None
    rgb, guess = process_input(job.image, job.mask)
    cards = []
    if job.settings["model"] == "auto":
        probability = subject(rgb, guess)
    else:
        network = models.network("segment", job.settings["model"])
        cards = [network.card]
        probability = predict(job.image, network, progress)
        near = (guess != cv2.GC_BGD).astype(np.float32)
        probability = probability * cv2.resize(near, probability.shape[::-1], interpolation=cv2.INTER_LINEAR)
        if probability.max() < 0.5:
            raise no_subject()
    progress.step(0.4)
    alpha = refine(probability, job.image, job.settings["edge"] / 100, progress.part(0.4, 1.0))
    mask = colour.encode(alpha[..., None], job.image.array.dtype, "perceptual")
    return Outcome([Layer(Picture(mask), "Cutout")], cards, {} if cards else {"method": "GrabCut"})


def process_input(picture: Picture, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """(rgb hxwx3 uint8, guess hxw uint8 of OpenCV's GC_ labels) of the reduced picture.

    Selected points are probably the subject, points around them probably not, all others not. Where nothing is
    selected, the subject is what differs from the picture's frame.
    """
    factor = factor_for(picture, SIDE)
    rgb, alpha = reduced(picture, factor)
    height, width = alpha.shape
    if mask is None:
        selected = unlike_frame(rgb)
        near = np.ones_like(selected)
    else:
        selected = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) > 0.5
        rows, columns = np.flatnonzero(selected.any(1)), np.flatnonzero(selected.any(0))
        reach = max(2, round(AROUND * max(np.ptp(rows) + 1, np.ptp(columns) + 1))) if len(rows) else 2
        near = cv2.dilate(selected.astype(np.uint8), disc(reach)) > 0
    guess = np.where(near, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    guess[selected] = cv2.GC_PR_FGD
    guess[alpha <= 0] = cv2.GC_BGD
    return np.rint(rgb.clip(0, 1) * 255).astype(np.uint8), guess


def unlike_frame(rgb: np.ndarray) -> np.ndarray:
    """HxW bool: what differs from the frame's colours, continued into the picture by a membrane (Otsu's threshold)."""
    height, width = rgb.shape[:2]
    margin = max(1, round(FRAME * max(height, width)))
    inside = np.zeros((height, width), bool)
    inside[margin:-margin, margin:-margin] = True
    difference = np.linalg.norm(rgb - fill_membrane(rgb, inside), axis=2).clip(0, 1)
    levels = np.rint(difference * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels[inside], 0, 255, cv2.THRESH_OTSU) if inside.any() else (255, None)
    return inside & (levels > max(threshold, FAINT))


def subject(rgb: np.ndarray, guess: np.ndarray) -> np.ndarray:
    """HxW float32, 1 where GrabCut finds the subject; HxWx3 uint8 and its first guess, HxW uint8, go in."""
    if (guess == cv2.GC_PR_FGD).sum() < LEAST:
        raise no_subject()
    if (guess != cv2.GC_PR_FGD).sum() < LEAST:
        raise BadInput("There is too little to tell the subject from what is around it.", "Select the subject roughly.")
    labels = guess.copy()
    cv2.setRNGSeed(1)  # it starts from random clusters
    cv2.grabCut(rgb, labels, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = tidied(labels & 1)
    if not found.any():
        raise no_subject()
    return found.astype(np.float32)


def predict(picture: Picture, network: Network, progress: Progress) -> np.ndarray:
    """hxw float32, 0..1 at its extremes: the subject, as a network that sees the whole picture reduced finds it."""
    made = network.run({"image": planes(whole(picture, network))}, progress)
    if "classes" in made:
        return (made["classes"][0].argmax(axis=0) > 0).astype(np.float32)
    mask = made["mask"][0, 0]
    return (mask - mask.min()) / max(float(np.ptp(mask)), 1e-6)


def no_subject() -> BadInput:
    """The error where nothing is found; to be raised."""
    return BadInput("No subject was found.", "Select it roughly: it must differ in color from what is around it.")


def tidied(found: np.ndarray) -> np.ndarray:
    """HxW uint8 0 or 1, without islands and holes that are small beside the subject."""
    least = SPECK * found.sum()
    for value in (1, 0):
        _, regions, stats, _ = cv2.connectedComponentsWithStats((found == value).astype(np.uint8), connectivity=4)
        small = stats[:, cv2.CC_STAT_AREA] < least
        small[0] = False
        found = np.where(small[regions], 1 - value, found).astype(np.uint8)
    return found


def disc(radius: int) -> np.ndarray:
    """The structuring element that widens by `radius` pixels."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
