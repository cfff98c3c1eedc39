"""Make the shipped files of a checkpoint: python -m export.realism.release FOLDER EVALUATION

Calibrates on the held-out pictures of FOLDER, and writes models/realism.onnx and its card, with the table measured on
the photographs of EVALUATION.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.card import origin, release_options, write_card, write_draft
from export.data import detailed, list_pictures
from export.realism.evaluate import judged, table
from export.realism.model import ALL, PLAIN, STRIDE, Realism
from export.realism.pool import KINDS, features
from export.realism.train import balanced, logistic, logits
from export.to_onnx import export_model
from export.training import trained

FAILS = (
    "It is no proof: it tells what it learnt to tell, and a photograph may score low and a made picture high.",
    "It looks at windows of 80 pixels: grain, edges, joints. It knows nothing of things, light or perspective.",
    "What is put together out of photographs themselves it hardly tells: gesso's and G'MIC's fills, quilts, morphs.",
    "On median filters and total variation, which it never saw, it does worse than the plain regression.",
    "A background out of focus looks made to it. Pictures larger than 1280 pixels took no part in the training.",
    "The kinds to learn from were added to once, after a first measurement on eight of the ten unseen kinds.",
)


def calibrate(model: Realism, folder: Path) -> float:
    """Set slope and offset of the logit by a logistic regression on held-out pictures, photographs half of them.

    Returns what share of them one half parts rightly.
    """
    found, _ = logits(model, features(folder, "held-out", KINDS["held-out"]))
    said, real, weight = balanced(found)
    slope, offset = logistic(said[:, None], real, weight, 0.0)
    with torch.no_grad():
        model.slope.fill_(float(slope[0]))
        model.offset.fill_(offset)
    right = (said * slope[0] + offset > 0) == (real > 0.5)
    return float((right * weight).sum() / weight.sum())


def example(height: int, width: int) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(1, 3, height, width)}


def main() -> None:
    parser = release_options(__doc__)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    chosen = parser.parse_args()
    model, facts = trained("realism", Realism())
    assert isinstance(model, Realism)
    right = calibrate(model, chosen.data)
    path = chosen.models / "realism.onnx"
    free = {"image": {2: "height", 3: "width"}, "result": {2: "rows", 3: "columns"}}
    error = export_model(model, example(128, 96), ["result"], path, free, 5e-3, [example(64, 160), example(224, 64)])
    rows = list_pictures(chosen.data, detailed)
    sections: dict[str, Any] = {
        "model": {
            "role": "realism",
            "licence": "CC-BY-SA-4.0",
            "summary": "Tells photographs from what gesso and plain methods make, as a map of logits.",
            "default": True,
            "multiple": 2 * STRIDE,
            "least": 64,
            "tile": 768,
            "halo": 64,
        },
        "input": [{"name": "image", "role": "image"}],
        "output": [{"name": "result", "role": "realism"}],
        "training": {
            "method": f"logistic regression on {PLAIN} statistics of natural scenes, corrected by a network of three "
            f"layers on {ALL} statistics of windows of 80 px; photographs against "
            + ", ".join(KINDS["train"])
            + ". No adversarial generator took part: none is there yet",
            "parameters": sum(p.numel() for p in model.parameters()),
            **origin(rows, facts),
        },
    }
    write_draft(path, **sections)
    network, classical = judged(path, chosen.evaluation)
    measured = table(network, classical)
    real = 1 / (1 + np.exp(-network["real"]))
    quality = {
        "meaning": "0.5: among as many photographs as made pictures, of the kinds it learnt from, half of the patches "
        "with this score are photographs'",
        "held_out_patches_on_the_right_side_of_half": round(right, 3),
        "photographs": len(real),
        "mean_score_of_their_patches": round(float(real.mean()), 3),
        "share_of_their_patches_below_half": round(float((real < 0.5).mean()), 3),
        "onnx_difference": float(f"{error:.1g}"),
    }
    write_card(path, fails=list(FAILS), **sections, quality=quality, measured=measured)


if __name__ == "__main__":
    main()
