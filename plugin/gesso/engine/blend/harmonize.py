"""blend harmonize: give a pasted layer the light and colour of what is under it.

    process_input   the two pictures as one small composite, and the layer's alpha as a mask
    run             the network's coarse map of colour transforms (export/harmonize/model.py has the formula)
    process_output  the map, enlarged, applied to the layer's own pixels: a change for each of them
    composite       the change added to the layer's numbers, its alpha kept

The network sees a small picture, whatever the layer's size; `tile` in its card says how small.
"""

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.blend.pasted import nothing_around, pasted_box, recoloured
from gesso.engine.composite import spread_colours
from gesso.engine.image import Picture
from gesso.engine.job import Job, Outcome
from gesso.engine.progress import Progress
from gesso.engine.session import Models

SAMPLES = 512  # pixels along the short side that are looked at, at least, where there are as many
LEAST_AROUND = 0.02  # share of the picture that must be visible beside the layer
BLOCK = 128  # side of what is worked on at once: fits into a cache, and too small for numpy to start threads
TERMS = 7


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """A layer of the size of the pasted one's visible part, with its alpha; only colours differ."""
    assert job.image is not None and job.top is not None
    top, box = job.top, pasted_box(job.top)
    network = models.network("harmonize", job.settings["model"])
    image, mask = process_input(job.image, top, network.card.tile)
    transforms = network.run({"image": image, "mask": mask}, progress)["colour-transforms"][0]
    transforms = transforms * np.float32(job.settings["strength"] / 100)
    corners = [(x, y) for y in range(box.y, box.bottom, BLOCK) for x in range(box.x, box.right, BLOCK)]
    blocks = [Box(x, y, BLOCK, BLOCK).clip(box) for x, y in corners]
    layer = recoloured(top, "Harmonized", blocks, lambda block: process_output(top, block, transforms), progress)
    return Outcome([layer], [network.card])


def process_input(image: Picture, top: Picture, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(composite 1 x 3 x size x size, mask 1 x 1 x size x size), float32, 0..1, of two pictures on one canvas.

    A translucent layer is shown as if it were opaque where it is at its densest. Raises BadInput where nothing of
    the picture is to be seen beside it.
    """
    step = max(1, min(image.width, image.height) // SAMPLES)
    under, over = (Picture(picture.array[::step, ::step], picture.curve) for picture in (image, top))
    mask, visible = over.alpha(), under.alpha()
    mask = mask / max(mask.max(), 1e-6)
    if (visible * (1 - mask)).mean() < LEAST_AROUND:
        raise nothing_around()
    below, colours = spread_colours(under.rgb(), visible), spread_colours(over.rgb(), over.alpha())
    composite = (below + (colours - below) * mask[..., None]).clip(0, 1)
    kind = cv2.INTER_AREA if min(mask.shape) > size else cv2.INTER_LINEAR
    small, mask = (cv2.resize(plane, (size, size), interpolation=kind) for plane in (composite, mask))
    return small.transpose(2, 0, 1)[None], mask[None, None]


def process_output(top: Picture, block: Box, transforms: np.ndarray) -> np.ndarray:
    """The change that `transforms` (21 x h x w, over all of `top`) makes to the pixels of `block`, HxWx3 float32."""
    rgb = top.rgb(block).transpose(2, 0, 1)
    inside = rgb.clip(0, 1)
    terms = np.concatenate([rgb, 4 * inside * (1 - inside), np.ones_like(rgb[:1])])  # 7 x H x W
    down = bilinear(block.y, block.bottom, top.height, transforms.shape[1])
    across = bilinear(block.x, block.right, top.width, transforms.shape[2])
    change = np.empty((block.height, block.width, 3), np.float32)
    for channel, matrix in enumerate(transforms.reshape(3, TERMS, *transforms.shape[1:])):
        full = down @ matrix @ across.T  # 7 x H x W
        full *= terms
        change[..., channel] = full.sum(0)
    return change


def bilinear(start: int, stop: int, length: int, cells: int) -> np.ndarray:
    """How much of each cell's value the pixels start..stop of `length` take: (stop - start) x cells float32.

    Cells and pixels are aligned by their outer edges, and pixels beyond the outermost centres take the nearest
    (torch's align_corners=False).
    """
    place = ((np.arange(start, stop) + 0.5) * cells / length - 0.5).clip(0, cells - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(cells))).astype(np.float32)
