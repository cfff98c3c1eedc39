"""Measure the judge of realism: python -m export.realism.evaluate EVALUATION [--model FILE] [--sheet FOLDER]

One patch of each photograph of EVALUATION, real and as each kind of fake, all of them in ordinary use (grain, JPEG).
AUC: how often a real one has a higher score than a made one; 0.5 is chance. Beside the network stands the regression
that it starts from. Brackets are 95 % bootstrap intervals, photographs drawn anew. The kinds of `UNSEEN` took no part
in the training. Then whole photographs, a hole in each: is the map lower in the filled hole than around it?
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import interval, markdown, read_pictures
from export.inpaint.masks import evaluation_hole
from export.inpaint.peers import gmic
from export.realism.fakes import FILLS, SEEN, UNSEEN, UNSEEN_FILLS, filled
from export.realism.model import Realism
from export.realism.pool import KINDS, features
from export.realism.train import Found, auc, logits
from export.to_onnx import load_weights

DRAWS = 1000
HOLES = 12  # whole photographs with a hole
GROUPS = {"seen": (*SEEN, *FILLS), "unseen": (*UNSEEN, *UNSEEN_FILLS)}


def judged(file: Path, folder: Path) -> tuple[Found, Found]:
    """(the network's, the regression's) logits of the evaluation's patches, by kind; by photograph in each."""
    model = Realism().eval()
    load_weights(model, file)
    return logits(model, features(folder, "evaluation", KINDS["evaluation"]))


def area(found: Found, kinds: tuple[str, ...], chosen: np.ndarray) -> float:
    """Mean AUC of the kinds, each against the photographs that it was made from; of the slow ones there are fewer."""
    areas = []
    for kind in kinds:
        those = chosen[chosen < len(found[kind])]
        areas.append(auc(found["real"][those], found[kind][those]))
    return float(np.mean(areas))


def row(network: Found, classical: Found, kinds: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """([classical, network, gain], [low, high of the gain])."""
    count = len(network["real"])
    both = [area(found, kinds, np.arange(count)) for found in (classical, network)]
    rng = np.random.default_rng(0)
    draws = [rng.integers(count, size=count) for _ in range(DRAWS)]
    gains = [area(network, kinds, drawn) - area(classical, kinds, drawn) for drawn in draws]
    low, high = np.percentile(gains, [2.5, 97.5])
    return [*both, both[1] - both[0]], [float(low), float(high)]


def table(network: Found, classical: Found) -> list[dict[str, str | float]]:
    """One entry a kind, and one for all kinds of each group."""
    entries: list[dict[str, str | float]] = []
    for group, kinds in GROUPS.items():
        for name, members in [(kind, (kind,)) for kind in kinds] + [("all of these", kinds)]:
            (plain, learnt, gain), (low, high) = row(network, classical, members)
            between = f"{gain:+.3f} ({low:+.3f} to {high:+.3f})"
            entries.append({"fakes": group, "kind": name, "classical": round(plain, 3), "network": round(learnt, 3),
                            "gain": between})  # fmt: skip
    return entries


def assessed(picture: np.ndarray, models: Models) -> tuple[np.ndarray, float]:
    """(the layer that the action makes of a picture HxWx3 uint8, its score)."""
    outcome, _ = perform(find("assess", "realism"), {}, models, Progress(), Picture(picture))
    return outcome.layers[0].picture.array, outcome.facts["score"]


def holes(folder: Path, sheet: Path | None) -> dict[str, tuple[float, float, float]]:
    """For each way of filling, the score inside the hole less that outside: mean and 95 % interval, by photograph."""
    models, action = Models(), find("assess", "realism")
    found: dict[str, list[float]] = {"nothing": [], "gesso": [], "G'MIC patches": [], "OpenCV Navier-Stokes": []}
    for number, (name, photo) in enumerate(read_pictures(folder, "clic2025")[:HOLES]):
        factor = 768 / max(photo.shape)
        photo = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else photo
        hole = evaluation_hole(photo.shape[0], photo.shape[1], "thick", number)
        blank = np.where(hole[..., None], np.uint8(255), photo)
        made = {
            "nothing": photo,
            "gesso": filled(blank, hole, np.random.default_rng(number)),
            "G'MIC patches": gmic(blank, hole),
            "OpenCV Navier-Stokes": cv2.inpaint(blank, hole.astype(np.uint8), 3, cv2.INPAINT_NS),
        }
        for method, picture in made.items():
            inside, outside = (
                perform(action, {}, models, Progress(), Picture(picture), part.astype(np.float32))[0].facts["score"]
                for part in (hole, ~hole)
            )
            found[method].append(inside - outside)
            if sheet:
                draw(sheet / f"{name}-{method.split()[0].lower()}.png", picture, models)
    return {method: interval(values) for method, values in found.items()}


def draw(file: Path, picture: np.ndarray, models: Models) -> None:
    """The picture beside itself under its map, with its score."""
    layer, score = assessed(picture, models)
    alpha = layer[..., 3:] / 255
    over = np.rint(picture * (1 - alpha) + layer[..., :3] * alpha).astype(np.uint8)
    labelled = cv2.putText(over, f"{score:.2f}", (8, 28), cv2.FONT_HERSHEY_SIMPLEX, 1, (255,) * 3, 2)
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.hstack([picture, labelled])[..., ::-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--model", type=Path, default=Path("models/realism.onnx"))
    parser.add_argument("--sheet", type=Path, help="folder to draw the maps of the photographs with holes to")
    chosen = parser.parse_args()
    entries = table(*judged(chosen.model, chosen.evaluation))
    print(markdown(list(entries[0]), [[str(value) for value in entry.values()] for entry in entries]))
    for method, (mean, low, high) in holes(chosen.evaluation, chosen.sheet).items():
        print(f"in the hole, less around it, {method}: {mean:+.3f} ({low:+.3f} to {high:+.3f})")


if __name__ == "__main__":
    main()
