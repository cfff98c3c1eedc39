"""What scenes stand on, inside GIMP: pictures of every kind, calls through the PDB, and raw pixels to compare.

A scene is a function `scene_...` in a file `scenes_....py`. `play` runs all of a file and writes what happened.
"""

import array
import importlib
import json
import random
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp, Gio  # noqa: E402

WORDS = {"u8": "B", "u16": "H", "u32": "I", "half": "H", "float": "f", "double": "d"}
OPACITIES = {  # opaque, half clear, clear, in turn
    "u8": [255, 128, 0],
    "u16": [65535, 32768, 0],
    "u32": [2**32 - 1, 2**31, 0],
    "half": [0x3C00, 0x3800, 0],
    "float": [1.0, 0.5, 0.0],
    "double": [1.0, 0.5, 0.0],
}
TYPES = {
    ("rgb", False): Gimp.ImageType.RGB_IMAGE,
    ("rgb", True): Gimp.ImageType.RGBA_IMAGE,
    ("gray", False): Gimp.ImageType.GRAY_IMAGE,
    ("gray", True): Gimp.ImageType.GRAYA_IMAGE,
}
BASES = {"rgb": Gimp.ImageBaseType.RGB, "gray": Gimp.ImageBaseType.GRAY}


FOLDER = Path()  # where scenes may write


