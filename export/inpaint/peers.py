"""What a fill is compared with: OpenCV's two methods and G'MIC's patch inpainting, as their users run them."""

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from export.data import WORK

STOKES, TELEA, GMIC = "OpenCV Navier-Stokes", "OpenCV Telea", "G'MIC patches"
Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]  # HxWx3 uint8 without its hole, HxW bool -> HxWx3 uint8
Timed = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]  # the same, and how many seconds it took


def peers() -> dict[str, Timed]:
    """Every peer by name. G'MIC must be installed (Debian's package `gmic`)."""
    if not shutil.which("gmic"):
        raise SystemExit("gmic is not installed: the comparison needs it (apt install gmic)")
    return {STOKES: timed(_opencv(cv2.INPAINT_NS)), TELEA: timed(_opencv(cv2.INPAINT_TELEA)), GMIC: kept(timed(gmic))}


def timed(fill: Fill) -> Timed:
    def run(picture: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, float]:
        start = time.perf_counter()
        filled = fill(picture, hole)
        return filled, time.perf_counter() - start

    return run


def kept(fill: Timed) -> Timed:
    """A slow fill, whose every answer is kept in a file, with its time, so that measuring again is cheap."""

    def run(picture: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, float]:
        seen = np.dstack((np.where(hole[..., None], 0, picture), hole)).astype(np.uint8)
        file = WORK / "fills" / f"{hashlib.sha256(seen.tobytes()).hexdigest()[:24]}.npz"
        if file.exists():
            with np.load(file) as answer:
                return answer["filled"], float(answer["seconds"])
        filled, seconds = fill(picture, hole)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".new.npz")
        np.savez_compressed(draft, filled=filled, seconds=seconds)
        draft.replace(file)
        return filled, seconds

    return run


def _opencv(kind: int) -> Fill:
    return lambda picture, hole: cv2.inpaint(picture, hole.astype(np.uint8), 3, kind)


def gmic(picture: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Multi-scale patch inpainting (command inpaint_matchpatch), with its default settings."""
    with tempfile.TemporaryDirectory() as folder:
        photo, mask, result = (str(Path(folder) / name) for name in ("photo.png", "mask.png", "result.png"))
        grey = np.where(hole[..., None], np.uint8(128), picture)  # a white or a black hole it fills with black at times
        Image.fromarray(grey).save(photo)
        Image.fromarray(hole.astype(np.uint8) * 255).save(mask)
        command = ["gmic", "-v", "0", photo, mask, "-inpaint_matchpatch[0]", "[1]", "-o[0]", result]
        subprocess.run(command, check=True, capture_output=True)
        return np.where(hole[..., None], np.asarray(Image.open(result).convert("RGB")), picture)
