"""Measure harmonising on pictures it has never seen: python -m export.harmonize.evaluate FOLDER [--sheet FILE]

A region of every picture is cut out along its outlines (GrabCut), changed in light and colour, and given back its
look by the engine, as a user runs it. Error is the mean square inside the region, on the scale of 0 to 255 (fMSE).
Three of the four kinds of change were never used in training.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import interval, markdown, read_pictures
from export.harmonize.pastes import cut_out, disturb
from export.training import images

PACKS = ("cbsd68", "clic2025", "gb82")
COMPOSITE, REINHARD, GESSO = "composite", "Reinhard", "gesso"
Change = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]  # picture, another one -> changed picture


def as_trained(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, white balance, gamma, saturation, contrast, statistics of another picture; never unchanged."""
    pair = images(np.stack([cv2.resize(p, picture.shape[1::-1]) for p in (picture, other)]), torch.device("cpu"))
    while True:
        changed = disturb(pair, torch.Generator().manual_seed(int(rng.integers(1 << 30))))[0]
        if not torch.equal(changed, pair[0]):
            return (changed.permute(1, 2, 0).numpy() * 255).astype(np.uint8)


def curves(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A rising tone curve through five points, partly its own for each channel."""
    knots = np.linspace(0, 255, 5)
    shared = rng.normal(0, 32, 5)
    result = np.empty_like(picture)
    for channel in range(3):
        heights = np.sort((knots + shared + rng.normal(0, 18, 5)).clip(0, 255))
        table = cv2.GaussianBlur(np.interp(np.arange(256), knots, heights)[None], (0, 0), 8)[0]
        result[..., channel] = table.round().astype(np.uint8)[picture[..., channel]]
    return result


def lookup(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random smooth 3D table: each of 3x3x3 colours moves somewhere else, those between follow."""
    moves = torch.from_numpy(rng.normal(0, 0.18, (1, 3, 3, 3, 3)).astype(np.float32))
    places = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1)[None, None]
    change = torch.nn.functional.grid_sample(moves, places, align_corners=True)[0, :, 0].permute(1, 2, 0).numpy()
    return (picture + 255 * change).clip(0, 255).round().astype(np.uint8)


def matched(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half to fully the histograms of another picture."""
    amount, result = rng.uniform(0.5, 1), np.empty_like(picture)
    for channel in range(3):
        have, want = (np.bincount(p[..., channel].ravel(), minlength=256).cumsum() for p in (picture, other))
        table = np.interp(have / have[-1], want / want[-1], np.arange(256))
        mixed = table[picture[..., channel]] * amount + picture[..., channel] * (1 - amount)
        result[..., channel] = mixed.round().astype(np.uint8)
    return result


KINDS: dict[str, Change] = {"as trained": as_trained, "curves": curves, "3D table": lookup, "histogram": matched}


def reinhard(picture: np.ndarray, pasted: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean and spread of the surroundings given to the region, in CIELAB (Reinhard et al. 2001)."""
    lab = [cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) for p in (pasted, picture)]
    inside, outside = lab[0][mask], lab[1][~mask]
    lab[0] = (lab[0] - inside.mean(0)) * (outside.std(0) / (inside.std(0) + 1e-3)) + outside.mean(0)
    return (cv2.cvtColor(lab[0].astype(np.float32), cv2.COLOR_Lab2RGB).clip(0, 1) * 255).round().astype(np.uint8)


def harmonized(picture: np.ndarray, pasted: np.ndarray, mask: np.ndarray, models: Models, model: str) -> np.ndarray:
    """By the engine, all HxWx3 uint8; outside of `mask` (HxW bool) meaningless."""
    top = Picture(np.dstack([pasted, np.where(mask, 255, 0).astype(np.uint8)]))
    action, settings = find("blend", "harmonize"), {"model": model}
    made, _ = perform(action, settings, models, Progress(), Picture(picture), top=top)
    layer, result = made.layers[0], pasted.copy()
    height, width = layer.picture.array.shape[:2]
    result[layer.y : layer.y + height, layer.x : layer.x + width] = layer.picture.array[..., :3]
    return result


def fmse(result: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> float:
    return float(np.square(result[mask].astype(np.float64) - truth[mask]).mean())


def measure(
    folder: Path, packs: Sequence[str], model: str
) -> tuple[dict[str, dict[str, list[float]]], list[np.ndarray]]:
    """(errors by kind of change and method, one a picture; rows of pictures to look at)."""
    models, pictures = Models(), [picture for pack in packs for picture in read_pictures(folder, pack)]
    errors: dict[str, dict[str, list[float]]] = {
        kind: {COMPOSITE: [], REINHARD: [], GESSO: []} for kind in [*KINDS, "unchanged"]
    }
    rows = []
    for number, (_, truth) in enumerate(pictures):
        rng = np.random.default_rng(number)
        mask, other = cut_out(truth, rng), pictures[number - 1][1]
        changed = {kind: change(truth, other, rng) for kind, change in KINDS.items()} | {"unchanged": truth}
        for kind, pasted in changed.items():
            results = {
                COMPOSITE: pasted,
                REINHARD: reinhard(truth, pasted, mask),
                GESSO: harmonized(truth, pasted, mask, models, model),
            }
            for method, result in results.items():
                errors[kind][method].append(fmse(result, truth, mask))
            if number % 24 == 0:
                shown = [np.where(mask[..., None], result, truth) for result in (*results.values(), truth)]
                rows.append(np.hstack([cv2.resize(p, (320, 214), interpolation=cv2.INTER_AREA) for p in shown]))
    return errors, rows


def table(errors: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    """Rows (kind, method, fMSE, its share of the composite's, difference to the composite with 95 % interval)."""
    every = {m: np.mean([errors[kind][m] for kind in KINDS], axis=0).tolist() for m in (COMPOSITE, REINHARD, GESSO)}
    rows = []
    for kind, scores in (*errors.items(), ("all changes", every)):
        for method, values in scores.items():
            plain = np.mean(scores[COMPOSITE])
            mean, low, high = interval(np.subtract(values, scores[COMPOSITE]))
            gain = "" if method == COMPOSITE else f"{mean:+.0f} ({low:+.0f} to {high:+.0f})"
            share = f"{np.mean(values) / plain:.2f}" if plain else ""
            rows.append([kind, method, f"{np.mean(values):.0f}", share, gain])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", nargs="+", default=PACKS, help="beginnings of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--sheet", type=Path, help="write composite, Reinhard, gesso and truth side by side")
    chosen = parser.parse_args()
    errors, rows = measure(chosen.folder, chosen.pack, chosen.model)
    print(markdown(["change", "method", "fMSE", "of the composite's", "difference (95 % interval)"], table(errors)))
    if chosen.sheet:
        Image.fromarray(np.vstack(rows)).save(chosen.sheet)


if __name__ == "__main__":
    main()
