"""Tiles add up to the whole picture, whatever its size."""

import numpy as np
import pytest
from gesso.contract.errors import Cancelled
from gesso.contract.geometry import Box
from gesso.engine.progress import Progress
from gesso.engine.tiling import pad, run_tiled, spans

SIZES = [(1, 1), (1, 2), (2, 1), (3, 30000), (30000, 3), (1, 700), (63, 64), (65, 129), (100, 41), (257, 300)]
RULES = [(64, 8, 1), (64, 8, 8), (48, 3, 16), (32, 0, 1), (32, 0, 32), (40, 5, 7)]  # tile, halo, multiple


def neighbourhood(pixels: np.ndarray, halo: int) -> np.ndarray:
    """Sums over (2 halo + 1)^2 pixels, with zeros around: what a net with that field of view can know."""
    grown = np.pad(pixels, ((halo + 1, halo), (halo + 1, halo), (0, 0))).cumsum(0).cumsum(1)
    step = 2 * halo + 1
    return grown[step:, step:] - grown[:-step, step:] - grown[step:, :-step] + grown[:-step, :-step]


def tiled(picture: np.ndarray, net, tile: int, halo: int, multiple: int, scale: int = 1) -> tuple[np.ndarray, list]:
    """`net` over `picture` in tiles, every pixel written exactly once, and the sizes of the tiles."""
    height, width = picture.shape[:2]
    result = np.full((height * scale, width * scale, picture.shape[2]), np.nan)
    seen = []

    def run(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels.shape[:2])
        return net(pixels)

    def write(part: Box, values: np.ndarray) -> None:
        target = result[part.scale(scale).slices]
        assert np.isnan(target).all()
        target[:] = values

    run_tiled(
        Box(0, 0, width, height), lambda box: picture[box.slices], run, write, Progress(), tile, halo, multiple, scale
    )
    return result, seen


@pytest.mark.parametrize("tile, halo, multiple", RULES)
@pytest.mark.parametrize("height, width", SIZES)
def test_tiled_equals_whole(height, width, tile, halo, multiple):
    picture = np.random.default_rng(height + width).integers(0, 100, (height, width, 1)).astype(np.float32)
    inside = np.s_[: height - halo or None, : width - halo or None]  # beyond it, padding is the net's business
    result, seen = tiled(picture, lambda pixels: neighbourhood(pixels, halo), tile, halo, multiple)
    whole = neighbourhood(picture, halo)
    assert (result[inside] == whole[inside]).all() if min(height, width) > halo else not np.isnan(result).any()
    assert len(set(seen)) == 1
    for side in seen[0]:
        assert side % multiple == 0 and side <= max(tile, multiple)


@pytest.mark.parametrize("scale", [2, 4])
def test_tiled_enlarging(scale):
    picture = np.random.default_rng(1).random((150, 37, 3)).astype(np.float32)
    result, _ = tiled(picture, lambda pixels: pixels.repeat(scale, 0).repeat(scale, 1), 64, 4, 8, scale)
    assert (result == picture.repeat(scale, 0).repeat(scale, 1)).all()


@pytest.mark.parametrize("tile, halo, multiple", RULES)
def test_spans_keep_their_halo(tile, halo, multiple):
    for length in range(1, 400):
        for start, side, left, right in spans(length, tile, halo, multiple):
            assert 0 <= start <= left < right <= start + side and start % multiple == 0
            assert left == 0 or left - start >= halo
            assert right == length or start + side - right >= halo


@pytest.mark.parametrize("height, width", [(1, 1), (1, 5), (5, 1), (2, 3), (20, 20)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pad_reflects(height, width, channels):
    pixels = np.random.default_rng(2).random((height, width, channels)).astype(np.float32)
    padded = pad(pixels, 24, 16 if width <= 16 else width)
    assert padded.shape == (24, max(16, width), channels)
    assert (padded[:height, :width] == pixels).all()
    assert set(padded.ravel()) <= set(pixels.ravel())


def test_progress_goes_up_and_cancel_stops():
    shares: list[float] = []
    progress = Progress(lambda done, text: (shares.append(done), progress.cancel() if done > 0.5 else None))
    with pytest.raises(Cancelled):
        run_tiled(Box(0, 0, 500, 500), lambda box: np.zeros((box.height, box.width, 1), np.float32),
                  lambda pixels: pixels, lambda box, result: None, progress, 64, 8)  # fmt: skip
    assert shares == sorted(shares) and 0.5 < shares[-1] < 0.6
