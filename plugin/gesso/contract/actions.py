"""Every action of gesso, as data. The PDB procedure, the dialog, the command and the checks are made from these.

To add an action: one entry here, one file `engine/<menu>/<name>.py` with `run(job, models, progress)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gesso.contract.errors import BadSetting
from gesso.contract.params import Choice, ModelName, Number, OtherLayer, Param, Seed, Text, Toggle, Whole


@dataclass(frozen=True)
class Action:
    """`reads` names the pictures the action takes, in the order of the command line:

    image   the selected layer (or what lies under `top`)
    mask    the selection, which must not be empty
    top     the selected layer, pasted over `image`
    layers  all selected layers, two or more, in one run, from the lowest up; no other picture is then read

    An OtherLayer among `params` is one more picture: chosen in the dialog, an argument of the PDB, a file.

    An action that reads `image` but no `mask` works on the selection where there is one, else on the whole layer.
    `context` and `least` say how far around the selection it must see (see geometry.context_box).
    `enlarges` tells that the result is a larger picture: a new image, or the image scaled. `extends` tells that the
    canvas grows by the settings left, right, top and bottom, whatever is selected.
    `own_model` tells that gesso brings no model for it: the user must have added one.
    `animates` tells that the results are frames, the last first: a new image that has nothing else, or new layers.
    `finds` tells that the mask of the result, found by the action itself, is kept as a channel too.
    `alone` tells that the result has a size of its own: a new image of the same kind, or a layer beside the source.
    `masks` tells that the result is a layer mask: a grey picture, white where the layer is to be seen.
    """

    menu: str
    name: str
    label: str
    help: str
    reads: tuple[str, ...]
    params: tuple[Param, ...]
    context: float = 0.0
    least: int = 64
    enlarges: bool = False
    own_model: bool = False
    masks: bool = False
    finds: bool = False
    extends: bool = False
    animates: bool = False
    alone: bool = False

    @property
    def title(self) -> str:
        return f"{self.menu} {self.name}"

    @property
    def procedure(self) -> str:
        return f"gesso-{self.menu}-{self.name}"

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All settings, checked, defaults filled in, keyed by parameter name. Raises BadSetting."""
        known = {param.name for param in self.params}
        if unknown := sorted(set(values) - known):
            raise BadSetting(
                f"{self.title} has no setting {', '.join(unknown)}.", f"It has: {', '.join(sorted(known)) or 'none'}."
            )
        return {param.name: param.check(values.get(param.name, param.default)) for param in self.params}


SEED = Seed("seed", "S_eed", "The same seed gives the same picture; -1 draws a new one")
STRENGTH = Number("strength", "Stren_gth", "How much of the change to apply, in percent", 100.0, 0.0, 100.0, 0)
WIDTH = Whole("width", "_Width", "Width of the new picture", 512, 16, 8192, "px")
CANDIDATES = Whole("candidates", "Ca_ndidates", "How many different pictures to choose from", 1, 1, 16)
HEIGHT = Whole("height", "He_ight", "Height of the new picture", 512, 16, 8192, "px")
TEXTURE = Choice(
    "kind",
    "_Kind",
    "What the texture shows",
    "stone",
    (
        ("stone", "Stone wall"),
        ("cobblestone", "Cobblestones"),
        ("brick", "Brick wall"),
        ("roof", "Roof tiles"),
        ("planks", "Planks"),
        ("wood", "Wood"),
        ("bark", "Bark"),
        ("marble", "Marble"),
        ("rock", "Rock"),
        ("gravel", "Gravel"),
        ("earth", "Cracked earth"),
        ("grass", "Grass"),
        ("straw", "Straw"),
        ("moss", "Moss"),
        ("lava", "Lava"),
        ("rust", "Rust"),
    ),
)
STYLE = Choice(
    "style",
    "St_yle",
    "How the colors are laid out",
    "gradient",
    (("gradient", "Soft gradient"), ("silk", "Silk"), ("ink", "Marbled ink"), ("paper", "Cut paper")),
)
COMPLEXITY = Number("complexity", "Comple_xity", "How much happens in the picture, in percent", 40.0, 0.0, 100.0, 0)
GUIDANCE = Number("guidance", "_Guidance", "How closely to follow the words", 2.0, 0.0, 6.0)
NEGATIVE = Text("negative", "Negati_ve words", "What is not wanted")
PAINTING = (
    Whole("steps", "Ste_ps", "How many steps to paint in; 0 takes the model's usual number", 0, 0, 150),
    Number(
        "guidance",
        "Guid_ance",
        "How much to exaggerate the words; up to 1 not at all, 0 takes the model's usual scale",
        0.0,
        0.0,
        30.0,
    ),
    Choice(
        "sampler",
        "Sampling met_hod",
        "How the picture is got out of the noise",
        "auto",
        (
            ("auto", "The model's own"),
            ("euler", "Euler"),
            ("euler-ancestral", "Euler ancestral"),
            ("ddim", "DDIM"),
            ("dpmpp-2m", "DPM++ 2M"),
            ("dpmpp-2m-karras", "DPM++ 2M Karras"),
            ("lcm", "LCM"),
        ),
    ),
    SEED,
)  # what every painting by a Stable Diffusion model can be told


