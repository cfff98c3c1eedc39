"""What can be said of a picture: facts, not another picture."""

from gesso.contract.actions.action import Action, model

ACTIONS = (
    Action(
        "assess",
        "realism",
        "_Realism...",
        "Tell how much the layer, or the selection, looks like a photograph: a number, and a map of where it does not",
        ("image",),
        (model("realism"),),
        reports=True,
        overlays=True,
    ),
    Action(
        "assess",
        "words",
        "_Words...",
        "Name what the layer, or the selection, shows, and measure what colors it has and how bright it is",
        ("image",),
        (model("words"),),
        reports=True,
    ),
)
