"""Measure seamless pasting: python -m export.seamless.evaluate FOLDER [--pictures N] [--sheet FILE]

Three kinds of paste, from pictures of the pack clic2025, the pasted region cut along outlines as for harmonizing:

    light   a region of the picture itself, brighter and tinted: the true result is the picture
    shift   a region of the picture itself, moved by a quarter of its size: its edge crosses unlike things
    other   a region of another picture

Seam: the mean step across the region's outline, of the mean step between neighbours just inside and outside of it, so
that 1 is no seam. Inside: how far the region's inner colours are from what they should be (light) or were (the others).
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.composite import lay
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import interval, markdown, read_pictures
from export.harmonize.pastes import cut_out

METHODS = ("membrane", "mixed", "bands", "auto")
RIM, DEEP = 6, 24  # pixels: what is beside the outline, what is far from it
FEATHER = 6.0  # pixels, of the plain method


def pastes(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> dict[str, tuple[np.ndarray, ...]]:
    """(pasted HxWx3 uint8, what its inside shall show HxWx3 uint8, where it is HxW bool), by kind."""
    height, width = picture.shape[:2]
    mask = cut_out(picture, rng)
    light = (picture * rng.uniform(0.6, 0.8) + rng.uniform(0, 40, 3)).clip(0, 255).astype(np.uint8)
    shifted = np.roll(picture, (height // 6, width // 6), (0, 1))
    alien = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    return {"light": (light, picture, mask), "shift": (shifted, shifted, mask), "other": (alien, alien, mask)}


def pasted(picture: np.ndarray, top: np.ndarray, mask: np.ndarray, method: str) -> tuple[np.ndarray, str]:
    """(the composite as the engine makes it, the method it took)."""
    layer = Picture(np.dstack([top, np.where(mask, 255, 0).astype(np.uint8)]))
    base, action = Picture(picture), find("blend", "seamless")
    outcome, record = perform(action, {"method": method}, Models(), Progress(), base, top=layer)
    made = outcome.layers[0]
    return lay(base, made.picture, made.x, made.y, None, True).array, record["notes"]["method"]


def plain(picture: np.ndarray, top: np.ndarray, mask: np.ndarray, feather: float) -> np.ndarray:
    """The region laid on the picture, its alpha softened inwards."""
    near = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    alpha = (near / feather).clip(0, 1)[..., None] if feather else mask[..., None].astype(np.float32)
    return (picture + (top.astype(np.float32) - picture) * alpha).round().astype(np.uint8)


def seam(result: np.ndarray, mask: np.ndarray) -> float:
    """The mean step across the outline over the mean step beside it."""
    values, across, beside = result.astype(np.float32), [], []
    near = cv2.dilate(mask.astype(np.uint8), np.ones((2 * RIM + 1,) * 2)) > 0
    near &= ~(cv2.erode(mask.astype(np.uint8), np.ones((2 * RIM + 1,) * 2)) > 0)
    for axis in (0, 1):
        steps = np.abs(np.diff(values, axis=axis)).mean(axis=2)
        crossing = np.diff(mask.astype(np.int8), axis=axis) != 0
        rim = near[: steps.shape[0], : steps.shape[1]] & ~crossing
        across.append(steps[crossing])
        beside.append(steps[rim])
    return float(np.concatenate(across).mean() / max(np.concatenate(beside).mean(), 1e-3))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pictures", type=int, default=41, help="of the pack clic2025, at most")
    parser.add_argument("--sheet", type=Path, help="write the pastes of some pictures by every method")
    chosen = parser.parse_args()
    pictures = [picture for _, picture in read_pictures(chosen.folder, "clic2025")][: chosen.pictures]
    seams: dict[tuple[str, str], list[float]] = {}
    insides: dict[tuple[str, str], list[float]] = {}
    taken: dict[str, list[str]] = {}
    rows = []
    for number, picture in enumerate(pictures):
        for kind, (top, wanted, mask) in pastes(picture, pictures[number - 1], np.random.default_rng(number)).items():
            deep = cv2.erode(np.pad(mask, 1).astype(np.uint8), np.ones((2 * DEEP + 1,) * 2))[1:-1, 1:-1] > 0
            results = {"true": wanted} if kind == "light" else {}
            results |= {"plain": plain(picture, top, mask, 0), "feather": plain(picture, top, mask, FEATHER)}
            for method in METHODS:
                results[method], took = pasted(picture, top, mask, method)
            taken.setdefault(kind, []).append(took)
            for method, result in results.items():
                seams.setdefault((kind, method), []).append(seam(result, mask))
                if deep.any():
                    off = np.abs(result[deep].astype(float) - wanted[deep]).mean()
                    insides.setdefault((kind, method), []).append(float(off))
            if kind == "other" and number < 6:
                rows.append(
                    np.hstack([cv2.resize(r, (300, 200), interpolation=cv2.INTER_AREA) for r in results.values()])
                )
    lines = []
    for (kind, method), values in seams.items():
        mean, low, high = interval(values)
        count = f"{taken[kind].count(method)} of {len(pictures)}" if method in METHODS[:-1] else ""
        lines.append(
            [kind, method, f"{mean:.2f} ({low:.2f} to {high:.2f})", f"{np.mean(insides[kind, method]):.1f}", count]
        )
    print(markdown(["paste", "method", "seam (95 % interval)", "inside, 8-bit steps off", "automatic took it"], lines))
    if chosen.sheet:
        Image.fromarray(np.vstack(rows)).save(chosen.sheet)


if __name__ == "__main__":
    main()
