"""16-bit PNG: OpenCV writes the pixels, the rest goes into chunks behind IHDR (PNG, third edition)."""

import struct
import zlib

import cv2
import numpy as np

from gesso.contract.errors import BadInput
from gesso.engine.exif import PREFIX

INCH = 0.0254  # metres


def deep(array: np.ndarray, icc: bytes | None, exif: bytes | None, dpi: tuple[float, float] | None) -> bytes:
    """The file, of HxWxC numbers of 16 bits, RGB or grey, with alpha or without; exif begins with `Exif`."""
    if array.shape[2] == 2:  # OpenCV writes no grey+alpha
        array = np.concatenate([np.repeat(array[..., :1], 3, axis=2), array[..., 1:]], axis=2)
    order = {1: array, 3: array[..., ::-1], 4: array[..., [2, 1, 0, 3]] if array.shape[2] == 4 else array}
    done, data = cv2.imencode(".png", np.ascontiguousarray(order[array.shape[2]]))
    if not done:
        raise BadInput("The picture cannot be written as PNG.", "Use TIFF.")
    png, chunks = data.tobytes(), b""
    if icc is not None:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc))
    if dpi is not None:
        across, down = (round(each / INCH) for each in dpi)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))
    if exif is not None:
        chunks += _chunk(b"eXIf", exif.removeprefix(PREFIX))
    return png[:33] + chunks + png[33:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
