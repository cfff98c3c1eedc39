"""Holes and damage filled with what could have been there."""

from gesso.contract.actions.action import CANDIDATES, GUIDANCE, NEGATIVE, PAINTER, PAINTING, SEED, Action, model
from gesso.contract.params import Choice, Number, Text, Whole

ACTIONS = (
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
        "paint",
        "Fill with W_ords...",
        "Paint what a handful of words say into the selection: a sky, foliage, water",
        ("image", "mask"),
        (
            Text("words", "Wor_ds", "For example: sky, clouds, blue", "sky, clouds"),
            GUIDANCE,
            CANDIDATES,
            SEED,
            model("text"),
            PAINTER,
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
        preview="part",
    ),
)
