"""Measure fusing: python -m export.fuse.evaluate FOLDER [--pictures N] [--sheet FILE]

Made stacks, whose true picture is known, from pictures of the pack clic2025, and the bracket exposure-fusion-house.
Everything runs through the engine as a user runs it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.align import find_alignment, movement
from gesso.engine.blend.fuse import process_input
from gesso.engine.blend.takes import grey
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import compare, luma, markdown, psnr, read_pictures
from export.fuse.scenes import STEPS, exposed, focused, hand, intruder, moved

PATCH, STRIDE = 8, 4
MEAN, GESSO = "plain mean", "gesso"
Scores = dict[str, list[float]]


def mef_ssim(result: np.ndarray, stack: Sequence[np.ndarray]) -> float:
    """How much of the stack's local structure and contrast a fused picture keeps, 0..1, on luma, 8x8 patches.

    Ma, Zeng & Wang, "Perceptual quality assessment for multi-exposure image fusion", TIP 2015, its single scale.
    """
    windows = [
        np.lib.stride_tricks.sliding_window_view(luma(p), (PATCH, PATCH))[::STRIDE, ::STRIDE].reshape(-1, PATCH**2)
        for p in (result, *stack)
    ]
    got, *given = (window - window.mean(axis=1, keepdims=True) for window in windows)
    lengths = np.stack([np.linalg.norm(patch, axis=1) for patch in given])  # K x patches
    agree = np.linalg.norm(sum(given), axis=1) / (lengths.sum(axis=0) + 1e-9)
    power = np.tan(np.pi / 2 * agree.clip(0, 0.999)).clip(0, 10)
    weights = (lengths / (lengths.max(axis=0) + 1e-9)) ** power
    units = [patch / (length[:, None] + 1e-9) for patch, length in zip(given, lengths, strict=True)]
    wanted = sum(weight[:, None] * unit for weight, unit in zip(weights, units, strict=True))
    wanted = wanted / (np.linalg.norm(wanted, axis=1, keepdims=True) + 1e-9) * lengths.max(axis=0)[:, None]
    constant = (0.03 * 255) ** 2
    shared = 2 * (wanted * got).mean(axis=1) + constant
    return float((shared / ((wanted**2).mean(axis=1) + (got**2).mean(axis=1) + constant)).mean())


def fused(stack: Sequence[np.ndarray], **settings) -> np.ndarray:
    layers = tuple(Picture(picture) for picture in stack)
    outcome, _ = perform(find("blend", "fuse"), settings, Models(), Progress(), layers=layers)
    return outcome.layers[0].picture.array


def plain_mean(stack: Sequence[np.ndarray]) -> np.ndarray:
    return np.mean(stack, axis=0).round().astype(np.uint8)


def mertens(stack: Sequence[np.ndarray]) -> np.ndarray:
    """OpenCV's, 8 bits; gives more than white in places."""
    return (cv2.createMergeMertens().process(list(stack)).clip(0, 1) * 255).round().astype(np.uint8)


def exposures(pictures: list[np.ndarray], house: list[np.ndarray]) -> dict[str, Scores]:
    """MEF-SSIM of made brackets and of the bracket of a house; not aligned, since the measure compares pixels."""
    brackets = {"made": [[exposed(p, stop) for stop in STEPS] for p in pictures], "house": [house]}
    scores: dict[str, Scores] = {}
    for name, stacks in brackets.items():
        scores[name] = {
            "best single": [max(mef_ssim(one, stack) for one in stack) for stack in stacks],
            MEAN: [mef_ssim(plain_mean(stack), stack) for stack in stacks],
            "OpenCV Mertens": [mef_ssim(mertens(stack), stack) for stack in stacks],
            GESSO: [mef_ssim(fused(stack, align=False), stack) for stack in stacks],
        }
    return scores


