"""Make the shipped files from a training's checkpoint: python -m export.gan.release FOLDER

Writes models/gan.onnx and its card, with the flow's table measured on what it makes of the same sketches.
"""

from typing import Any

from export.card import origin, release_options, write_card
from export.data import list_pictures
from export.flow.evaluate import measure
from export.flow.model import Painter
from export.flow.release import save_graph, sections
from export.text.train import wanted
from export.training import trained

FAILS = [
    "As the flow's: it knows what things look like from near, not what they are.",
]


def main() -> None:
    chosen = release_options(__doc__).parse_args()
    net, facts = trained("gan", Painter())
    path = chosen.models / "gan.onnx"
    error = save_graph(net, path)
    training = {
        "method": "one step of the flow's net, begun as that and taught by a critic of latents (relativistic, R1 and R2)",
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        **origin(list_pictures(chosen.data, wanted), facts),
        "export_error": float(f"{error:.2g}"),
    }
    write_card(path, fails=FAILS, **sections(training))


if __name__ == "__main__":
    main()
