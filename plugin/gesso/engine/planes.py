"""Pictures as the wire carries them: raw bytes in files, memory-mapped here."""

from pathlib import Path

import numpy as np

from gesso.contract.errors import EngineError
from gesso.contract.wire import Plane
from gesso.engine import colour
from gesso.engine.image import NUMBERS, Picture


def open_plane(plane: Plane) -> Picture:
    """The plane's pixels, read-only, not copied. Raises EngineError when the file is not as long as it must be."""
    path = Path(plane.file)
    if plane.width < 1 or plane.height < 1 or path.stat().st_size != plane.size:
        raise EngineError(f"The pixels in {path.name} are not of the size announced.", "Run the action again.")
    shape = (plane.height, plane.width, plane.channels)
    return Picture(np.memmap(path, NUMBERS[plane.number], "r", shape=shape), plane.curve)


def open_mask(plane: Plane) -> np.ndarray:
    """HxW float32 0..1."""
    return colour.decode(open_plane(plane).array[..., 0], "perceptual").clip(0, 1)


def save_plane(picture: Picture, file: Path) -> Plane:
    """Write a picture's own numbers to `file`."""
    height, width, channels = picture.array.shape
    with file.open("wb") as out:  # unlike numpy's own tofile, it tells that the disk is full
        out.write(np.ascontiguousarray(picture.array).data)
    return Plane(str(file), width, height, channels, picture.number, picture.curve)


def save_mask(mask: np.ndarray, file: Path) -> Plane:
    """Write HxW bool as 8-bit grey, 255 where it is True."""
    return save_plane(Picture(np.uint8(255) * mask[..., None].astype(np.uint8)), file)
