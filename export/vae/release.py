"""Make the shipped files from a training's checkpoint: python -m export.vae.release FOLDER EVALUATION

Writes models/vae-encoder.onnx and models/vae-decoder.onnx, and their cards with the tables measured on EVALUATION.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from export.card import origin, release_options, write_card, write_draft
from export.data import list_pictures, photographed
from export.evaluate import compare
from export.to_onnx import export_model, load_weights
from export.training import trained
from export.vae.evaluate import LATENT, PACKS, means, measure, methods
from export.vae.model import CHANNELS, FACTOR, NUMBERS, STANDARD, VAE, Encoder

TILE = 256  # longest side of the picture that the encoder is given, pixels
NAMES = ("vae-encoder", "vae-decoder")
AXES = {"image": {2: "height", 3: "width"}, "latent": {2: "rows", 3: "columns"}}


class Mean(nn.Module):
    """The encoder without its variance. image -> latent."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.encoder(image)[0]


class Painted(nn.Module):
    """The decoder, its weights named as the whole autoencoder's. latent, photometry -> image."""

    def __init__(self, decoder: nn.Module):
        super().__init__()
        self.decoder = decoder

    def forward(self, latent: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        return self.decoder(latent, numbers)


def save_graphs(net: VAE, folder: Path) -> float:
    """Write both ONNX files; returns the largest difference from torch."""

    def image(height: int, width: int) -> dict[str, torch.Tensor]:
        return {"image": torch.rand(1, 3, height, width)}

    def latent(rows: int, columns: int) -> dict[str, torch.Tensor]:
        return {"latent": torch.randn(1, CHANNELS, rows, columns), "photometry": torch.tensor([STANDARD])}

    paths = [folder / f"{name}.onnx" for name in NAMES]
    odd = [image(8, 40), image(128, 96)], [latent(1, 5), latent(16, 12)]
    return max(
        export_model(Mean(net.encoder), image(64, 48), ["latent"], paths[0], AXES, 0.01, odd[0]),
        export_model(Painted(net.decoder), latent(8, 6), ["image"], paths[1], AXES, 0.01, odd[1]),
    )


def shipped(folder: Path) -> VAE:
    """The autoencoder with the weights of the files in `folder`."""
    net = VAE().eval()
    for part, name in ((Mean(net.encoder), NAMES[0]), (Painted(net.decoder), NAMES[1])):
        load_weights(part, folder / f"{name}.onnx")
    return net


def main() -> None:
    chosen = release_options(__doc__, PACKS).parse_args()
    net, facts = trained("vae", VAE())
    assert isinstance(net, VAE)
    error = save_graphs(net, chosen.models)
    training = {
        "method": f"variational autoencoder, {CHANNELS} latents for {FACTOR} x {FACTOR} pixels of the picture in one"
        f" standard light, beginning as their principal components; {NUMBERS} photometric numbers in Oklab beside them;"
        " L1 to the photo in another light, and a small discriminator in the second half",
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        **origin(list_pictures(chosen.data, photographed), facts),
    }
    cards: dict[str, dict[str, Any]] = {}
    for name, summary, inputs, output in (
        (NAMES[0], "Codes a small picture as latents that do not know its light.", ["image"], "latent"),
        (NAMES[1], "Paints a small picture from its latents, in any light.", ["latent", "photometry"], "image"),
    ):
        model = {"role": name, "licence": "CC-BY-SA-4.0", "summary": summary, "default": True}
        cards[name] = {
            "model": model | ({"whole": True, "tile": TILE, "multiple": FACTOR} if "image" in inputs else {}),
            "input": [{"name": port, "role": port} for port in inputs],
            "output": [{"name": output, "role": output}],
            "training": training,
        }
        write_draft(chosen.models / f"{name}.onnx", **cards[name])
    found, _ = measure(chosen.evaluation, chosen.pack)
    coding = methods(found["coded"])
    quality = {
        "pictures": " ".join(chosen.pack),
        "coded_psnr": {method: round(float(np.mean(values)), 2) for method, values in coding.items()},
        "coded_gain": next(row[2] for row in compare(coding, "bicubic") if row[0] == LATENT),
        **{f"{kind.replace(' ', '_')}_delta_e": scores for kind, scores in means(found["light"], 2).items()},
        **means(found["spoilt"], 3),
        "onnx_difference": float(f"{error:.1g}"),
    }
    for name in NAMES:
        told = {"fails": FAILS, **cards[name], "quality": quality}
        write_card(chosen.models / f"{name}.onnx", **told)


FAILS = [
    "What it paints is blurred: a picture comes back with an eighth of its detail; JPEG of as many bytes is better.",
    "Its latents are no better place to mix pictures than pixels are: half-way between two it has 21.1 dB, a cross-fade"
    " 20.8, a morph along the flow 33.",
    "Told the numbers of another light it comes as near to that as a gain and an offset in Oklab; enhance adjust does"
    " without it.",
    "On smooth surfaces the discriminator left a faint grid, which generate text takes out again.",
]


if __name__ == "__main__":
    main()
