"""Damage drawn into pictures: scratches, dust, hairs and creases as scans of prints and film have them."""

import io

import cv2
import numpy as np
from PIL import Image

KINDS = {"scratch": 0.25, "line": 0.15, "dust": 0.35, "hair": 0.15, "crease": 0.1}  # how often each is drawn
STROKES = {"scratch": ((40, 400), 0.01, (1, 3)), "hair": ((20, 80), 0.15, (1, 2)), "crease": ((150, 500), 0.03, (3, 7))}
SHARP = 0.35  # share of the defects whose edges are as hard as pixels allow
STEP = 6  # pixels between the bends of a stroke
FINE = 4  # bits of a fraction of a pixel
VISIBLE = 10 / 255  # a change of a pixel that counts as damage
RIM = np.ones((5, 5), np.uint8)  # what lies as near to damage as this may be marked or not


def damage(
    rgb: np.ndarray, random: np.random.Generator, counts: tuple[int, int] = (6, 16)
) -> tuple[np.ndarray, np.ndarray]:
    """`rgb` (HxWx3, 0..1) with defects drawn into it, float32, and where it visibly differs, HxW bool.

    counts: the fewest defects, and one more than the most.
    """
    damaged, harmed = rgb.astype(np.float32), np.zeros(rgb.shape[:2], bool)
    for kind in random.choice(list(KINDS), int(random.integers(*counts)), p=list(KINDS.values())):
        cover = cover_of(str(kind), rgb.shape[0], rgb.shape[1], random)
        if random.random() > SHARP:
            cover = cv2.GaussianBlur(cover, (0, 0), random.uniform(0.4, 0.9))
        level = random.uniform(0.8, 1.0) if random.random() < 0.5 else random.uniform(0.0, 0.2)
        colour = (level + random.normal(0, 0.03, 3)).astype(np.float32)
        change = (colour - damaged) * (cover * random.uniform(0.4, 1.0))[..., None]
        harmed |= np.abs(change).mean(axis=2) > VISIBLE
        damaged += change
    return damaged.clip(0, 1), harmed


def around(harmed: np.ndarray) -> np.ndarray:
    """HxW bool: what is harmed, and the rim where marking does no harm."""
    return cv2.dilate(harmed.astype(np.uint8), RIM) > 0


def scanned(rgb: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """HxWx3, 0..1 -> HxWx3 uint8: with some noise, and half of the times as JPEG of quality 60 to 95."""
    noisy = rgb + random.normal(0, random.uniform(0, 6 / 255), rgb.shape)
    pixels = (noisy * 255 + 0.5).clip(0, 255).astype(np.uint8)
    if random.random() < 0.5:
        return pixels
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=int(random.integers(60, 96)))
    return np.asarray(Image.open(file))


def cover_of(kind: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """How much of each pixel one defect covers: HxW float32, 0..1."""
    cover = np.zeros((height, width), np.uint8)
    if kind == "dust":
        cv2.fillPoly(cover, [fine(speck(height, width, random))], 255, cv2.LINE_AA, FINE)
        return cover / np.float32(255)
    if kind == "line":
        points, pen = across(height, width, random), int(random.integers(1, 4))
    else:
        points, pen = stroke(kind, height, width, random), int(random.integers(*STROKES[kind][2], endpoint=True))
    cv2.polylines(cover, [fine(points)], False, 255, pen, cv2.LINE_AA, FINE)
    if kind == "crease":  # the layer of colour has flaked off in places
        patches = random.uniform(0.6, 1, (height // 16 + 1, width // 16 + 1)).astype(np.float32)
        return cover / np.float32(255) * cv2.resize(patches, (width, height))
    return cover / np.float32(255)


def fine(points: np.ndarray) -> np.ndarray:
    """Points in pixels as OpenCV wants them."""
    return np.round(points * 2**FINE).astype(np.int32)


def speck(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """The outline of a grain of dust, N x 2."""
    corners = int(random.integers(4, 9))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    radii = random.uniform(1, 5) * random.uniform(0.5, 1.2, corners)
    return random.uniform((0, 0), (width, height)) + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def across(height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """A straight line as a film's transport leaves it, along the rows or columns or nearly so, 2 x 2."""
    length = random.uniform(0.2, 1) * height
    top, left, slant = random.uniform(0, height - length), random.uniform(0, width), random.normal(0, 0.01)
    if random.random() < 0.5:
        left = np.floor(left) + 0.5 * (slant := 0.0)
    line = np.array([[left, top], [left + slant * length, top + length]])
    return line if random.random() < 0.7 else line[:, ::-1] * (width / height, height / width)


def stroke(kind: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """The middle of a scratch, hair or crease, N x 2."""
    length, bend, _ = STROKES[kind]
    steps = int(random.uniform(*length) / STEP)
    turns = np.convolve(random.normal(0, bend, steps), 0.8 ** np.arange(steps))[:steps]
    angles = random.uniform(0, 2 * np.pi) + np.cumsum(turns)
    return random.uniform((0, 0), (width, height)) + STEP * np.cumsum(
        np.stack([np.cos(angles), np.sin(angles)], axis=1), axis=0
    )
