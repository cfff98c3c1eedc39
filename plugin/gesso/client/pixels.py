"""GIMP's pixels <-> raw bytes. Nothing is converted: numbers, curve and colour space stay those of the image.

Measured in GIMP 3.0.4 and 3.2.6: a GEGL buffer read with no format, or written with the full name of its own format
(which includes the profile's space), keeps every bit. A plain name such as "R'G'B' u8" would convert to sRGB.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Literal

from gi.repository import Babl, Gegl, Gimp

from gesso.contract.geometry import Box
from gesso.contract.wire import Plane

BAND = 2**26  # bytes moved at a time: GEGL's byte counts are 32 bits wide
COLOURS = {"perceptual": ("Y'", "Y'A", "R'G'B'", "R'G'B'A"), "linear": ("Y", "YA", "RGB", "RGBA")}
# numbers as opaque words of their size in bytes
WORDS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


def bounds(drawable: Gimp.Drawable) -> Box:
    """Where the drawable lies on the canvas."""
    _, x, y = drawable.get_offsets()
    return Box(x, y, drawable.get_width(), drawable.get_height())


def selection_box(image: Gimp.Image) -> Box | None:
    """The bounding box of what is selected, on the canvas; None when nothing is."""
    _, some, left, top, right, bottom = Gimp.Selection.bounds(image)
    return Box(left, top, right - left, bottom - top) if some else None


def read(drawable: Gimp.Drawable, box: Box, file: Path) -> Plane:
    """Write the drawable's own numbers in `box` (on the canvas) to `file`; outside the drawable they are zero."""
    format_ = drawable.get_format()
    precision = drawable.get_image().get_precision().value_nick  # such as u8-non-linear
    number, curve = precision.split("-", 1)
    channels = Babl.format_get_n_components(format_)
    plane = Plane(str(file), box.width, box.height, channels, number, "linear" if curve == "linear" else "perceptual")
    buffer, place = drawable.get_buffer(), box.shift(-bounds(drawable).x, -bounds(drawable).y)
    with file.open("wb") as out:
        for band in bands(place, plane.size // plane.height):
            out.write(buffer.get(rectangle(band), 1.0, None, Gegl.AbyssPolicy.NONE))
    return plane


def read_converted(drawable: Gimp.Drawable, box: Box, like: Gimp.Drawable | None, file: Path) -> Plane:
    """As `read`, but converted: RGBA floats in the color space of `like` (sRGB's where that is grey, or none)."""
    format_ = "R'G'B'A float"
    if like is not None and like.is_rgb():
        format_ = in_space_of(like, format_)
    plane = Plane(str(file), box.width, box.height, 4, "float", "perceptual")
    place = box.shift(-bounds(drawable).x, -bounds(drawable).y)
    with file.open("wb") as out:
        for band in bands(place, plane.size // plane.height):
            out.write(drawable.get_buffer().get(rectangle(band), 1.0, format_, Gegl.AbyssPolicy.NONE))
    return plane


def write(buffer: Gegl.Buffer, plane: Plane, x: int, y: int, format_: str) -> None:
    """Put the plane's numbers at (x, y) of the buffer; `format_` says what they are."""
    stride = plane.size // plane.height
    with open(plane.file, "rb") as pixels:
        for band in bands(Box(x, y, plane.width, plane.height), stride):
            buffer.set(rectangle(band), format_, pixels.read(band.height * stride))
    buffer.flush()


def format_of(plane: Plane, drawable: Gimp.Drawable | None) -> str:
    """What GEGL calls the plane's numbers: the drawable's own format where they are of its image, else sRGB's."""
    if drawable is not None:
        return Babl.get_name(drawable.get_format())
    return f"{COLOURS[plane.curve][plane.channels - 1]} {plane.number}"


def shown(plane: Plane, like: Gimp.Drawable) -> bytes:
    """Perceptual numbers of 8 bits with alpha, in the color space of `like`, as sRGB: RGBA, 8 bits each.

    The engine makes them of linear light by the curve of sRGB, whatever that of the profile is.
    """
    own = like.get_image().get_precision().value_nick.endswith("non-linear")
    name = "R'G'B'A u8" if plane.channels == 4 else "Y'A u8"
    format_ = in_space_of(like, name if own else name.replace("'", "~"))
    box = Box(0, 0, plane.width, plane.height)
    buffer = Gegl.Buffer.new(format_, 0, 0, plane.width, plane.height)
    write(buffer, plane, 0, 0, format_)
    return bytes(buffer.get(rectangle(box), 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE))


def in_space_of(like: Gimp.Drawable, format_: str) -> str:
    """The format in the color space of `like`."""
    return Babl.get_name(Babl.format_with_space(format_, like.get_format()))


def rectangle(box: Box) -> Gegl.Rectangle:
    """The same for GEGL."""
    return Gegl.Rectangle.new(box.x, box.y, box.width, box.height)


def bands(box: Box, stride: int) -> Iterator[Box]:
    """`box` in pieces of whole rows, each of at most BAND bytes."""
    rows = max(1, BAND // stride)
    for y in range(box.y, box.bottom, rows):
        yield Box(box.x, y, box.width, min(rows, box.bottom - y))


def crop(plane: Plane, box: Box) -> Plane:
    """The part of the plane in `box`, counted from its corner."""
    if box == Box(0, 0, plane.width, plane.height):
        return plane
    file = Path(plane.file).with_suffix(".part")
    stride = plane.size // plane.height
    pixel = stride // plane.width
    with open(plane.file, "rb") as whole, file.open("wb") as out:
        for y in range(box.y, box.bottom):
            whole.seek(y * stride + box.x * pixel)
            out.write(whole.read(box.width * pixel))
    return replace(plane, file=str(file), width=box.width, height=box.height)


def paste(plane: Plane, part: Plane, box: Box) -> Plane:
    """The plane with `part` in `box`, counted from its corner."""
    if box == Box(0, 0, plane.width, plane.height):
        return part
    file = Path(plane.file).with_suffix(".pasted")
    stride, width = plane.size // plane.height, part.size // part.height
    shutil.copyfile(plane.file, file)
    with open(part.file, "rb") as rows, file.open("r+b") as out:
        for y in range(box.y, box.bottom):
            out.seek(y * stride + box.x * (stride // plane.width))
            out.write(rows.read(width))
    return replace(plane, file=str(file))


def take_alpha(plane: Plane, other: Plane) -> Plane:
    """The colours of `plane` with the alpha of `other`, or none where `other` has none. Both are of one size."""
    word = WORDS[other.size // (other.width * other.height * other.channels)]
    colours = 1 if other.channels < 3 else 3
    pixels = memoryview(Path(plane.file).read_bytes()).cast(word)
    result = memoryview(bytearray(Path(other.file).read_bytes())).cast(word)
    for channel in range(colours):
        result[channel :: other.channels] = pixels[channel :: plane.channels]
    file = Path(plane.file).with_suffix(".alpha")
    file.write_bytes(result)
    return replace(other, file=str(file))


def keep_unselected(after: Plane, before: Plane, mask: Plane) -> Plane:
    """`after` with the pixels of `before` wherever `mask` is exactly 0. All three are of one size.

    GIMP's own merging is not exact there: in a wide-gamut 16-bit picture it moves unselected pixels by a level or two.
    """
    stride, depth = after.size // after.height, mask.size // mask.height
    pixel, number = stride // after.width, depth // mask.width
    file = Path(after.file).with_suffix(".kept")
    out = bytearray()
    with open(after.file, "rb") as new, open(before.file, "rb") as old, open(mask.file, "rb") as selected:
        for _ in range(after.height):
            row, original, start = bytearray(new.read(stride)), old.read(stride), 0
            weights = memoryview(selected.read(depth)).cast(WORDS[number])
            for unselected, run in groupby(weights, lambda weight: weight == 0):
                stop = start + pixel * sum(1 for _ in run)
                if unselected:
                    row[start:stop] = original[start:stop]
                start = stop
            out += row
    file.write_bytes(out)
    return replace(after, file=str(file))
