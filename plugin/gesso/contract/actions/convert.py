"""Another look, or another kind of picture."""

from gesso.contract.actions.action import STRENGTH, Action, model
from gesso.contract.params import Number, OtherLayer, Toggle

ACTIONS = (
    Action(
        "convert",
        "style",
        "_Style with a Model...",
        "Repaint the picture in the style of a model that you added",
        ("image",),
        (model("style"),),
        own_model=True,
        colors=True,
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
        colors=True,
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
        colors=True,
        preview="whole",
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
        preview="whole",
    ),
)
