"""The demo's part inside GIMP: every action once on one photo, through the PDB as a script would call it.

Writes PNG pictures and times.json ([{action, before, after, size, seconds: [first, again]}, ...]) for `gesso demo`.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gi.repository import Gegl, Gimp, Gio


class Show:
    """The photo's file, the folder for the pictures, and what was done so far."""

    def __init__(self, photo: str, output: str):
        self.photo, self.output = photo, Path(output)
        self.steps: list[dict] = []

    def open(self) -> tuple[Gimp.Image, Gimp.Layer]:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(self.photo))
        return image, image.get_layers()[0]

    def save(self, image: Gimp.Image, name: str) -> str:
        """Write what is visible as PNG."""
        flat = image.duplicate()
        flat.flatten()
        file = Gio.File.new_for_path(str(self.output / f"{name}.png"))
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, flat, file, None)
        flat.delete()
        return f"{name}.png"

    def act(self, procedure: str, image: Gimp.Image | None, layers: list[Gimp.Layer], **settings) -> Gimp.Image:
        """Run twice, the first time on a copy, and note both times. Returns the image that has the result."""
        seconds = []
        for last in (False, True):
            target: Any = image if last or image is None else image.duplicate()
            chosen = [target.get_layers()[image.get_item_position(layer)] for layer in layers] if image else []
            found = Gimp.get_pdb().lookup_procedure(procedure)
            config = found.create_config()
            config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
            config.set_property("image", target)
            config.set_core_object_array("drawables", chosen)
            for name, value in settings.items():
                config.set_property(name, value)
            start = time.perf_counter()
            values = found.run(config)
            seconds.append(time.perf_counter() - start)
            if values.index(0) != Gimp.PDBStatusType.SUCCESS:
                raise RuntimeError(Gimp.get_pdb().get_last_error())
        result = values.index(1)
        size = f"{result.get_width()} x {result.get_height()}"
        self.steps.append({"action": procedure, "seconds": seconds, "size": size, "before": None})
        return result

    def tell(self, before: str | None, after: str) -> None:
        self.steps[-1].update(before=before, after=after)


def generate_text(show: Show) -> None:
    for words, seed in (("sea, blue, bright", 3), ("tulip, red", 7), ("forest, green", 5)):
        made = show.act("gesso-generate-text", None, [], words=words, seed=seed)
        show.tell(None, show.save(made, "generate-text-" + words.split(",")[0]))


def generate_texture(show: Show) -> None:
    for kind in ("stone", "moss"):
        made = show.act("gesso-generate-texture", None, [], kind=kind, seed=7)
        show.tell(None, show.save(made, f"generate-texture-{kind}"))


