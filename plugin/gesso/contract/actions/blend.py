"""Several layers that belong together."""

from gesso.contract.actions.action import SEED, STRENGTH, Action, model
from gesso.contract.params import Choice, Toggle, Whole

ACTIONS = (
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
        preview="whole",
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
        preview="whole",
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
            Choice(
                "way",
                "_Way",
                "How one becomes the other: things move to where they go, or what could lie between is painted",
                "moved",
                (("moved", "Things move"), ("painted", "Painted in between (network)")),
            ),
            Toggle("eased", "Start and stop _gently", "Slow at the layers themselves, faster in between", True),
            SEED,
        ),
        animates=True,
    ),
)
