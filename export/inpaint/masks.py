"""Holes for training and evaluation: irregular strokes and boxes, as LaMa's (Suvorov et al. 2022).

Widths are in pixels of the picture that the hole is cut into. A hole is HxW bool, True where the picture is missing.
"""

import cv2
import numpy as np

WIDTHS = {"thin": (3, 8), "medium": (20, 40), "thick": (80, 160)}  # the evaluation's three kinds, stroke width


def strokes(
    height: int, width: int, rng: np.random.Generator, widths: tuple[int, int], count: int, length: float
) -> np.ndarray:
    """`count` wandering strokes of a width within `widths`, each about `length` pixels long."""
    hole = np.zeros((height, width), np.uint8)
    for _ in range(count):
        point = rng.uniform((0, 0), (width, height))
        angle, pen = rng.uniform(0, 2 * np.pi), int(rng.integers(widths[0], widths[1] + 1))
        for _ in range(int(rng.integers(2, 6))):
            step = rng.uniform(0.1, 0.4) * length
            end = np.clip(point + step * np.array((np.cos(angle), np.sin(angle))), 0, (width - 1, height - 1))
            cv2.line(hole, point.astype(int).tolist(), end.astype(int).tolist(), 1, pen)
            point, angle = end, angle + rng.normal(0, 0.8)
    return hole > 0


def boxes(height: int, width: int, rng: np.random.Generator, sides: tuple[int, int], count: int) -> np.ndarray:
    """`count` rectangles with sides within `sides`."""
    hole = np.zeros((height, width), bool)
    for _ in range(count):
        tall, wide = rng.integers(sides[0], sides[1] + 1, 2)
        top, left = rng.integers(-tall // 4, height - tall // 2), rng.integers(-wide // 4, width - wide // 2)
        hole[max(top, 0) : top + tall, max(left, 0) : left + wide] = True
    return hole


def training_hole(size: int, rng: np.random.Generator) -> np.ndarray:
    """One hole over 4-60 % of a size x size crop, as thick as those that the engine gives to the network."""
    while True:
        kind = rng.random()
        if kind < 0.25:
            hole = strokes(size, size, rng, (2, 5), int(rng.integers(2, 8)), size)
        elif kind < 0.75:
            hole = strokes(size, size, rng, (5, 17), int(rng.integers(1, 5)), size)
        else:
            hole = boxes(size, size, rng, (size // 8, size // 3), int(rng.integers(1, 5)))
        if 0.04 < hole.mean() < 0.6:
            return hole


def evaluation_hole(height: int, width: int, kind: str, seed: int) -> np.ndarray:
    """The fixed hole of the evaluation: strokes of a kind of `WIDTHS` over 5-25 % of a picture."""
    rng = np.random.default_rng(seed)
    hole = np.zeros((height, width), bool)
    target = {"thin": 0.05, "medium": 0.15, "thick": 0.2}[kind]
    while hole.mean() < target:
        hole |= strokes(height, width, rng, WIDTHS[kind], 1, min(height, width))
    return hole