def generate_quilt(show: Show) -> None:
    """Out of a part of the photo."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0.82 * width, 0.4 * height, 0.18 * width, 0.6 * height)
    made = show.act("gesso-generate-quilt", image, [layer], seed=1)
    before = show.save(image, "generate-quilt-before")
    show.tell(before, show.save(made, "generate-quilt-after"))


def generate_tile(show: Show) -> None:
    """A part of the photo, laid four times side by side before and after."""
    image, _ = show.open()
    width, height = image.get_width(), image.get_height()
    image.crop(width // 6, height // 2, width - width // 6, height - height // 2)
    before = show.save(four_times(image), "generate-tile-before")
    show.act("gesso-generate-tile", image, image.get_layers(), output="in-place", seed=1)
    show.tell(before, show.save(four_times(image), "generate-tile-after"))


def four_times(image: Gimp.Image) -> Gimp.Image:
    """The image of one layer, twice across and down."""
    wide, (side, down) = image.duplicate(), (image.get_width(), image.get_height())
    wide.resize(2 * side, 2 * down, 0, 0)
    for at in ((side, 0), (0, down), (side, down)):
        copy = wide.get_layers()[-1].copy()
        wide.insert_layer(copy, None, 0)
        copy.set_offsets(*at)
    return wide


def generate_abstract(show: Show) -> None:
    for words, style, seed in (("sunset", "silk", 4), ("sea", "paper", 9)):
        made = show.act("gesso-generate-abstract", None, [], words=words, style=style, seed=seed)
        show.tell(None, show.save(made, f"generate-abstract-{words}"))


def generate_animate(show: Show) -> None:
    """Before: the first frame; after: the one half way round."""
    made = show.act("gesso-generate-animate", None, [], words="sunset", frames=8, seed=7)
    *others, _ = made.get_layers()
    for frame in others:
        frame.set_visible(False)
    before = show.save(made, "generate-animate-first")
    others[3].set_visible(True)
    show.tell(before, show.save(made, "generate-animate-middle"))


def generate_extend(show: Show) -> None:
    image, layer = show.open()
    before = show.save(image, "generate-extend-before")
    margin = image.get_width() // 6
    show.act("gesso-generate-extend", image, [layer], left=margin, right=margin, seed=1)
    show.tell(before, show.save(image, "generate-extend-after"))


def inpaint_fill(show: Show) -> None:
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.74 * width, 0.12 * height, 0.1 * width, 0.14 * height)
    Gimp.Selection.feather(image, 3)
    marked = image.duplicate()
    marked.get_layers()[0].edit_fill(Gimp.FillType.WHITE)
    before = show.save(marked, "inpaint-fill-before")
    show.act("gesso-inpaint-fill", image, [layer], seed=1)
    show.tell(before, show.save(image, "inpaint-fill-after"))


def inpaint_repair(show: Show) -> None:
    """White and dark scratches, drawn as thin selections, and dust."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    for number in range(12):
        white, x, y = number % 3 > 0, 0.07 * number * width, (0.37 * number + 0.1) % 0.9 * height
        Gimp.context_set_foreground(Gegl.Color.new("white" if white else "black"))
        if number % 2:
            image.select_polygon(
                Gimp.ChannelOps.REPLACE, [x, y, x + 0.2 * width, y + 9, x + 0.2 * width, y + 11, x, y + 2]
            )
        else:
            image.select_ellipse(Gimp.ChannelOps.REPLACE, x, y, 5, 4)
        layer.edit_fill(Gimp.FillType.FOREGROUND)
    Gimp.Selection.none(image)
    before = show.save(image, "inpaint-repair-before")
    show.act("gesso-inpaint-repair", image, [layer], seed=1)
    show.tell(before, show.save(image, "inpaint-repair-after"))


def enhance_upscale(show: Show) -> None:
    image, _ = show.open()
    side = min(192, image.get_width(), image.get_height())
    image.crop(side, side, (image.get_width() - side) // 2, (image.get_height() - side) // 2)
    cubic = image.duplicate()
    Gimp.context_set_interpolation(Gimp.InterpolationType.CUBIC)
    cubic.scale(2 * side, 2 * side)
    before = show.save(cubic, "enhance-upscale-cubic")
    made = show.act("gesso-enhance-upscale", image, image.get_layers())
    show.tell(before, show.save(made, "enhance-upscale-after"))


def enhance_denoise(show: Show) -> None:
    image, layer = show.open()
    noise = Gimp.DrawableFilter.new(layer, "gegl:noise-rgb", "noise")
    config = noise.get_config()
    for name, value in {"linear": False, "red": 0.15, "green": 0.15, "blue": 0.15, "seed": 1}.items():
        config.set_property(name, value)
    layer.merge_filter(noise)
    before = show.save(image, "enhance-denoise-before")
    show.act("gesso-enhance-denoise", image, [layer])
    show.tell(before, show.save(image, "enhance-denoise-after"))


def enhance_relight(show: Show) -> None:
    """Underexposed, in yellow light."""
    image, layer = show.open()
    layer.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 0.7, 0, 0.6, False)
    layer.levels(Gimp.HistogramChannel.BLUE, 0, 1, False, 1, 0, 0.7, False)
    before = show.save(image, "enhance-relight-before")
    show.act("gesso-enhance-relight", image, [layer])
    show.tell(before, show.save(image, "enhance-relight-after"))


