"""The demo's part inside GIMP: every action once on one photo, through the PDB as a script would call it.

Writes PNG pictures and times.json ([{action, before, after, size, seconds: [first, again]}, ...]) for `gesso demo`.
"""

import json
from collections.abc import Callable

from gi.repository import Gimp

from gesso.client.showcase import blend, convert, enhance, generate, inpaint
from gesso.client.showcase.stage import Show

SCENES: dict[str, Callable[[Show], None]] = {
    "generate text": generate.text,
    "generate texture": generate.texture,
    "generate quilt": generate.quilt,
    "generate tile": generate.tile,
    "generate abstract": generate.abstract,
    "generate animate": generate.animate,
    "generate extend": generate.extend,
    "generate surround": generate.surround,
    "generate vary": generate.vary,
    "inpaint fill": inpaint.fill,
    "inpaint paint": inpaint.paint,
    "inpaint repair": inpaint.repair,
    "enhance upscale": enhance.upscale,
    "enhance denoise": enhance.denoise,
    "enhance dejpeg": enhance.dejpeg,
    "enhance deblur": enhance.deblur,
    "enhance relight": enhance.relight,
    "enhance adjust": enhance.adjust,
    "enhance colorize": enhance.colorize,
    "blend harmonize": lambda show: blend.blend(show, "harmonize"),
    "blend seamless": lambda show: blend.blend(show, "seamless"),
    "blend fuse": blend.fuse,
    "blend morph": blend.morph,
    "convert stylize": lambda show: convert.convert(show, "stylize", "generate-texture-moss", structure=75.0),
    "convert colors": lambda show: convert.convert(show, "colors", "generate-text-sea"),
    "convert cutout": convert.cutout,
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
