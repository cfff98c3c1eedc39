"""Stacks whose true picture is known: brackets of exposures with something that moves, and stacks of focus.

All pictures are HxWx3 uint8 RGB, all randomness is the generator's.
"""

import cv2
import numpy as np

STEPS = (-2.0, 0.0, 2.0)  # exposure values of a bracket
BLURS = np.array([0, 0.7, 1.4, 2.2, 3.2, 4.5, 6.0])  # standard deviations, pixels, of the blur at each depth of field
HAND = 12.0  # pixels that a corner moves between two pictures, at most


def exposed(picture: np.ndarray, stops: float) -> np.ndarray:
    """As a camera would show the picture, a gamma of 2.2, with 2^stops of the light; black and white are cut off."""
    light = (picture / 255.0) ** 2.2 * 2.0**stops
    return (255 * light.clip(0, 1) ** (1 / 2.2)).round().astype(np.uint8)


def hand(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A homography, 3x3, such as between two photos taken by hand: each corner moves its own way."""
    height, width = shape[:2]
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
    moved = corners + rng.uniform(-HAND / 2, HAND / 2, (4, 2)) + rng.uniform(-HAND / 2, HAND / 2, 2)
    return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))


def moved(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    flags = cv2.INTER_CUBIC
    return cv2.warpPerspective(picture, matrix, picture.shape[1::-1], flags=flags, borderMode=cv2.BORDER_REFLECT)


def intruder(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(the picture with a piece of another in it, where it is HxW bool)."""
    height, width = picture.shape[:2]
    center = (int(width * rng.uniform(0.25, 0.75)), int(height * rng.uniform(0.25, 0.75)))
    axes = (int(width * 0.08), int(height * 0.16))
    where = cv2.ellipse(np.zeros((height, width), np.uint8), center, axes, 0, 0, 360, 1, -1) > 0
    return np.where(where[..., None], cv2.resize(other, (width, height)), picture), where


def focused(picture: np.ndarray, rng: np.random.Generator, count: int = 4) -> list[np.ndarray]:
    """The picture in focus at `count` depths; the depth of each pixel is a smooth field with steps in it."""
    height, width = picture.shape[:2]
    depth = cv2.resize(rng.normal(0, 1, (4, 5)), (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(3):  # things that stand before the rest
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(width * rng.uniform(0.06, 0.2)), int(height * rng.uniform(0.06, 0.2)))
        where = cv2.ellipse(np.zeros((height, width), np.uint8), center, axes, 0, 0, 360, 1, -1) > 0
        depth[where] = rng.normal(0, 1)
    depth = (depth - depth.min()) / (depth.max() - depth.min())
    sharp = picture.astype(np.float32)
    blurred = [sharp, *(cv2.GaussianBlur(sharp, (0, 0), sigma) for sigma in BLURS[1:])]
    stack = []
    for plane in np.linspace(0.1, 0.9, count):
        level = (np.abs(depth - plane) * 1.6 * (len(BLURS) - 1)).clip(0, len(BLURS) - 1)
        low = np.floor(level).astype(int).clip(0, len(BLURS) - 2)
        part = (level - low)[..., None]
        shown = sum(
            (low == n)[..., None] * (blurred[n] * (1 - part) + blurred[n + 1] * part) for n in range(len(BLURS) - 1)
        )
        stack.append(np.asarray(shown).round().clip(0, 255).astype(np.uint8))
    return stack
