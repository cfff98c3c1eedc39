"""Measure a restoration on pictures it has never seen: python -m export.restore.evaluate FOLDER --task denoise

The damage has a fixed seed for each picture; the engine takes it away as a user runs it: with the strength told, and
with the strength measured. Pictures that have no damage go through too, and must stay as they are.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from zlib import crc32

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage.restoration import richardson_lucy

from export.evaluate import best_setting, compare, markdown, nlm, psnr, read_pictures
from export.restore.damage import jpeg

TUNING = 8  # pictures to choose a baseline's setting on: they are measured too, which favours the baseline
GRAIN = 1.0  # noise of the blurred pictures


class Baseline(Protocol):
    """A plain method at one of its settings: HxWx3 uint8 -> the same, better."""

    def __call__(self, bad: np.ndarray, level: float, setting: float) -> np.ndarray: ...


def add_noise(clean: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
    """HxWx3 uint8 with white noise of standard deviation `level`, clipped and rounded."""
    return np.clip(np.rint(clean + rng.normal(0, level, clean.shape)), 0, 255).astype(np.uint8)


def add_blur(clean: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    """HxWx3 uint8 behind a Gaussian, with noise of GRAIN."""
    soft = cv2.GaussianBlur(clean.astype(np.float32), (0, 0), radius, borderType=cv2.BORDER_REFLECT)
    return add_noise(soft, GRAIN, rng)


def deconvolved(bad: np.ndarray, level: float, setting: float) -> np.ndarray:
    """Richardson-Lucy with the true blur, `setting` times, without a dark rim."""
    line = cv2.getGaussianKernel(2 * int(np.ceil(3 * level)) + 1, level)
    rim = 4 * len(line)
    wide = cv2.copyMakeBorder(bad, rim, rim, rim, rim, cv2.BORDER_REFLECT).astype(np.float32) / 255
    planes = [richardson_lucy(plane, (line @ line.T).astype(np.float32), int(setting)) for plane in cv2.split(wide)]
    return np.rint(cv2.merge(planes)[rim:-rim, rim:-rim].clip(0, 1) * 255).astype(np.uint8)


def bm3d(bad: np.ndarray, level: float) -> np.ndarray:
    """BM3D for colour (Dabov et al. 2007) told the level; `pip install bm3d`, 15 seconds a picture."""
    from bm3d import bm3d_rgb

    return np.rint(bm3d_rgb(bad / 255, level / 255).clip(0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True)
class Trial:
    """`setting` is the engine's for the level; the baseline takes its best of `settings`."""

    levels: tuple[float, ...]
    damage: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    bad: str
    setting: str
    name: str
    baseline: Baseline
    settings: tuple[float, ...]


TRIALS = {
    "denoise": Trial(
        (15, 25, 50),
        add_noise,
        "noisy",
        "strength",
        "non-local means, h {:g} sigma",
        lambda bad, level, setting: nlm(bad, setting * level),
        (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0),
    ),
    "dejpeg": Trial(
        (10, 20, 40, 80),
        jpeg,
        "JPEG",
        "quality",
        "non-local means, h {:g}",
        lambda bad, level, setting: nlm(bad, setting),
        (1, 2, 3, 5, 7, 10),
    ),
    "deblur": Trial(
        (1, 2, 3), add_blur, "blurred", "radius", "Richardson-Lucy, {:g} steps", deconvolved, (5, 10, 20, 40)
    ),
}


def restore(task: str, bad: np.ndarray, models: Models, level: float | None, model: str = "auto") -> np.ndarray:
    """HxWx3 uint8 -> the same, by the engine; `level` None lets it measure the damage."""
    told = {"auto": level is None, "model": model}
    if level is not None:
        told[TRIALS[task].setting] = level
    outcome, _ = perform(find("enhance", task), told, models, Progress(), Picture(bad))
    return outcome.layers[0].picture.array


def table(task: str, folder: Path, pack: str, model: str = "auto", peer: bool = False) -> list[list[str]]:
    """Rows (level, method, PSNR in dB, gain over the baseline) over the pictures named `pack`*. peer: BM3D, too."""
    models, trial = Models(), TRIALS[task]
    pictures = read_pictures(folder, pack)
    rows = []
    for level in trial.levels:
        pairs = [
            (trial.damage(truth, level, np.random.default_rng(crc32(name.encode()))), truth) for name, truth in pictures
        ]

        def score(method: Callable[[np.ndarray], np.ndarray], some: Sequence = pairs) -> list[float]:
            return [psnr(method(bad), truth) for bad, truth in some]

        def quality(setting: float, level: float = level, some: Sequence = pairs[:TUNING], score: Callable = score):
            return float(np.mean(score(lambda bad: trial.baseline(bad, level, setting), some)))

        best = best_setting(trial.settings, quality)
        baseline = trial.name.format(best)
        methods: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            trial.bad: lambda bad: bad,
            baseline: partial(trial.baseline, level=level, setting=best),
            "gesso": partial(restore, task, models=models, level=level, model=model),
            "gesso, level measured": partial(restore, task, models=models, level=None, model=model),
        }
        if peer:
            methods["BM3D"] = partial(bm3d, level=level)
        scores = {name: score(method) for name, method in methods.items()}
        rows += [[f"{level:g}", *row] for row in compare(scores, baseline)]
    untouched = [psnr(restore(task, truth, models, None, model), truth) for _, truth in pictures]
    worst = f"worst {min(untouched):.1f}"
    return [*rows, ["0", "gesso, level measured, on the clean pictures", f"{np.mean(untouched):.2f}", worst]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--task", choices=TRIALS, default="denoise")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    parser.add_argument("--bm3d", action="store_true", help="measure BM3D beside it (noise only)")
    chosen = parser.parse_args()
    rows = table(chosen.task, chosen.folder, chosen.pack, chosen.model, chosen.bm3d)
    print(markdown(["level", "method", "PSNR, dB", "over the baseline (95 % interval)"], rows))


if __name__ == "__main__":
    main()
