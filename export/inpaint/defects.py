"""Fit and measure what finds scratches and dust (gesso.engine.inpaint.defects), on defects drawn into photos.

    python -m export.inpaint.defects PHOTOS EVALUATION

PHOTOS: a folder of undamaged pictures to fit on; half of them get defects. EVALUATION: a folder of others to measure
on. Writes engine/inpaint/weights.py anew and prints the table: what share of the marked pixels is damaged (precision),
what share of the damaged ones is marked (recall), PSNR of the damaged and of the repaired picture, and the share of an
undamaged picture that is marked.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gesso.contract.actions import find
from gesso.contract.errors import BadInput
from gesso.engine.image import Picture
from gesso.engine.inpaint import defects
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import markdown, psnr, read_pictures

KINDS = {"scratch": 0.35, "dust": 0.4, "hair": 0.15, "crease": 0.1}  # how often each is drawn
SIZE = 400  # of a crop to fit on, pixels
VISIBLE = 10 / 255  # a change of a pixel that counts as damage
RIM = np.ones((5, 5), np.uint8)  # what lies as near to damage as this does no harm when it is marked
SENSITIVITIES = (30, 50, 70)
WEIGHTS = Path(defects.__file__).with_name("weights.py")


def damage(rgb: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """`rgb` (HxWx3, 0..1) with 6 to 15 defects drawn into it, float32, and where it visibly differs, HxW bool."""
    damaged, harmed = rgb.astype(np.float32), np.zeros(rgb.shape[:2], bool)
    for kind in random.choice(list(KINDS), int(random.integers(6, 16)), p=list(KINDS.values())):
        cover = cv2.GaussianBlur(
            cover_of(str(kind), rgb.shape[0], rgb.shape[1], random), (0, 0), random.uniform(0.4, 0.9)
        )
        level = random.uniform(0.8, 1.0) if random.random() < 0.65 else random.uniform(0.0, 0.2)
        colour = (level + random.normal(0, 0.03, 3)).astype(np.float32)
        change = (colour - damaged) * (cover * random.uniform(0.5, 1.0))[..., None]
        harmed |= np.abs(change).mean(axis=2) > VISIBLE
        damaged += change
    return damaged.clip(0, 1), harmed


def cover_of(kind: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """How much of each pixel one defect covers: HxW float32, 0..1."""
    cover = np.zeros((height, width), np.uint8)
    start = random.uniform((0, 0), (width, height))
    if kind == "dust":
        corners = int(random.integers(4, 9))
        angles = np.sort(random.uniform(0, 2 * np.pi, corners))
        radii = random.uniform(1, 5) * random.uniform(0.5, 1.2, corners)
        outline = start + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        cv2.fillPoly(cover, [np.round(16 * outline).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return cover / np.float32(255)
    length, bend, pens = {"scratch": ((40, 400), 0.01, (1, 3)), "hair": ((20, 80), 0.15, (1, 2)),
                          "crease": ((150, 500), 0.03, (3, 7))}[kind]  # fmt: skip
    steps = int(random.uniform(*length) / 6)
    turns = random.normal(0, bend, steps)
    angles = random.uniform(0, 2 * np.pi) + np.cumsum(np.convolve(turns, 0.8 ** np.arange(steps))[:steps])
    line = start + 6 * np.cumsum(np.stack([np.cos(angles), np.sin(angles)], axis=1), axis=0)
    pen = int(random.integers(pens[0], pens[1] + 1))
    cv2.polylines(cover, [np.round(16 * line).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    if kind == "crease":
        patches = random.uniform(0.6, 1, (height // 16 + 1, width // 16 + 1)).astype(np.float32)
        return cover / np.float32(255) * cv2.resize(patches, (width, height))
    return cover / np.float32(255)


def crops(pictures: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A crop of each picture at some scale, every second one damaged: HxWx3 float32 0..1, and HxW bool where it is."""
    for number, picture in enumerate(pictures):
        random = np.random.default_rng(number)
        scale = min(1.0, SIZE * random.uniform(1, 2.5) / min(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top, left = (int(random.integers(0, max(1, side - SIZE + 1))) for side in small.shape[:2])
        crop = small[top : top + SIZE // 2 * 2, left : left + SIZE // 2 * 2] / np.float32(255)
        crop = crop[: crop.shape[0] // 2 * 2, : crop.shape[1] // 2 * 2]
        yield damage(crop, random) if number % 2 else (crop, np.zeros(crop.shape[:2], bool))


def fit(pictures: Sequence[np.ndarray]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Weights and bias of each kind of candidate, by logistic regression; each counts by the root of its area."""
    seen: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {kind: [] for kind in defects.OUTSTANDING}
    for rgb, harmed in crops(pictures):
        for factor in (1, 2):
            size = (rgb.shape[1] // factor, rgb.shape[0] // factor)
            grey = cv2.resize(rgb.mean(axis=2), size, interpolation=cv2.INTER_AREA)
            truth = cv2.resize(harmed.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            for kind, labels, numbers in defects.candidates(grey):
                area = np.bincount(labels.ravel(), minlength=len(numbers))
                share = np.bincount(labels.ravel(), truth.ravel(), len(numbers)) / np.maximum(area, 1)
                known = np.isfinite(numbers[:, 0])
                seen[kind].append((numbers[known], share[known] > 0.5, factor * np.sqrt(area[known])))
    weights, bias = {}, {}
    for kind, rows in seen.items():
        numbers, truth, counts = (np.concatenate(column) for column in zip(*rows, strict=True))
        inputs = defects.squares(numbers)
        mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
        slopes, offset = regression((inputs - mean) / spread, truth, counts)
        weights[kind] = [round(float(value), 4) for value in slopes / spread]
        bias[kind] = round(float(offset - (slopes / spread) @ mean), 4)
    return weights, bias


def regression(inputs: np.ndarray, truth: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, float]:
    x, y, count = (torch.from_numpy(np.asarray(values, np.float32)) for values in (inputs, truth, counts))
    layer = torch.nn.Linear(inputs.shape[1], 1)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        each = torch.nn.functional.binary_cross_entropy_with_logits(layer(x)[:, 0], y, reduction="none")
        total = (each * count).mean() + 1e-4 * layer.weight.square().sum()
        total.backward()
        return total

    torch.manual_seed(0)
    optimiser.step(loss)
    return layer.weight.detach().numpy()[0].astype(float), float(layer.bias.detach())


def write(weights: dict[str, list[float]], bias: dict[str, float]) -> None:
    lines = ['"""The weights of defects.py. Written by `python -m export.inpaint.defects`; not to be edited."""', ""]
    lines += [f"BIAS = {bias!r}".replace("'", '"'), "WEIGHTS = {"]
    for kind, values in weights.items():
        rows = [", ".join(map(str, values[at : at + 11])) for at in range(0, len(values), 11)]
        lines += [f'    "{kind}": [', *(f"        {row}," for row in rows), "    ],"]
    WEIGHTS.write_text("\n".join([*lines, "}  # fmt: skip", ""]), encoding="utf-8")


def evaluate(pictures: Sequence[tuple[str, np.ndarray]]) -> str:
    """The table, one row for each sensitivity: means over the pictures (precision and recall over all their pixels)."""
    models, action, rows = Models(), find("inpaint", "repair"), []
    for sensitivity in SENSITIVITIES:
        marked = right = harmed_in_all = found = 0
        before, after, clean = [], [], []
        for number, (_, truth) in enumerate(pictures):
            broken, harmed = damage(truth / np.float32(255), np.random.default_rng(number))
            picture = Picture((255 * broken + 0.5).astype(np.uint8))
            repaired, mask = picture.array.copy(), np.zeros(harmed.shape, bool)
            settings = {"sensitivity": sensitivity, "seed": 1}
            try:
                made = perform(action, settings, models, Progress(), picture)[0].layers[0]
                box = Picture(made.picture.array).box.shift(made.x, made.y)
                repaired[box.slices], mask[box.slices] = made.picture.array, made.mask
            except BadInput:
                pass  # nothing was found
            near = cv2.dilate(harmed.astype(np.uint8), RIM) > 0
            marked, right = marked + mask.sum(), right + (mask & near).sum()
            harmed_in_all, found = harmed_in_all + harmed.sum(), found + (mask & harmed).sum()
            before.append(psnr(picture.array, truth))
            after.append(psnr(repaired, truth))
            clean.append(defects.find_defects(Picture(truth), sensitivity, Progress()).mean())
        worse = np.mean(np.array(after) < np.array(before))
        numbers = (right / max(marked, 1), found / harmed_in_all, np.mean(before), np.mean(after), worse,
                   np.mean(clean), np.max(clean))  # fmt: skip
        texts = ("{:.0%}", "{:.0%}", "{:.2f} dB", "{:.2f} dB", "{:.0%}", "{:.3%}", "{:.2%}")
        rows.append([str(sensitivity), *(text.format(number) for text, number in zip(texts, numbers, strict=True))])
    head = ["sensitivity", "precision", "recall", "damaged", "repaired", "made worse", "marked when clean", "at worst"]
    return markdown(head, rows)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--start", default="", help="measure only on pictures whose names start so")
    parser.add_argument("--count", type=int, default=200, help="how many pictures to fit on; 0 keeps the weights")
    options = parser.parse_args(words)
    if options.count:
        files = sorted(file for file in options.photos.rglob("*") if file.is_file())
        chosen = np.random.default_rng(0).permutation(len(files))[: options.count]
        read = (cv2.imread(str(files[number]), cv2.IMREAD_COLOR_RGB) for number in chosen)
        defects.WEIGHTS, defects.BIAS = fit([picture for picture in read if picture is not None])
        write(defects.WEIGHTS, defects.BIAS)
    print(evaluate(read_pictures(options.evaluation, options.start)))


if __name__ == "__main__":
    main()
