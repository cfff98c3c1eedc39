"""Picture files, for the command line: 8 and 16-bit PNG and TIFF, float TIFF, JPEG, WebP.

ICC profile, resolution (WebP has none) and EXIF data are kept.
"""

import os
import warnings
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError

from gesso.contract.errors import BadInput, GessoError
from gesso.engine import exif, png
from gesso.engine.image import NAMES, Picture

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
TIFF = {".tif", ".tiff"}
OPAQUE = {".jpg", ".jpeg"}
RAW = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"}  # Pillow sees small pictures
PHOTOMETRICS = {tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.MINISBLACK, tifffile.PHOTOMETRIC.MINISWHITE}
ANIMATIONS = {".gif", ".webp"}
MOST = {".webp": 16383, ".jpg": 65500, ".jpeg": 65500, ".gif": 65535}  # pixels along a side that the format can have
FRAME = 100  # milliseconds that each picture of an animation is shown
MOST_EXIF = 65533  # bytes that a JPEG can have
MOST_DPI = 65535  # pixels per inch: what is beyond no JPEG can say, and no scanner has
ICC_TAG, ORIENTATION_TAG = 34675, 274
BIG = 2**32 - 2**25  # bytes of pixels from which on tifffile writes BigTIFF
SMALLER_OR_MASK = 1 | 4  # of a TIFF page's NewSubfileType
Image.MAX_IMAGE_PIXELS = None  # photos of 200 MP are ordinary work, not an attack


@dataclass(frozen=True)
class File:
    """A picture with what belongs to it. Float pictures are taken as linear light, the others as perceptual.

    dpi: pixels per inch, across and down. pages: how many pictures the file has; this is the first of them.
    """

    picture: Picture
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    pages: int = 1

    def with_colours(self) -> "File":
        """As it is, or RGB in place of grey, without the profile then: that of a grey picture fits no other."""
        if self.picture.colours == 3:
            return self
        array = self.picture.array
        rgb = np.concatenate([np.repeat(array[..., :1], 3, axis=2), array[..., 1:]], axis=2)
        return replace(self, picture=Picture(rgb, self.picture.curve), icc=None)


def read(path: Path) -> File:
    """Raises BadInput, naming the file, when it is not a picture gesso reads."""
    if path.suffix.lower() in RAW:
        raise BadInput(f"{path} is a camera's raw file.", "Develop it first, and save it as a 16-bit TIFF.")
    try:
        if not path.stat().st_size:
            raise BadInput(f"{path} is empty.", "Get the file anew.")
        with warnings.catch_warnings(action="ignore"):  # of damaged EXIF data: Pillow's and numbers only
            return _read_tiff(path) if path.suffix.lower() in TIFF else _read_other(path)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.", "Check the name.") from None
    except (GessoError, MemoryError, PermissionError):
        raise
    except (UnidentifiedImageError, tifffile.TiffFileError):
        raise BadInput(f"{path} is no picture that gesso reads.", f"Formats: {' '.join(sorted(ENDINGS))}.") from None
    except Exception as error:  # what is raised for a damaged file has no common base class
        raise BadInput(
            f"{path} cannot be read as a picture: {error}.", f"Formats: {' '.join(sorted(ENDINGS))}."
        ) from error


def _read_tiff(path: Path) -> File:
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages.first
        if page.photometric not in PHOTOMETRICS and page.compression != tifffile.COMPRESSION.JPEG:  # decoded to RGB
            raise BadInput(
                f"{path} is a {tifffile.PHOTOMETRIC(page.photometric).name.lower()} TIFF.",
                "Save it as RGB or grey first.",
            )
        array = page.asarray()
        if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and array.ndim == 3:  # one colour after the other
            array = np.moveaxis(array, 0, 2)
        if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and array.dtype.kind in "bu":
            array = np.invert(array)
        picture = _picture(array, path)
        if page.extrasamples[:1] == (tifffile.EXTRASAMPLE.ASSOCALPHA,):
            picture = _straight(picture)
        icc = page.tags[ICC_TAG].value if ICC_TAG in page.tags else None
        per_inch = {"INCH": 1.0, "CENTIMETER": 2.54}.get(tifffile.RESUNIT(page.resolutionunit).name)
        dpi = [per_inch * each for each in page.resolution] if per_inch else None
        turned = page.tags[ORIENTATION_TAG].value if ORIENTATION_TAG in page.tags else 1
        described = not (page.is_shaped or page.is_imagej or page.is_ome)
        known = None if tiff.is_bigtiff else exif.of_tiff(path, tiff.byteorder, described)
        pages = 1 + sum(other.aspage().subfiletype & SMALLER_OR_MASK == 0 for other in tiff.pages[1:])
    return File(Picture(_upright(picture.array, turned), picture.curve), icc, known, _resolution(dpi), pages)


