"""assess realism: how much a picture looks like a photograph, and where it does not.

    process_input   what of the picture counts: what is selected, and visible
    run             the judge's logit for each square of the picture, in tiles that overlap as far as it looks
    process_output  the mean of the map over what counts: the number
    composite       the map in colours, half clear: a layer to be seen through

The number is relative: it is what a judge says that has learnt from photographs on the one hand and from what gesso and
plain methods make on the other. It proves nothing about where a picture comes from.
"""

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.contract.geometry import Box
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome, selected_box, told, warning
from gesso.engine.progress import Progress
from gesso.engine.retouch import enlarged, parts, process_input
from gesso.engine.session import Models, Network
from gesso.engine.tiling import pad, tiles

SQUARE = 16  # pixels of the picture for each place of the map
OPACITY = 0.5  # of the map
LEAST = 64 * 64  # pixels that the judge should see: it looks at windows of about this size


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer over the selection, or the image.

    Facts: `score`, from 0 (looks made) to 1 (looks like a photograph), `made`, the share of the picture below one half,
    and `pixels`, how many counted. Raises BadInput where none does.
    """
    assert job.image is not None
    picture, network = job.image, models.network("realism", job.settings["model"])
    weight = counted(picture, job.mask)
    real = predict(picture, network, progress.part(0.0, 0.8))
    score, made, count = process_output(real, weight)
    notes = told(
        f"The realism is {score:.2f}; {100 * made:.0f} % of what was looked at seems made rather than photographed."
    )
    if count < LEAST:
        notes |= warning("There is too little to see for a judgement: select more, or take a larger picture.")
    facts = {"score": round(score, 3), "made": round(made, 3), "pixels": count}
    box = selected_box(job.mask) if job.mask is not None else picture.box
    layer = Layer(composite(picture, box, real, progress.part(0.8, 1.0)), f"Realism {score:.2f}", box.x, box.y)
    return Outcome([layer], [network.card], notes, facts=facts)


def counted(picture: Picture, mask: np.ndarray | None) -> np.ndarray:
    """H/SQUARE x W/SQUARE float32, sides rounded up: how many pixels of each square are selected and visible."""
    rows, columns = places(picture)
    weight = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        strip = Box(0, row * SQUARE, picture.width, SQUARE).clip(picture.box)
        visible = picture.alpha(strip).clip(0, 1)
        if mask is not None:
            visible = visible * mask[strip.slices]
        across = np.pad(visible.sum(axis=0), (0, columns * SQUARE - picture.width))
        weight[row] = across.reshape(columns, SQUARE).sum(axis=1)
    return weight


def places(picture: Picture) -> tuple[int, int]:
    """Rows and columns of the map."""
    return -(-picture.height // SQUARE), -(-picture.width // SQUARE)


def predict(picture: Picture, network: Network, progress: Progress) -> np.ndarray:
    """H/SQUARE x W/SQUARE float32, 0..1: how real each square looks, together with what is around it."""
    real = np.empty(places(picture), np.float32)
    card = network.card
    plan = tiles(picture.width, picture.height, card.tile, card.halo, card.multiple, card.least)
    for number, piece in enumerate(plan):
        progress.step(number / len(plan))
        pixels = pad(process_input(picture, piece.seen.clip(picture.box)), piece.seen.height, piece.seen.width)
        logits = network.paint(pixels, progress, gives="realism")[..., 0]
        top, left = piece.kept.y // SQUARE, piece.kept.x // SQUARE
        bottom, right = -(-piece.kept.bottom // SQUARE), -(-piece.kept.right // SQUARE)
        from_top, from_left = top - piece.seen.y // SQUARE, left - piece.seen.x // SQUARE
        inside = logits[from_top : from_top + bottom - top, from_left : from_left + right - left]
        real[top:bottom, left:right] = 1 / (1 + np.exp(-inside))
    return real


def process_output(real: np.ndarray, weight: np.ndarray) -> tuple[float, float, int]:
    """(mean of the map, share below one half, pixels that count). Raises BadInput where none counts."""
    total = float(weight.sum(dtype=np.float64))
    if total <= 0:
        raise BadInput("There is nothing to see here: all of it is transparent.", "Choose another layer or selection.")
    score = float((real * weight).sum(dtype=np.float64)) / total
    made = float(weight[real < 0.5].sum(dtype=np.float64)) / total
    return score, made, round(total)


def composite(picture: Picture, box: Box, real: np.ndarray, progress: Progress) -> Picture:
    """The map over `box` in the picture's own numbers, with alpha: blue looks real, orange and yellow look made.

    The colours (OpenCV's plasma) rise in brightness too, so that a grey picture's map can be read.
    """
    full = Box(0, 0, real.shape[1] * SQUARE, real.shape[0] * SQUARE)
    channels = picture.colours + 1
    result = np.empty((box.height, box.width, channels), picture.array.dtype)
    for part in parts(box, progress):
        level = np.rint(255 * (1 - enlarged(real[..., None], part, full)[..., 0].clip(0, 1))).astype(np.uint8)
        colours = cv2.applyColorMap(level, cv2.COLORMAP_PLASMA)[..., ::-1].astype(np.float32) / 255
        layer = picture.like(colours, OPACITY * picture.alpha(part).clip(0, 1))
        result[part.shift(-box.x, -box.y).slices] = layer.array
    return Picture(result, picture.curve)
