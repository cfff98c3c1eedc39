"""Measures, baselines and tables that the evaluations of all families share.

Pictures are HxWx3 uint8 RGB unless said otherwise. A result stands beside its baseline on the same
pictures, with the confidence interval of the mean difference: an unpaired number says little.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from export.data import ENDINGS

LUMA = np.array([65.481, 128.553, 24.966]) / 255  # ITU-R BT.601, 16..235 for 8-bit RGB


def read_pictures(folder: Path, start: str = "") -> list[tuple[str, np.ndarray]]:
    """(name, pixels) of the pictures of `folder` whose names begin with `start`, by name."""
    files = sorted(p for p in folder.iterdir() if p.name.startswith(start) and p.suffix.lower() in ENDINGS)
    if not files:
        raise SystemExit(f"{folder}: no picture {start}*")
    return [(file.stem, np.asarray(Image.open(file).convert("RGB"))) for file in files]


def psnr(result: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio, dB, over all channels; at most 100 for equal pictures."""
    error = np.square(result.astype(np.float64) - truth).mean()
    return float(min(100.0, 10 * np.log10(255**2 / max(error, 1e-12))))


def luma(picture: np.ndarray) -> np.ndarray:
    """The Y of BT.601 that super-resolution papers measure on, HxW float64, 16..235."""
    return picture.astype(np.float64) @ LUMA + 16


def psnr_y(result: np.ndarray, truth: np.ndarray, border: int = 0) -> float:
    """PSNR of the luma, `border` pixels left out on every side, dB."""
    inner = (slice(border, truth.shape[0] - border), slice(border, truth.shape[1] - border))
    return psnr(luma(result)[inner], luma(truth)[inner])


def ssim(result: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity of the luma (Wang et al. 2004): Gaussian window of 11 pixels, sigma 1.5."""
    a, b = luma(result), luma(truth)

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(x, (11, 11), 1.5)[5:-5, 5:-5]

    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(((2 * ma * mb + c1) * (2 * vab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())


def reduce(picture: np.ndarray, scale: int) -> np.ndarray:
    """The papers' small picture: antialiased bicubic to 1/scale. Both sides must be multiples of `scale`."""
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width // scale, height // scale), Image.Resampling.BICUBIC))


def bicubic(picture: np.ndarray, scale: int) -> np.ndarray:
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.BICUBIC))


def lanczos(picture: np.ndarray, scale: int) -> np.ndarray:
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width * scale, height * scale), Image.Resampling.LANCZOS))


def gmsd(result: np.ndarray, truth: np.ndarray) -> float:
    """Gradient magnitude similarity deviation (Xue et al. 2014) of the whole pictures; 0 is best."""
    maps = []
    for picture in (result, truth):
        grey = cv2.blur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), (2, 2))[::2, ::2]
        kernel = np.array([[1, 0, -1]] * 3, np.float32) / 3
        maps.append(np.hypot(cv2.filter2D(grey, -1, kernel), cv2.filter2D(grey, -1, kernel.T)))
    a, b = maps
    return float(((2 * a * b + 170) / (a * a + b * b + 170)).std())


def nlm(noisy: np.ndarray, h: float) -> np.ndarray:
    """OpenCV's non-local means (Buades et al. 2005) for colour pictures, one strength for brightness and colour."""
    bgr = np.ascontiguousarray(noisy[..., ::-1])
    return cv2.fastNlMeansDenoisingColored(bgr, None, h, h, 7, 21)[..., ::-1]


def interval(differences: Sequence[float] | np.ndarray, draws: int = 10_000) -> tuple[float, float, float]:
    """(mean, low, high): 95 % bootstrap confidence interval of the mean, the same for the same numbers."""
    values = np.asarray(differences, np.float64)
    means = np.random.default_rng(0).choice(values, (draws, len(values))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def compare(scores: Mapping[str, Sequence[float]], baseline: str) -> list[list[str]]:
    """Rows (method, mean, difference to `baseline` with its interval) of scores on the same pictures."""
    rows = []
    for method, values in scores.items():
        mean, low, high = interval(np.subtract(values, scores[baseline]))
        gain = "" if method == baseline else f"{mean:+.2f} ({low:+.2f} to {high:+.2f})"
        rows.append([method, f"{np.mean(values):.2f}", gain])
    return rows


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def best_setting(values: Sequence[float], score: Callable[[float], float]) -> float:
    """The value of the highest score: a baseline is measured at its best, not at its default."""
    return max(values, key=score)
