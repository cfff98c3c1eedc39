"""Was a picture a JPEG file, and how badly was it compressed? From its pixels: the file's own tables are long gone."""

import numpy as np

from gesso.engine.enhance.noise import DCT
from gesso.engine.image import Picture
from gesso.engine.progress import Progress

BLOCK = 8
QUALITIES = (1, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
ERRORS = (26.0, 15.2, 10.9, 9.1, 8.1, 7.0, 6.3, 5.8, 5.3, 4.8, 4.0, 2.9, 2.0, 1.1)  # of 255, on the training pictures
LUMA = np.array([0.299, 0.587, 0.114], np.float32) * 255  # of JFIF
SEEN = 1536  # side of the part that is looked at, pixels, from the middle
SAMPLE = 1000  # blocks that each of the 64 grids is tried on
GHOST = 0.35  # a wave below this, in 8-bit steps, is a zero of the file: rounding to colours leaves 0.2
ROUNDING = 0.4  # standard deviation of a wave's error in the decoded picture, 8-bit steps
STRAY = 0.05  # share of waves that clipping has moved
FEWEST = 40  # waves that are not zero, for a step to be read from them
EVIDENCE = 0.1  # mean logarithm of how much better steps explain the waves than chance
# the quantisation of brightness at quality 50 (ITU-T T.81, table K.1), for the waves that most pictures have
STEPS = {(0, 1): 11, (1, 0): 12, (1, 1): 12, (0, 2): 10, (2, 0): 14, (1, 2): 14, (2, 1): 13, (2, 2): 16, (0, 3): 16}


def expected_error(quality: float) -> float:
    """Standard deviation of what JPEG of a quality, 1..100, does to a photograph; white is 1."""
    return float(np.interp(quality, QUALITIES, ERRORS)) / 255


def measure_jpeg(picture: Picture, progress: Progress) -> tuple[int, tuple[int, int]] | None:
    """(quality 1..100, column and row where the first whole block begins), or None where no trace is found.

    Raises Cancelled.

    The waves of a block are multiples of the file's steps (Fan & de Queiroz, "Identification of bitmap compression
    history", 2003): first the grid on which most fine waves are zero, then the step of each wave. A picture that was
    scaled after it was compressed has no such trace.
    """
    box = picture.box
    left, top = (max(0, (side - SEEN) // 2) // BLOCK * BLOCK for side in (box.width, box.height))
    part = picture.array[top : top + SEEN, left : left + SEEN]
    luma = Picture(part, picture.curve).rgb() @ LUMA
    if min(luma.shape) < 4 * BLOCK:
        return None
    grid = find_grid(luma, progress)
    waves = blocks(luma[grid[1] :, grid[0] :])
    scales = [step / STEPS[wave] for wave in STEPS if (step := find_step(waves[:, wave[0], wave[1]], progress))]
    if len(scales) < 3:
        return None
    scale = 100 * float(np.median(scales))
    quality = 5000 / scale if scale > 100 else (200 - scale) / 2
    return int(np.clip(round(quality), 1, 99)), grid


def blocks(luma: np.ndarray) -> np.ndarray:
    """HxW -> the DCT of its 8x8 blocks, Nx8x8; an incomplete block is left out."""
    rows, columns = (side // BLOCK for side in luma.shape)
    cut = luma[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2)
    return DCT @ cut.reshape(-1, BLOCK, BLOCK) @ DCT.T


def find_grid(luma: np.ndarray, progress: Progress) -> tuple[int, int]:
    """Column and row, 0..7, of the first block of the file, if it was one."""
    windows = np.lib.stride_tricks.sliding_window_view(luma, (BLOCK, BLOCK))
    rows, columns = ((side - BLOCK) // BLOCK for side in luma.shape)
    every = max(1, rows * columns // SAMPLE)
    zeros = np.empty((BLOCK, BLOCK))  # share of zeros on the grid that begins at y, x
    for y in range(BLOCK):
        progress.check()
        for x in range(BLOCK):
            sample = windows[y::BLOCK, x::BLOCK][:rows, :columns].reshape(-1, BLOCK, BLOCK)[::every]
            zeros[y, x] = (np.abs(DCT @ sample @ DCT.T) < GHOST).mean()
    return int(zeros.mean(axis=0).argmax()), int(zeros.mean(axis=1).argmax())


def find_step(waves: np.ndarray, progress: Progress) -> int | None:
    """The step of which one wave is a multiple in all blocks (N numbers in 8-bit steps); None where that is unclear."""
    waves = np.abs(waves[np.abs(waves) > 1])
    if len(waves) < FEWEST:
        return None
    steps = np.arange(2, 256)
    evidence = np.empty(len(steps))
    for number, step in enumerate(steps):
        progress.check()
        off = waves - step * np.rint(waves / step)
        near = step / (ROUNDING * (2 * np.pi) ** 0.5) * np.exp(-0.5 * np.square(off / ROUNDING))
        evidence[number] = np.log((1 - STRAY) * near + STRAY).mean()
    return int(steps[evidence.argmax()]) if evidence.max() > EVIDENCE else None
