"""Large pictures in tiles. Takes a function and knows no network.

Tiles are of equal size (so that onnxruntime reuses its memory), overlap by at least twice the halo, and start at
multiples of the size rule, so that nets which fold pixels see the same phase in every tile.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.progress import Progress


@dataclass(frozen=True)
class Tile:
    """`seen` is given to the net and may reach over the picture's edge; `kept` is the part whose result is used."""

    seen: Box
    kept: Box


def spans(
    length: int, tile: int, halo: int, multiple: int, least: int = 1, fixed: bool = False
) -> list[tuple[int, int, int, int]]:
    """(seen start, seen length, kept start, kept stop) of each tile along one axis; `tile` yields to a large halo.

    fixed: every tile is exactly `tile` long, and the halo yields.
    """
    halo = min(halo, (tile - multiple) // 2) if fixed else halo
    overlap = math.ceil(2 * halo / multiple) * multiple
    longest = max(multiple, tile // multiple * multiple - overlap)  # from one tile's start to the next
    if length <= (tile if fixed else longest + overlap):
        side = tile if fixed else math.ceil(max(length, least) / multiple) * multiple
        return [(0, side, 0, length)]
    count = math.ceil((length - overlap) / longest)
    side = tile if fixed else math.ceil((length - overlap) / count / multiple) * multiple + overlap
    last = math.ceil((length - side) / multiple)
    starts = [last * i // (count - 1) * multiple for i in range(count)]
    cuts = [0] + [(a + side + b) // 2 for a, b in zip(starts, starts[1:], strict=False)] + [length]
    return [(start, side, cuts[i], cuts[i + 1]) for i, start in enumerate(starts)]


def tiles(
    width: int, height: int, tile: int, halo: int, multiple: int, least: int = 1, size: tuple[int, ...] = ()
) -> list[Tile]:
    """Cover the picture; every kept pixel lies `halo` inside its tile, or at the picture's own edge.

    size: height and width of every tile, where they are fixed; `tile` is not looked at then.
    """
    high, wide = size or (tile, tile)
    columns = spans(width, wide, halo, multiple, least, bool(size))
    return [
        Tile(Box(x, y, w, h), Box(left, top, right - left, bottom - top))
        for y, h, top, bottom in spans(height, high, halo, multiple, least, bool(size))
        for x, w, left, right in columns
    ]


def pad(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Extend HxWxC below and to the right by reflection (by repetition where the picture is a single pixel)."""
    rows, columns = pixels.shape[:2]
    while rows < height or columns < width:
        down, right = min(height - rows, max(rows - 1, 1)), min(width - columns, max(columns - 1, 1))
        kind = cv2.BORDER_REFLECT_101 if min(rows, columns) > 1 else cv2.BORDER_REPLICATE
        pixels = cv2.copyMakeBorder(pixels, 0, down, 0, right, kind).reshape(rows + down, columns + right, -1)
        rows, columns = pixels.shape[:2]
    return pixels


def run_tiled(
    box: Box,
    read: Callable[[Box], np.ndarray],
    run: Callable[[np.ndarray], np.ndarray],
    write: Callable[[Box, np.ndarray], None],
    progress: Progress,
    tile: int,
    halo: int,
    multiple: int = 1,
    scale: int = 1,
    least: int = 1,
    size: tuple[int, ...] = (),
) -> None:
    """Run `run` over all of `box`, tile by tile.

    read(part): HxWxC float32 of that part of the picture. run: HxWxC -> (scale*H)x(scale*W)xC'.
    write(part, result): called once for each part, which together cover `box`; parts are in input pixels.
    tile: the largest side of a tile, least: the smallest. size: height and width of all, where they are fixed.
    """
    plan = tiles(box.width, box.height, tile, halo, multiple, least, size)
    for number, piece in enumerate(plan):
        progress.step(number / len(plan))
        real = piece.seen.clip(Box(0, 0, box.width, box.height))
        pixels = pad(read(real.shift(box.x, box.y)), piece.seen.height, piece.seen.width)
        result = run(pixels)
        inside = piece.kept.shift(-piece.seen.x, -piece.seen.y).scale(scale)
        write(piece.kept.shift(box.x, box.y), result[inside.slices])
    progress.step(1.0)
