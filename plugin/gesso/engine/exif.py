"""EXIF data of photos: as one piece, which JPEG, PNG and WebP files hold, and as tags of a TIFF (EXIF 3.0, 4.6).

Values stay as they were, byte for byte. Left out is what is no longer so: the orientation, as pixels are turned on
reading, and the small picture, which would show the photo as it was.
"""

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

PREFIX = b"Exif\0\0"
HEADS = {"<": b"II*\0", ">": b"MM\0*"}  # by byte order, as struct names it
ENTRY = struct.calcsize("HHI4s")  # bytes: tag, kind of number, how many, the numbers or where they are
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}  # bytes of each kind of number
SHORT, LONG = 3, 4
ORIENTATION, WIDTH, HEIGHT = 0x0112, 0xA002, 0xA003
EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005  # tables of their own
INSIDE: Mapping[int, set[int]] = {0: {EXIF, GPS}, EXIF: {INTEROP}}  # 0: the first table
ABOUT = {  # tags of a TIFF's first table that are about the photo, and not about the file
    *(
        0x010E,
        0x010F,
        0x0110,
        0x0131,
        0x0132,
        0x013B,
        0x8298,
    ),  # description, make, model, software, date, artist, rights
    *(0x4746, 0x4749, *range(0x9C9B, 0x9CA0)),  # Windows: rating, title, comment, author, keywords, subject
    *INSIDE[0],
}
DESCRIPTION = 0x010E

Table = dict[int, Any]  # by tag: another table, or (kind of number, bytes)


def of_photo(piece: bytes) -> bytes | None:
    """What of a photo's piece is still so; None where that is nothing, or the piece is damaged."""
    table = _opened(piece)
    table.pop(ORIENTATION, None)
    return _piece(table, order_of(piece)) if table else None


def orientation(piece: bytes) -> int:
    """How to turn the photo, 1 to 8; 1, for not at all, where the piece does not tell."""
    kind, data = _opened(piece).get(ORIENTATION, (0, b""))
    (turned,) = struct.unpack(order_of(piece) + "H", data) if kind == SHORT and len(data) == 2 else (1,)
    return int(turned)


def of_tiff(path: Path, order: str, described: bool) -> bytes | None:
    """The piece of a TIFF (no BigTIFF), or None. described: whether its description is one, and no program's notes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        wanted = ABOUT - (set() if described else {DESCRIPTION})
        table = {tag: value for tag, value in _read(data, order, *_int(data, order, 4)).items() if tag in wanted}
    return _piece(table, order) if table else None


def of_size(piece: bytes, width: int, height: int) -> bytes:
    """The piece, with this width and height in pixels where it names any."""
    table, order = _opened(piece), order_of(piece)
    inner = table.get(EXIF, {})
    inner |= {tag: (LONG, struct.pack(order + "I", n)) for tag, n in ((WIDTH, width), (HEIGHT, height)) if tag in inner}
    return _piece(table, order)


def add_to_tiff(path: Path, piece: bytes) -> None:
    """Give a TIFF of one page and of the piece's byte order (no BigTIFF) the tags: at its end, with all it has."""
    order, about = order_of(piece), {tag: value for tag, value in _opened(piece).items() if tag in ABOUT}
    with path.open("r+b") as file:
        at = file.seek(0, 2)
        at += file.write(bytes(at % 2))  # tables begin at even places
        added = _write(about, order, at)
        file.write(added)
        file.seek(4)
        file.seek(*_int(file.read(4), order, 0))
        (count,) = struct.unpack(order + "H", file.read(2))
        entries = file.read(count * ENTRY) + added[2 : 2 + len(about) * ENTRY]
        every = [entries[start : start + ENTRY] for start in range(0, len(entries), ENTRY)]
        every.sort(key=lambda entry: struct.unpack(order + "H", entry[:2]))
        at = file.seek(0, 2)
        file.write(struct.pack(order + "H", len(every)) + b"".join(every) + bytes(4))
        file.seek(4)
        file.write(struct.pack(order + "I", at))


def order_of(piece: bytes) -> Literal["<", ">"]:
    """The byte order of what `of_photo` or `of_tiff` gave, as struct names it."""
    return "<" if piece.removeprefix(PREFIX).startswith(HEADS["<"]) else ">"


def _opened(piece: bytes) -> Table:
    data, order = piece.removeprefix(PREFIX), order_of(piece)
    sound = data.startswith(HEADS[order]) and len(data) >= 8
    return _read(data, order, *_int(data, order, 4)) if sound else {}


def _int(data: Any, order: str, at: int) -> tuple[int]:
    return struct.unpack_from(order + "I", data, at)


def _read(data: Any, order: str, at: int, which: int = 0) -> Table:
    """The table at that place of the bytes, and those inside; without what lies beyond the end."""
    table: Table = {}
    count = struct.unpack_from(order + "H", data, at)[0] if at + 2 <= len(data) else 0
    for place in range(at + 2, min(at + 2 + count * ENTRY, len(data) - ENTRY + 1), ENTRY):
        tag, kind, number = struct.unpack_from(order + "HHI", data, place)
        size = SIZES.get(kind, 0) * number
        (elsewhere,) = _int(data, order, place + 8)
        start = place + 8 if size <= 4 else elsewhere
        if tag in INSIDE.get(which, ()):
            table |= {tag: inner} if (inner := _read(data, order, elsewhere, tag)) else {}
        elif 0 < size <= len(data) - start:
            table[tag] = kind, data[start : start + size]
    return table


def _write(table: Table, order: str, at: int) -> bytes:
    """The table as bytes that are to lie at that place."""
    entries, behind = b"", b""
    end = at + 2 + len(table) * ENTRY + 4
    for tag, value in sorted(table.items()):
        here = struct.pack(order + "I", end + len(behind))
        if isinstance(value, dict):
            kind, count, field = LONG, 1, here
            behind += _write(value, order, end + len(behind))
        else:
            kind, data = value
            count, field = len(data) // SIZES[kind], data.ljust(4, b"\0") if len(data) <= 4 else here
            behind += data + bytes(len(data) % 2) if len(data) > 4 else b""
        entries += struct.pack(order + "HHI", tag, kind, count) + field
    return struct.pack(order + "H", len(table)) + entries + bytes(4) + behind


def _piece(table: Table, order: str) -> bytes:
    return PREFIX + HEADS[order] + struct.pack(order + "I", 8) + _write(table, order, 8)
