"""Pictures out of words, numbers, or a piece of a picture."""

from gesso.contract.actions.action import CANDIDATES, NEGATIVE, PAINTING, SEED, Action, model
from gesso.contract.params import Choice, ModelName, Number, OtherLayer, Text, Toggle, Whole

WIDTH = Whole("width", "_Width", "Width of the new picture", 512, 16, 8192, "px")
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
DETAILED = Toggle("detailed", "De_tail", "Paint what things look like from near; off, a soft backdrop", True)
MARGINS = (
    Whole("left", "Le_ft", "How much to add at the left", 0, 0, 10000, "px"),
    Whole("right", "Ri_ght", "How much to add at the right", 0, 0, 10000, "px"),
    Whole("top", "_Top", "How much to add at the top", 0, 0, 10000, "px"),
    Whole("bottom", "_Bottom", "How much to add at the bottom", 0, 0, 10000, "px"),
)

ACTIONS = (
    Action(
        "generate",
        "text",
        "From _Words...",
        "Make a picture of a place or a flower, or a soft backdrop, from a handful of words",
        (),
        (
            Text("words", "Wor_ds", "For example: tulip, red, bright", "sea, blue, bright"),
            WIDTH,
            HEIGHT,
            GUIDANCE,
            DETAILED,
            CANDIDATES,
            SEED,
            model("text"),
            ModelName(
                "painter", "P_ainter", "Which model paints the detail: gan in one step, flow in twelve", role="flow"
            ),
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
            DETAILED,
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
)