def play(module: str, outcome: str) -> None:
    """Run the scenes of a module; write {scene: null, or what went wrong} to `outcome`, anew after each."""
    global FOLDER
    FOLDER = Path(outcome).parent
    scenes = {name: f for name, f in vars(importlib.import_module(module)).items() if name.startswith("scene_")}
    told: dict[str, str | None] = {}
    for name, scene in scenes.items():
        start = time.perf_counter()
        try:
            scene()
            told[name] = None
        except Exception:
            told[name] = traceback.format_exc()
        print(f"{name} {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
        for image in Gimp.get_images():
            image.delete()
        Path(outcome).write_text(json.dumps(told), encoding="utf-8")


@dataclass(frozen=True)
class Answer:
    """`error` is GIMP's sentence, "" on success; `record` one dictionary for each layer worked on."""

    error: str
    image: Gimp.Image | None
    record: list[dict]
    seconds: float


def call(procedure: str, image: Gimp.Image | None = None, layers: list | None = None, **settings) -> Answer:
    """Run a procedure without a window, as a script does."""
    found = Gimp.get_pdb().lookup_procedure(procedure)
    config = found.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", layers or [])
    for name, value in settings.items():
        config.set_property(name.replace("_", "-"), value)
    start = time.perf_counter()
    values = found.run(config)
    seconds = time.perf_counter() - start
    if values.index(0) != Gimp.PDBStatusType.SUCCESS:
        return Answer(Gimp.get_pdb().get_last_error() or str(values.index(0)), None, [], seconds)
    return Answer("", values.index(1), json.loads(values.index(2)), seconds)


def fill(image: Gimp.Image, layers: list, **settings) -> Answer:
    """The action that needs no network: the harmonic fill."""
    return call("gesso-inpaint-fill", image, layers, method="classical", seed=1, **settings)


def succeed(answer: Answer) -> Answer:
    assert not answer.error, answer.error
    return answer


def new_image(width: int, height: int, base: str = "rgb", precision: str = "U8_NON_LINEAR") -> Gimp.Image:
    return Gimp.Image.new_with_precision(width, height, BASES[base], getattr(Gimp.Precision, precision))


def add_layer(image: Gimp.Image, width: int, height: int, alpha: bool = False, at=(0, 0), name="photo", parent=None):
    """A layer of reproducible random numbers; where it has alpha, some pixels are clear and some half clear."""
    base = "gray" if image.get_base_type() == Gimp.ImageBaseType.GRAY else "rgb"
    layer = Gimp.Layer.new(image, name, width, height, TYPES[base, alpha], 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(*at)
    channels = {"gray": 1, "rgb": 3}[base] + alpha
    number = image.get_precision().value_nick.split("-")[0]
    pixels = array.array(WORDS[number], numbers(number, width * height * channels, seed=width * height))
    if alpha:
        pixels[channels - 1 :: channels] = array.array(WORDS[number], OPACITIES[number] * (width * height))[
            : width * height
        ]
    put(layer, pixels.tobytes())
    return layer


def numbers(number: str, count: int, seed: int) -> bytes:
    """`count` random numbers of the format; floats from -0.2 to 1.3."""
    rng = random.Random(seed)
    if number in ("u8", "u16", "u32"):
        return rng.randbytes(count * array.array(WORDS[number]).itemsize)
    if number == "half":  # the bits of positive numbers up to 1.5
        return array.array("H", [rng.randrange(0x1000, 0x3E00) for _ in range(count)]).tobytes()
    return array.array(WORDS[number], [rng.random() * 1.5 - 0.2 for _ in range(count)]).tobytes()


def put(layer: Gimp.Layer, pixels: bytes) -> None:
    buffer = layer.get_buffer()
    area = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    buffer.set(area, Babl.get_name(layer.get_format()), pixels)
    buffer.flush()
    layer.update(0, 0, layer.get_width(), layer.get_height())


def raw(drawable: Gimp.Drawable) -> bytes:
    """All of a drawable's own bytes."""
    area = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return bytes(drawable.get_buffer().get(area, 1.0, None, Gegl.AbyssPolicy.NONE))


def visible(image: Gimp.Image) -> bytes:
    """The bytes of the whole projection, RGBA or grey with alpha, in its own numbers; all 0 where it is clear."""
    layer = Gimp.Layer.new_from_visible(image, image, "visible")
    pixels = bytearray(raw(layer))
    layer.delete()
    channels = 2 if image.get_base_type() == Gimp.ImageBaseType.GRAY else 4
    step = len(pixels) // (image.get_width() * image.get_height())
    alpha = step // channels
    for at in range(0, len(pixels), step):
        if not any(pixels[at + step - alpha : at + step]):
            pixels[at : at + step] = bytes(step)
    return bytes(pixels)


def selected(image: Gimp.Image, layer: Gimp.Layer | None = None) -> list[bool]:
    """For each pixel of the canvas, or of the layer, whether the selection there is above exactly 0."""
    selection = image.get_selection()
    _, x, y = layer.get_offsets() if layer else (True, 0, 0)
    size = (layer or image).get_width(), (layer or image).get_height()
    area = Gegl.Rectangle.new(x, y, *size)
    mask = bytes(selection.get_buffer().get(area, 1.0, None, Gegl.AbyssPolicy.NONE))
    step = len(mask) // (size[0] * size[1])
    return [any(mask[at : at + step]) for at in range(0, len(mask), step)]


def differing(before: bytes, after: bytes, pixels: int) -> list[bool]:
    """For each pixel, whether one bit of it differs."""
    assert len(before) == len(after), (len(before), len(after))
    step = len(before) // pixels
    return [before[at : at + step] != after[at : at + step] for at in range(0, len(before), step)]


def looks_different(image: Gimp.Image, before: bytes, after: bytes) -> list[bool]:
    """For each pixel of the projection, whether it differs: to the bit up to 16 bits, else by more than 2^-12.

    GIMP composes in 32-bit floats, and grey as colours: with any layer added, even an empty one, the last bits of a
    32-bit number move; how many depends on the conversions that babl finds fastest at the time. With a profile of its
    own a 16-bit picture's curve is undone by tables, and dark numbers move by up to 30 of 65535. Measured in 3.0.4;
    the layers' own numbers are not concerned.
    """
    number = image.get_precision().value_nick.split("-")[0]
    pixels = image.get_width() * image.get_height()
    tolerances = {"u32": 2**20, "float": 2**-12, "double": 2**-12}
    if image.get_color_profile() is not None:
        tolerances["u16"] = 64
    if number not in tolerances:
        return differing(before, after, pixels)
    old, new = array.array(WORDS[number], before), array.array(WORDS[number], after)
    tolerance = tolerances[number]
    far = [abs(a - b) > tolerance for a, b in zip(old, new, strict=True)]
    step = len(far) // pixels
    return [any(far[at : at + step]) for at in range(0, len(far), step)]


def select_ellipse(image: Gimp.Image, x: int, y: int, width: int, height: int, feather: float = 0.0) -> None:
    image.select_ellipse(Gimp.ChannelOps.REPLACE, x, y, width, height)
    if feather:
        Gimp.Selection.feather(image, feather)


def wide_gamut() -> Gimp.ColorProfile:
    return Gimp.ColorProfile.new_rgb_adobe()


@contextmanager
def untouched(image: Gimp.Image) -> Iterator[None]:
    """The image has the same layers, pixels, selection and size afterwards."""

    def state() -> list:
        layers = [(layer.get_id(), layer.get_name(), raw(layer)) for layer in image.get_layers()]
        return [layers, raw(image.get_selection()), image.get_width(), image.get_height(), visible(image)]

    before = state()
    yield
    assert state() == before, "the image was changed"


def load(path: str) -> Gimp.Image:
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
