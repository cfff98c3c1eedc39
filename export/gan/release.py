"""Make the shipped files from a training's checkpoint: python -m export.gan.release FOLDER

Writes models/gan.onnx and its card, with the flow's table measured on what it makes of the same sketches.
"""

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures
from export.flow.evaluate import measure
from export.flow.model import Painter
from export.flow.release import save_graph, sections
from export.text.train import wanted
from export.training import trained

NAME = "gan"


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    net, facts = trained(NAME, Painter())
    path = chosen.models / f"{NAME}.onnx"
    error = save_graph(net, path)
    training = {
        "method": "the flow's net in one step, taught by a critic with the flow's eyes (relativistic, R1 and R2)",
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        **origin(list_pictures(chosen.data, wanted), facts),
        "export_error": float(f"{error:.2g}"),
    }
    card = sections(training)
    card["model"] |= {"summary": "Paints detail over a small sketch in one step.", "default": True}
    card["flow"]["steps"] = 1
    write_draft(path, **card)
    write_card(path, fails=FAILS, **card, quality=measure(chosen.data, NAME))


FAILS = [
    "It knows what things look like from near, not what they are; and it follows the sketch, as the flow does.",
    "Smooth skies get a grain as of canvas, and faint squares of 8 pixels, which the flow in twelve steps does not.",
]


if __name__ == "__main__":
    main()
