"""Measure morphing: python -m export.morph.evaluate FOLDER [--pictures N] [--sheet FILE]

Made pairs of pictures whose middle is known, from the pack clic2025: the camera moves, turns and comes nearer, and a
thing before it goes its own way. And pairs of different pictures, between which it paints: they have no true middle.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from gesso.engine.blend.morph import moved
from gesso.engine.blend.painted import PaintedWay
from gesso.engine.image import Picture
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.evaluate import compare, luma, markdown, psnr, read_pictures

FRAMES = 15  # of a painted way
SIDE = 480, 320  # of the pictures it leads between
TURN, ZOOM, SHIFT, OWN = 4.0, 0.06, 25.0, 30.0  # at most: degrees, share, pixels, pixels of the thing before it


def scene(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """The view at the start, in the middle and at the end, HxWx3 uint8; a disc of `other` goes its own way."""
    height, width = picture.shape[:2]
    turn, zoom = rng.uniform(-TURN, TURN), rng.uniform(-ZOOM, ZOOM)
    shift, own = rng.uniform(-SHIFT, SHIFT, 2), rng.uniform(-OWN, OWN, 2)
    center = tuple(int(side * rng.uniform(0.35, 0.65)) for side in (width, height))
    disc = cv2.circle(np.zeros((height, width), np.float32), center, min(height, width) // 10, 1.0, -1)
    thing, views = cv2.resize(other, (width, height)), []
    for time in (0.0, 0.5, 1.0):
        camera = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), turn * time, 1 + zoom * time), np.float64)
        camera[:, 2] += shift * time
        path = np.array([[1, 0, own[0] * time], [0, 1, own[1] * time]])
        back = cv2.warpAffine(picture, camera, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        front, where = (cv2.warpAffine(one, path, (width, height), flags=cv2.INTER_CUBIC) for one in (thing, disc))
        mixed = back + (front.astype(np.float32) - back) * where[..., None].clip(0, 1)
        views.append(mixed.round().clip(0, 255).astype(np.uint8))
    return tuple(views)


def dissolve(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The middle of a plain cross-fade."""
    return ((first.astype(int) + last + 1) // 2).astype(np.uint8)


def sharpness(picture: np.ndarray) -> float:
    """Mean absolute Laplacian of the luma."""
    return float(np.abs(cv2.Laplacian(luma(picture), cv2.CV_64F)).mean())


def step_ratio(frames: list[np.ndarray]) -> float:
    """The largest step from a frame to the next, to the median step."""
    steps = [float(np.abs(after - before.astype(np.float32)).mean()) for before, after in pairwise(frames)]
    return max(steps) / float(np.median(steps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pictures", type=int, default=41, help="of the pack clic2025, at most")
    parser.add_argument("--sheet", type=Path, help="write start, end, true middle, cross-fade and morph of the first")
    chosen = parser.parse_args()
    pictures = [picture for _, picture in read_pictures(chosen.folder, "clic2025")][: chosen.pictures]
    scores: dict[str, list[float]] = {"cross-fade": [], "gesso": []}
    sharp: dict[str, list[float]] = {"cross-fade": [], "gesso": []}
    for number, picture in enumerate(pictures):
        first, truth, last = scene(picture, pictures[number - 1], np.random.default_rng(number))
        made = next(moved(Picture(first), Picture(last), [0.5], Progress())).array
        for name, one in (("cross-fade", dissolve(first, last)), ("gesso", made)):
            scores[name].append(psnr(one, truth))
            sharp[name].append(sharpness(one) / sharpness(truth))
        if chosen.sheet and number == 0:
            Image.fromarray(np.hstack([first, last, truth, dissolve(first, last), made])).save(chosen.sheet)
    unlike: dict[str, list[float]] = {"cross-fade": [], "gesso": []}
    even: dict[str, list[float]] = {"cross-fade": [], "gesso": []}
    way, times = PaintedWay(Models(), 1), [step / (FRAMES + 1) for step in range(1, FRAMES + 1)]
    for number, picture in enumerate(pictures):
        first, last = (cv2.resize(one, SIDE, interpolation=cv2.INTER_AREA) for one in (picture, pictures[number - 1]))
        painted = [frame.array for frame in way.frames(Picture(first), Picture(last), times, Progress())]
        faded = [(first + time * (last.astype(np.float32) - first)).astype(np.uint8) for time in times]
        for name, between in (("cross-fade", faded), ("gesso", painted)):
            unlike[name].append(2 * sharpness(between[FRAMES // 2]) / (sharpness(first) + sharpness(last)))
            even[name].append(step_ratio([first, *between, last]))
    head = ["the middle frame", "mean", "difference (95 % interval)"]
    print("PSNR\n\n" + markdown(head, compare(scores, "cross-fade")))
    print("\nSharpness, of the true middle's\n\n" + markdown(head, compare(sharp, "cross-fade")))
    print("\nPainted: sharpness, of the mean of both ends'\n\n" + markdown(head, compare(unlike, "cross-fade")))
    print("\nPainted: the largest step, to the median\n\n" + markdown(head, compare(even, "cross-fade")))


if __name__ == "__main__":
    main()