def paste(show: Show) -> tuple[Gimp.Image, Gimp.Layer]:
    """The photo with an elliptical piece of itself pasted elsewhere, darker and bluer."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    piece = Gimp.Layer.new_from_drawable(layer, image)
    piece.add_alpha()
    image.insert_layer(piece, None, 0)
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.3 * width, 0.3 * height, 0.3 * width, 0.35 * height)
    Gimp.Selection.feather(image, 8)
    Gimp.Selection.invert(image)
    piece.edit_clear()
    Gimp.Selection.none(image)
    piece.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 0.7, 0, 1, False)
    piece.levels(Gimp.HistogramChannel.RED, 0, 1, False, 1, 0, 0.75, False)
    piece.set_offsets(round(0.36 * width), round(-0.25 * height))
    return image, piece


def blend(show: Show, action: str) -> None:
    image, piece = paste(show)
    before = show.save(image, f"blend-{action}-before")
    show.act(f"gesso-blend-{action}", image, [piece])
    show.tell(before, show.save(image, f"blend-{action}-after"))


def blend_fuse(show: Show) -> None:
    """Two exposures made from the photo: one too dark, one too bright. Before: the bright one."""
    image, bright = show.open()
    dark = Gimp.Layer.new_from_drawable(bright, image)
    image.insert_layer(dark, None, 1)
    dark.levels(Gimp.HistogramChannel.VALUE, 0, 1, False, 1, 0, 0.5, False)
    bright.levels(Gimp.HistogramChannel.VALUE, 0, 0.5, True, 1, 0, 1, True)
    before = show.save(image, "blend-fuse-before")
    show.act("gesso-blend-fuse", image, [bright, dark])
    show.tell(before, show.save(image, "blend-fuse-after"))


def blend_morph(show: Show) -> None:
    """From the photo to a part of it, larger. Before: half of each; after: the frame in the middle."""
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    near = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(near, None, 0)
    near.scale(round(1.2 * width), round(1.2 * height), False)
    near.set_offsets(-round(0.1 * width), -round(0.1 * height))
    near.resize_to_image_size()
    near.set_opacity(50)
    before = show.save(image, "blend-morph-before")
    frames = show.act("gesso-blend-morph", image, [near, layer], frames=3)
    for frame in frames.get_layers()[:2]:
        frame.set_visible(False)
    show.tell(before, show.save(frames, "blend-morph-after"))


def convert(show: Show, action: str, style: str, **settings: float) -> None:
    """style: a picture that was generated before."""
    image, layer = show.open()
    before = show.save(image, f"convert-{action}-before")
    other = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(show.output / f"{style}.png")))
    show.act(f"gesso-convert-{action}", image, [layer], style=other.get_layers()[0], **settings)
    show.tell(before, show.save(image, f"convert-{action}-after"))


def convert_cutout(show: Show) -> None:
    image, layer = show.open()
    width, height = image.get_width(), image.get_height()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 0.12 * width, 0.04 * height, 0.72 * width, 0.95 * height)
    marked = image.duplicate()
    Gimp.Selection.invert(marked)
    marked.get_layers()[0].edit_fill(Gimp.FillType.WHITE)
    before = show.save(marked, "convert-cutout-before")
    show.act("gesso-convert-cutout", image, [layer])
    show.tell(before, show.save(image, "convert-cutout-after"))


SCENES: dict[str, Callable[[Show], None]] = {
    "generate text": generate_text,
    "generate texture": generate_texture,
    "generate quilt": generate_quilt,
    "generate tile": generate_tile,
    "generate abstract": generate_abstract,
    "generate animate": generate_animate,
    "generate extend": generate_extend,
    "inpaint fill": inpaint_fill,
    "inpaint repair": inpaint_repair,
    "enhance upscale": enhance_upscale,
    "enhance denoise": enhance_denoise,
    "enhance relight": enhance_relight,
    "blend harmonize": lambda show: blend(show, "harmonize"),
    "blend seamless": lambda show: blend(show, "seamless"),
    "blend fuse": blend_fuse,
    "blend morph": blend_morph,
    "convert stylize": lambda show: convert(show, "stylize", "generate-texture-moss", structure=75.0),
    "convert colors": lambda show: convert(show, "colors", "generate-text-sea"),
    "convert cutout": convert_cutout,
}


def show(photo: str, output: str) -> None:
    """Run all scenes; one that fails is noted and the others go on."""
    stage = Show(photo, output)
    for name, scene in SCENES.items():
        done = len(stage.steps)
        try:
            scene(stage)
        except Exception as error:
            del stage.steps[done:]
            stage.steps.append({"action": name, "error": str(error)})
        for image in Gimp.get_images():
            image.delete()
    (stage.output / "times.json").write_text(json.dumps(stage.steps), encoding="utf-8")