def _read_other(path: Path) -> File:
    with Image.open(path) as opened:
        icc, dpi = opened.info.get("icc_profile"), _resolution(opened.info.get("dpi"))
        piece = opened.info.get("exif") or opened.getexif().tobytes()  # which looks into XMP data, too
        known, turned = exif.of_photo(piece), exif.orientation(piece)
        # in a phone's photo (MPO) what follows is a smaller picture or a map of depths, and no page
        pages = 1 if opened.format == "MPO" else getattr(opened, "n_frames", 1)
        if opened.format == "PNG" and (data := path.read_bytes())[24:25] == b"\x10":  # IHDR: 16 bits a channel
            array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            if array is None:
                raise BadInput(f"{path} cannot be read as a picture.", "The file may be damaged.")
            if array.ndim == 3:
                array = cv2.cvtColor(array, cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGB)
            return File(_picture(_upright(array, turned), path), icc, known, dpi, pages)
        shown: Image.Image = opened
        if shown.mode == "CMYK":
            raise BadInput(f"{path} is a CMYK picture.", "Convert it to RGB first.")
        if shown.mode == "PA" or "transparency" in shown.info:  # one color stands for it
            shown = shown.convert("LA" if shown.mode in ("1", "L") else "RGBA")
        elif shown.mode not in ("L", "LA", "RGB", "RGBA"):
            shown = shown.convert("L" if shown.mode == "1" else "RGB")
        return File(_picture(_upright(np.asarray(shown), turned), path), icc, known, dpi, pages)


def _resolution(dpi: Sequence[float] | None) -> tuple[float, float] | None:
    """Two numbers as a file gives them, or None where they say nothing that can be true."""
    across, down = (float(each) for each in dpi or (0, 0))
    return (across, down) if 0 < across <= MOST_DPI and 0 < down <= MOST_DPI else None


def _picture(array: np.ndarray, path: Path) -> Picture:
    array = array[..., None] if array.ndim == 2 else array
    if array.dtype == bool:
        array = array * np.uint8(255)
    if array.ndim != 3 or array.shape[2] > 4 or array.dtype not in NAMES:
        raise BadInput(f"{path} has {array.dtype} pixels of shape {array.shape}.", "gesso reads grey and RGB pictures.")
    return Picture(array, "linear" if array.dtype.kind == "f" else "perceptual")


def _straight(picture: Picture) -> Picture:
    """A picture whose colours were multiplied by alpha, with the colours themselves; clear pixels stay as they are."""
    array, alpha = picture.array, picture.array[..., -1:].astype(np.float64)
    whole = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1
    colours = array[..., :-1] * (whole / np.where(alpha > 0, alpha, whole))
    if array.dtype.kind == "u":
        colours = np.minimum(np.rint(colours), whole)
    return Picture(np.concatenate([colours.astype(array.dtype), array[..., -1:]], axis=2), picture.curve)


def _upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """HxW or HxWxC as it is to be seen; orientation: 1 to 8, as EXIF counts them."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    across, down = (slice(None, None, -1 if orientation in turned else 1) for turned in ((2, 3, 6, 7), (3, 4, 7, 8)))
    return array[down, across]


def check_ending(path: Path, others: Set[str] = frozenset()) -> None:
    """Raises BadInput where the name's ending is no format that pictures are written in, and none of the `others`."""
    ending = path.suffix.lower()
    if ending not in ENDINGS | others:
        unknown = f"{ending} is not a format gesso writes" if ending else "The name has no ending"
        folder = "" if ending else " End the name of a folder with /."
        raise BadInput(f"{path}: {unknown}.", f"Use {' '.join(sorted(ENDINGS | others))}.{folder}")


def deepest(path: Path) -> int:
    """Bits of each color that a file of that name holds."""
    ending = path.suffix.lower()
    return 32 if ending in TIFF else 16 if ending == ".png" else 8


def check_size(path: Path, width: int, height: int) -> None:
    """Raises BadInput where the format of that name holds no picture of this size."""
    most = MOST.get(path.suffix.lower())
    if most and max(width, height) > most:
        raise BadInput(
            f"{path}: {width} x {height} pixels are too many for this format, which ends at {most}.",
            "Use PNG or TIFF.",
        )