def model(role: str) -> ModelName:
    return ModelName(
        "model", "_Model", "Which installed model to use; auto takes gesso's own, or else the first", role=role
    )


MARGINS = (
    Whole("left", "Le_ft", "How much to add at the left", 0, 0, 10000, "px"),
    Whole("right", "Ri_ght", "How much to add at the right", 0, 0, 10000, "px"),
    Whole("top", "_Top", "How much to add at the top", 0, 0, 10000, "px"),
    Whole("bottom", "_Bottom", "How much to add at the bottom", 0, 0, 10000, "px"),
)


ACTIONS: tuple[Action, ...] = (
    Action(
        "generate",
        "text",
        "From _Words...",
        "Make a soft backdrop from a handful of words",
        (),
        (
            Text("words", "Wor_ds", "For example: tulip, red, bright", "sea, blue, bright"),
            WIDTH,
            HEIGHT,
            GUIDANCE,
            SEED,
            model("text"),
        ),
    ),
    Action(
        "generate",
        "texture",
        "_Texture...",
        "Make a seamless texture of any size",
        (),
        (
            TEXTURE,
            WIDTH,
            HEIGHT,
            SEED,
            model("texture"),
        ),
    ),
    Action(
        "generate",
        "quilt",
        "Texture from Sa_mple...",
        "Make a seamless texture of any size out of the selection or the layer (a classical method, no network)",
        ("image",),
        (
            Whole(
                "pieces", "_Pieces", "Size of the pieces that it is made of: larger than what repeats", 64, 8, 512, "px"
            ),
            Toggle(
                "smooth",
                "_Hide the joints",
                "Let the brightness and color of the pieces meet; off, every pixel is one of the sample's",
                True,
            ),
            WIDTH,
            HEIGHT,
            SEED,
        ),
        alone=True,
    ),
    Action(
        "generate",
        "tile",
        "Make _Seamless...",
        "Let opposite edges of the layer meet, so that it can be laid side by side: a band along them is filled anew",
        ("image",),
        (
            Number(
                "band",
                "_Band",
                "How much of the picture's width and height is filled anew, in percent",
                15.0,
                1.0,
                50.0,
                0,
            ),
            Toggle(
                "even",
                "Even out t_he light",
                "Let the brightness and color of opposite edges meet, too; this changes all of the picture a little",
                False,
            ),
            SEED,
            model("inpaint-structure"),
        ),
        least=1,
    ),
    Action(
        "generate",
        "abstract",
        "_Abstract...",
        "Make an abstract picture in colors of your choice (drawn by a random network, nothing was trained)",
        (),
        (
            Text("words", "Wor_ds", "Colors, such as: sea, pink; left empty, the seed draws them", "blue, purple"),
            OtherLayer("palette", "_Palette", "A layer whose colors are taken instead of the words", optional=True),
            STYLE,
            WIDTH,
            HEIGHT,
            COMPLEXITY,
            CANDIDATES,
            Choice(
                "depth",
                "_Bits",
                "Bits of each color; 8 are dithered against bands",
                "8",
                (("8", "8 (dithered)"), ("16", "16"), ("32", "32 (float)")),
            ),
            SEED,
        ),
    ),
    Action(
        "generate",
        "animate",
        "An_imate...",
        "Make a loop of pictures that ends where it began, as layers for GIMP's GIF and WebP exporters",
        (),
        (
            Text("words", "Wor_ds", "The colors of an abstract loop, or what to show", "sea, blue, bright"),
            Choice(
                "kind",
                "_Kind",
                "What changes: an abstract picture, a soft backdrop from words, or a texture (needs no words)",
                "silk",
                (*STYLE.options, ("words", "From words"), *TEXTURE.options),
            ),
            Whole("frames", "_Frames", "How many pictures the loop has", 24, 2, 200),
            Number(
                "movement",
                "Mo_vement",
                "How far the loop leads from its first picture, in percent",
                50.0,
                0.0,
                100.0,
                0,
            ),
            WIDTH,
            HEIGHT,
            SEED,
        ),
        animates=True,
    ),
    Action(
        "generate",
        "extend",
        "E_xtend Canvas...",
        "Make the canvas larger and continue the picture into the margins",
        ("image",),
        (*MARGINS, SEED, model("inpaint-structure")),
        extends=True,
    ),
    Action(
        "generate",
        "words",
        "From Words with a Mo_del...",
        "Paint any picture that words say with a Stable Diffusion model that you added",
        (),
        (
            Text("words", "Wor_ds", "What the picture is to show, in English", "a red fox in the snow"),
            NEGATIVE,
            Whole("width", "_Width", "Width of the new picture; 0 takes what the model was made for", 0, 0, 2048, "px"),
            Whole(
                "height", "He_ight", "Height of the new picture; 0 takes what the model was made for", 0, 0, 2048, "px"
            ),
            CANDIDATES,
            *PAINTING,
            model("diffusion"),
        ),
        own_model=True,
    ),
    Action(
        "generate",
        "variation",
        "_Variation with a Model...",
        "Paint the picture again, after words, with a Stable Diffusion model that you added",
        ("image",),
        (
            Text("words", "Wor_ds", "What the picture is to show, in English"),
            NEGATIVE,
            Number("strength", "S_trength", "How far to go from the picture, in percent", 60.0, 1.0, 100.0, 0),
            CANDIDATES,
            *PAINTING,
            model("diffusion"),
        ),
        context=0.25,
        least=64,
        own_model=True,
    ),
    Action(
        "generate",
        "outpaint",
        "Extend Canvas with a M_odel...",
        "Make the canvas larger and paint what words say into the margins with a Stable Diffusion model that you added",
        ("image",),
        (
            Text("words", "Wor_ds", "What the margins are to show, in English; empty goes on with the picture"),
            NEGATIVE,
            *MARGINS,
            *PAINTING,
            model("diffusion"),
        ),
        extends=True,
        own_model=True,
    ),
    Action(
        "inpaint",
        "fill",
        "_Fill Selection...",
        "Fill the selection with what could have been there",
        ("image", "mask"),
        (
            Choice(
                "method",
                "Me_thod",
                "How the hole is filled",
                "network",
                (("network", "Network"), ("classical", "Smooth (classical)")),
            ),
            Whole("candidates", "Ca_ndidates", "How many different fills to choose from", 1, 1, 8),
            SEED,
            model("inpaint"),
        ),
        context=1.0,
        least=256,
    ),
    Action(
        "inpaint",
        "words",
        "Fill with _Words and a Model...",
        "Paint what words say into the selection with a Stable Diffusion model that you added",
        ("image", "mask"),
        (
            Text("words", "Wor_ds", "What the selection is to show, in English; empty goes on with what is around it"),
            NEGATIVE,
            CANDIDATES,
            *PAINTING,
            model("diffusion"),
        ),
        context=1.0,
        least=256,
        own_model=True,
    ),
    Action(
        "inpaint",
        "repair",
        "_Repair Scratches and Dust...",
        "Find scratches, dust and creases, and fill only those",
        ("image",),
        (
            Number(
                "sensitivity",
                "Sens_itivity",
                "How readily something is taken for damage, in percent",
                50.0,
                0.0,
                100.0,
                0,
            ),
            SEED,
            model("inpaint-structure"),
        ),
        context=0.25,
        least=96,
        finds=True,
    ),
    Action(
        "enhance",
        "upscale",
        "_Upscale...",
        "Make the picture larger, with sharp detail",
        ("image",),
        (
            Choice("scale", "Sc_ale", "How many times larger", "2", (("2", "2x"), ("3", "3x"), ("4", "4x"))),
            Choice(
                "flavor",
                "Fla_vor",
                "What the picture is like: noise and JPEG compression are taken away before they are enlarged",
                "clean",
                (("clean", "Clean picture"), ("real", "Noisy or compressed picture")),
            ),
            STRENGTH,
            model("upscale"),
        ),
        enlarges=True,
    ),
    Action(
        "enhance",
        "denoise",
        "_Denoise...",
        "Take away camera noise and keep detail",
        ("image",),
        (
            Toggle("auto", "_Automatic strength", "Measure the noise in the picture", True),
            Number(
                "strength",
                "Stren_gth",
                "Noise level to remove (standard deviation, 0 to 50)",
                15.0,
                0.0,
                50.0,
                auto="auto",
            ),
            model("denoise"),
        ),
    ),
    Action(
        "enhance",
        "dejpeg",
        "De_JPEG...",
        "Take away the blocks and fringes of JPEG compression",
        ("image",),
        (
            Toggle("auto", "_Automatic quality", "Measure how the picture was compressed", True),
            Number(
                "quality",
                "_Quality",
                "Quality of the JPEG file that the picture was, 1 to 100; the lower, the more is taken away",
                40.0,
                1.0,
                100.0,
                digits=0,
                auto="auto",
            ),
            model("dejpeg"),
        ),
        context=0.5,
        least=256,
    ),
    Action(
        "enhance",
        "deblur",
        "De_blur...",
        "Make a picture sharp that is a little out of focus",
        ("image",),
        (
            Toggle("auto", "_Automatic radius", "Measure the blur in the picture", True),
            Number(
                "radius",
                "Ra_dius",
                "How far the blur reaches (standard deviation, 0.3 to 3 pixels)",
                1.0,
                0.3,
                3.0,
                auto="auto",
            ),
            model("deblur"),
        ),
        context=0.5,
        least=256,
    ),
    Action(
        "enhance",
        "restore",
        "_Restore with a Model...",
        "Improve the picture with a model that you added",
        ("image",),
        (model("restore"),),
        own_model=True,
    ),
    Action(
        "enhance",
        "relight",
        "Re_light...",
        "Mend exposure, contrast, white balance and faded colors",
        ("image",),
        (STRENGTH, model("relight")),
    ),
    Action(
        "enhance",
        "colorize",
        "_Colorize...",
        "Color a grey photo from a few dabs of color, or with a model that you added",
        ("image",),
        (
            OtherLayer(
                "hints",
                "Hi_nts",
                "A layer over the photo with a few dabs of the right colors; a model can do without",
                optional=True,
                over=True,
            ),
            model("colorize"),
        ),
        context=1.0,
        least=256,
    ),
    Action(
        "convert",
        "style",
        "_Style with a Model...",
        "Repaint the picture in the style of a model that you added",
        ("image",),
        (model("style"),),
        own_model=True,
    ),
    Action(
        "convert",
        "depth",
        "_Depth with a Model...",
        "Make a picture of how near things are with a model that you added",
        ("image",),
        (model("depth"),),
        own_model=True,
    ),
    Action(
        "blend",
        "harmonize",
        "_Harmonize Colors...",
        "Give a pasted layer the light and color of what is under it",
        ("image", "top"),
        (
            STRENGTH,
            model("harmonize"),
        ),
        context=0.5,
    ),
    Action(
        "blend",
        "seamless",
        "_Seamless Paste...",
        "Match a pasted layer's edges to what is under it",
        ("image", "top"),
        (
            Choice(
                "method",
                "Me_thod",
                "How the layer is matched; automatic looks at its edge and says in the result's name what it took",
                "auto",
                (
                    ("auto", "Automatic"),
                    ("membrane", "Light of the surroundings (membrane)"),
                    ("mixed", "Detail of both (mixed gradients)"),
                    ("bands", "Soft rim (Laplacian pyramid)"),
                ),
            ),
        ),
        context=0.1,
    ),
    Action(
        "blend",
        "fuse",
        "_Fuse Layers...",
        "Make one picture out of several of the same view, each good in another place",
        ("layers",),
        (
            Choice(
                "kind",
                "_Kind",
                "What differs between the layers",
                "auto",
                (("auto", "Automatic"), ("exposures", "Exposure"), ("focus", "Focus")),
            ),
            Toggle("align", "_Align", "Lay the pictures on each other first: they were taken by hand", True),
            Toggle(
                "ghosts", "_Moved things once", "Of exposures: what moved in between is taken from one of them", True
            ),
        ),
    ),
    Action(
        "blend",
        "morph",
        "_Morph Layers...",
        "Make the pictures in between two layers, or from each of several to the next, as an animation",
        ("layers",),
        (
            Whole("frames", "_Frames between", "How many pictures to make between each two layers", 10, 1, 200),
            Toggle("eased", "Start and stop _gently", "Slow at the layers themselves, faster in between", True),
        ),
        animates=True,
    ),
    Action(
        "convert",
        "stylize",
        "Styl_ize...",
        "Paint the layer in the look of another one, put together from pieces of it (a classical method, no network)",
        ("image",),
        (
            OtherLayer("style", "St_yle", "The layer whose look is wanted: a painting, a print, a texture"),
            STRENGTH,
            Number(
                "structure",
                "Structur_e",
                "How closely to follow the picture rather than the style, in percent",
                50.0,
                0.0,
                100.0,
                0,
            ),
            Number("brush", "_Brush size", "Size of the style's strokes, in percent", 100.0, 25.0, 400.0, 0),
            Toggle("keep-colors", "_Keep colors", "Take the style's strokes, but not its colors", False),
        ),
    ),
    Action(
        "convert",
        "colors",
        "Color _Transfer...",
        "Give the layer the colors of another one (a classical method, no network)",
        ("image",),
        (
            OtherLayer("style", "St_yle", "The layer whose colors are wanted"),
            STRENGTH,
            Toggle("keep-brightness", "_Keep brightness", "Change hue and saturation only", False),
        ),
    ),
    Action(
        "convert",
        "cutout",
        "_Cutout...",
        "Hide all but the roughly selected subject with a layer mask (a classical method, or a model that you added)",
        ("image",),
        (
            Number(
                "edge",
                "_Edge width",
                "How far hair or fur may reach beyond the edge, in percent of the picture's longer side",
                2.0,
                0.0,
                5.0,
            ),
            model("segment"),
        ),
        context=0.25,
        masks=True,
    ),
)


def find(menu: str, name: str) -> Action:
    """The action of that menu and name. Raises BadSetting."""
    for action in ACTIONS:
        if (action.menu, action.name) == (menu, name):
            return action
    raise BadSetting(
        f"There is no action {menu} {name}.", "See: " + ", ".join(action.title for action in ACTIONS) + "."
    )