def ghosts(pictures: list[np.ndarray]) -> Scores:
    """PSNR, in and around a thing that is in one picture of a bracket only, against the bracket without it.

    That picture is not the one that the others are laid on: what is in that one stays.
    """
    scores: Scores = {"OpenCV Mertens": [], "gesso, ghosts left": [], GESSO: []}
    for number, picture in enumerate(pictures):
        visited, where = intruder(picture, pictures[number - 1], np.random.default_rng(number))
        still = [exposed(picture, stop) for stop in STEPS]
        base = process_input(tuple(Picture(one) for one in still), "exposures")[2]
        guest = (base + 1) % len(STEPS)
        stack = [exposed(visited, stop) if n == guest else still[n] for n, stop in enumerate(STEPS)]
        around = cv2.dilate(where.astype(np.uint8), np.ones((41, 41))) > 0
        scores["OpenCV Mertens"].append(psnr(mertens(stack)[around], mertens(still)[around]))
        wanted = fused(still, align=False, ghosts=False)
        for name, on in (("gesso, ghosts left", False), (GESSO, True)):
            scores[name].append(psnr(fused(stack, align=False, ghosts=on)[around], wanted[around]))
    return scores


def focus(pictures: list[np.ndarray]) -> Scores:
    """PSNR against the picture that is sharp everywhere."""
    scores: Scores = {"best single": [], MEAN: [], GESSO: []}
    for number, picture in enumerate(pictures):
        stack = focused(picture, np.random.default_rng(number))
        scores["best single"].append(max(psnr(one, picture) for one in stack))
        scores[MEAN].append(psnr(plain_mean(stack), picture))
        scores[GESSO].append(psnr(fused(stack), picture))
    return scores


def alignments(pictures: list[np.ndarray]) -> dict[str, Scores]:
    """How far off the worst corner is, in pixels: as taken, and aligned."""
    scores: dict[str, Scores] = {}
    for number, picture in enumerate(pictures):
        rng = np.random.default_rng(number)
        matrix = hand(picture.shape, rng)
        other = moved(picture, matrix)
        for name, pair in {
            "same exposure": (picture, other),
            "2 EV apart": (exposed(picture, -1), exposed(other, 1)),
            "other focus": (focused(picture, np.random.default_rng(number))[1], focused(other, rng)[2]),
        }.items():
            scores.setdefault(name, {"as taken": [], GESSO: []})
            found = find_alignment(*(grey(Picture(one)) for one in pair))
            scores[name]["as taken"].append(movement(matrix, picture.shape))
            off = np.linalg.inv(matrix) @ found
            scores[name][GESSO].append(movement(off, picture.shape))
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pictures", type=int, default=41, help="of the pack clic2025, at most")
    parser.add_argument("--sheet", type=Path, help="write the bracket of the house and what was made of it")
    chosen = parser.parse_args()
    pictures = [picture for _, picture in read_pictures(chosen.folder, "clic2025")][: chosen.pictures]
    house = [picture for _, picture in read_pictures(chosen.folder, "exposure-fusion-house")]
    head = ["", "mean", "difference (95 % interval)"]
    for name, scores in exposures(pictures, house).items():
        print(f"\nMEF-SSIM, brackets: {name}\n")
        rows = [[m, f"{np.mean(v):.4f}", f"{np.mean(v) - np.mean(scores[MEAN]):+.4f}"] for m, v in scores.items()]
        print(markdown(head, rows))
    print("\nA thing that moved, PSNR\n\n" + markdown(head, compare(ghosts(pictures), "OpenCV Mertens")))
    print("\nFocus, PSNR\n\n" + markdown(head, compare(focus(pictures), "best single")))
    for name, scores in alignments(pictures).items():
        rows = [[m, f"{np.median(v):.2f}", f"{np.max(v):.2f}"] for m, v in scores.items()]
        print(f"\nAlignment, {name}, pixels off\n\n" + markdown(["", "median", "worst"], rows))
    if chosen.sheet:
        shown = [*house, plain_mean(house), fused(house)]
        small = [cv2.resize(picture, (480, 320), interpolation=cv2.INTER_AREA) for picture in shown]
        Image.fromarray(np.vstack([np.hstack(small[:3]), np.hstack(small[3:])])).save(chosen.sheet)


if __name__ == "__main__":
    main()