def write(path: Path, picture: Picture, source: File | None = None) -> None:
    """Write `picture` with the profile and EXIF of `source`. PNG and TIFF keep 16 bits, TIFF also floats.

    Raises BadInput for an unknown ending, and for a picture larger than the format can have.
    """
    check_ending(path)
    check_size(path, picture.width, picture.height)
    ending = path.suffix.lower()
    icc, known, dpi = (source.icc, source.exif, source.dpi) if source else (None, None, None)
    known = known and exif.of_size(known, picture.width, picture.height)
    with whole_file(path) as partial:
        if ending in TIFF:
            _write_tiff(partial, picture, icc, known, dpi)
        elif ending == ".png" and picture.number != "u8":
            partial.write_bytes(png.deep(_convert(picture, np.uint16).array, icc, known, dpi))
        else:
            array = _convert(picture, np.uint8).array
            image = Image.fromarray(array if array.shape[2] > 1 else array[..., 0])
            if ending in OPAQUE and picture.has_alpha:
                image = image.convert("RGB" if picture.colours == 3 else "L")
            fits = known and (ending not in OPAQUE or len(known) <= MOST_EXIF)
            extra: dict[str, Any] = {"exif": known} if fits else {}
            if dpi:
                extra["dpi"] = dpi
            if ending != ".png":
                extra |= {"quality": 95, "subsampling": 0}  # colours as fine as brightness; WebP knows no such choice
            image.save(partial, icc_profile=icc, **extra)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to. It is renamed afterwards, so that a full disk or a stop leaves no half file.

    Raises GessoError where the file cannot be written.
    """
    real = Path(os.path.realpath(path))  # a link stays one
    partial = real.with_name(f".gesso-{os.getpid()}{real.suffix.lower()}")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(real)
    except OSError as error:
        raise GessoError(f"{path} cannot be written: {error.strerror or error}.", "Choose another place.") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _write_tiff(
    path: Path, picture: Picture, icc: bytes | None, known: bytes | None, dpi: tuple[float, float] | None
) -> None:
    if picture.array.nbytes > BIG:  # tifffile makes it a BigTIFF then, which has larger tables
        known = None
    tifffile.imwrite(
        path,
        picture.array if picture.array.shape[2] > 1 else picture.array[..., 0],
        byteorder=exif.order_of(known) if known else None,
        photometric="rgb" if picture.colours == 3 else "minisblack",
        extrasamples=["unassalpha"] if picture.has_alpha else None,
        iccprofile=icc,
        resolution=dpi,
        resolutionunit="INCH" if dpi else None,
        compression="zlib",
        metadata=None,
        software=False,
    )
    if known:
        exif.add_to_tiff(path, known)


def frame_files(path: Path, count: int) -> list[Path]:
    """What `write_frames` writes: `path`, or for an ending that holds no animation -01, -02 ... added to its name."""
    if path.suffix.lower() in ANIMATIONS:
        return [path]
    digits = len(str(count))
    return [path.with_stem(f"{path.stem}-{number:0{digits}}") for number in range(1, count + 1)]


def write_frames(path: Path, frames: Sequence[Picture], source: File | None) -> None:
    """An animation, as GIF or WebP; with another ending a picture for each frame."""
    if path.suffix.lower() not in ANIMATIONS:
        for file, frame in zip(frame_files(path, len(frames)), frames, strict=True):
            write(file, frame, source)
        return
    check_size(path, frames[0].width, frames[0].height)
    shown = [_convert(frame, np.uint8).array for frame in frames]
    extra: dict[str, Any] = {"icc_profile": source.icc if source else None, "duration": FRAME, "loop": 0}
    if path.suffix.lower() == ".gif" and frames[0].has_alpha:  # a pixel of it is clear or not, and what was shown stays
        clear = [np.where(array[..., -1:] < 128, 0, 255).astype(np.uint8) for array in shown]
        colours = [array[..., [0, 0, 0] if array.shape[2] == 2 else [0, 1, 2]] for array in shown]  # grey ones lose it
        shown = [np.dstack(both) for both in zip(colours, clear, strict=True)]
        extra["disposal"] = 2
    images = [Image.fromarray(array if array.shape[2] > 1 else array[..., 0]) for array in shown]
    with whole_file(path) as partial:
        images[0].save(partial, save_all=True, append_images=images[1:], quality=90, **extra)


def write_cube(path: Path, table: np.ndarray) -> None:
    """A table of colours, n x n x n x 3 in 0..1 by blue, green and red, in the format .cube (Adobe 2013)."""
    rows = "\n".join(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in table.reshape(-1, 3).tolist())
    with whole_file(path) as partial:
        partial.write_text(f'TITLE "{path.stem}"\nLUT_3D_SIZE {len(table)}\n{rows}\n', encoding="utf-8")


def _convert(picture: Picture, number: type) -> Picture:
    """The picture in perceptual integers of that type, for formats that hold nothing else."""
    if picture.array.dtype == number:
        return picture
    target = Picture(np.zeros((1, 1, picture.array.shape[2]), number))
    return target.like(picture.rgb(), picture.alpha() if picture.has_alpha else None)
