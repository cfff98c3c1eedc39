"""What cannot be read from a graph, for the models that people share: by the name of the file.

Same shapes mean 0..1, 0..255 or -1..1, RGB or BGR, denoise or repaint; a name is the only hint, and only a hint: what
trying shows (probe.py) stands beside it, and where both disagree the card says so.
"""

import re
from dataclasses import dataclass, field
from typing import Any

IMAGENET: dict[str, Any] = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
HALF: dict[str, Any] = {"mean": (0.5, 0.5, 0.5), "std": (1.0, 1.0, 1.0)}
BYTES: dict[str, Any] = {"low": 0.0, "high": 255.0}
SIGNED: dict[str, Any] = {"low": -1.0, "high": 1.0}


@dataclass(frozen=True)
class Family:
    """`name` is a pattern of file names, `role` what such models do, `image` how they want the picture.

    both: the picture comes out as it goes in.
    """

    name: str
    role: str
    image: dict[str, Any] = field(default_factory=dict)
    both: bool = False


FAMILIES = (  # the first that fits; from conventions of published inference code
    Family(r"mi-?gan", "inpaint"),
    Family(r"lama|inpaint", "inpaint"),
    Family(r"isnet|rmbg.?1|\bben", "segment", HALF),
    Family(r"cloth", "segment", IMAGENET),
    Family(r"u2net|silueta|u-2-net", "segment", IMAGENET | {"own_maximum": True}),
    Family(r"birefnet|rmbg", "segment", IMAGENET),
    Family(r"segment|matting|modnet|cutout|selfie", "segment"),
    Family(r"ddcolor|siggraph|eccv16|coloriz", "colorize"),
    Family(r"deoldify", "colorize", BYTES, both=True),
    Family(r"zero.?dce|relight|low.?light|retinex|\bsci\b", "relight", {}, both=True),
    Family(r"midas|depth|\bdpt", "depth", IMAGENET),
    Family(r"cartoon.?gan", "style", SIGNED | {"order": "BGR"}, both=True),
    Family(r"anime", "style", SIGNED, both=True),
    Family(r"candy|mosaic|udnie|rain.?princess|pointilism|la.?muse|starry", "style", BYTES, both=True),
    Family(r"style", "style"),
    Family(r"scunet|ffdnet|dncnn|drunet|denois|swinir.*noise", "denoise", {}, both=True),
    Family(r"nafnet|restormer|mprnet|deblur|derain|prenet|dejpeg|fbcnn|uformer|restor|dehaz", "restore", {}, both=True),
    Family(r"esrgan|span|compact|edsr|fsrcnn|espcn|super.?res|upscal|\d+x|x\d+", "upscale", {}, both=True),
)


def family_of(name: str) -> Family | None:
    """The family of a file called `name`; None where the name says nothing."""
    words = re.sub(r"[_\s]+", " ", name.lower())
    return next((family for family in FAMILIES if re.search(family.name, words)), None)
