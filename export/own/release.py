"""Make a model of your training's checkpoint: python -m export.own.release FOLDER --name NAME --licence LICENCE

Writes NAME.onnx and its card into the folder --models, from where `gesso models add` takes them.
"""

import torch

from export.card import release_options, write_card
from export.data import licences, list_pictures
from export.own.model import Restore
from export.to_onnx import export_model
from export.training import trained


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("--name", default="my-restore", help="as given to the training")
    parser.add_argument("--licence", required=True, help="of the weights, such as CC-BY-SA-4.0 or private")
    parser.add_argument("--summary", default="Restores pictures.", help="one sentence for the list of models")
    chosen = parser.parse_args()
    model, facts = trained(chosen.name, Restore())
    path = chosen.models / f"{chosen.name}.onnx"
    free = {"image": {2: "height", 3: "width"}, "result": {2: "height", 3: "width"}}
    error = export_model(model, example(64, 48), ["result"], path, free, odd_sizes=[example(8, 40), example(72, 16)])
    rows = list_pictures(chosen.data)
    write_card(
        path,
        model={
            "role": "restore",
            "licence": chosen.licence,
            "summary": chosen.summary,
            "multiple": 8,
            "tile": 768,
            "halo": 16,  # as the network against JPEG, whose layers it has
        },
        input=[{"name": "image", "role": "image"}],
        output=[{"name": "result", "role": "image"}],
        training={"pictures": len(rows), "licences": licences(rows), **facts},
        quality={"onnx_difference": float(f"{error:.1g}")},
    )
    print(f"{path} and its card are written. Now: gesso models add {path}")


if __name__ == "__main__":
    main()
