"""Measure denoising on pictures it has never seen: python -m export.denoise.evaluate FOLDER

White Gaussian noise of a fixed seed, clipped and rounded to 8 bits, is removed by the engine as a user runs it: with
the level told, and with the level measured. Clean pictures go through too, and must stay as they are.
"""

import argparse
from pathlib import Path
from zlib import crc32

import numpy as np
from gesso.contract.actions import find
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models

from export.evaluate import best_setting, compare, markdown, nlm, psnr, read_pictures

LEVELS = (15, 25, 50)
STRENGTHS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)  # of non-local means, as a share of the noise level
TUNING = 8  # pictures to choose the baseline's strength on: they are measured too, which favours the baseline


def add_noise(clean: np.ndarray, level: float, name: str) -> np.ndarray:
    """HxWx3 uint8 with noise of standard deviation `level`, the same for the same name."""
    noise = np.random.default_rng(crc32(name.encode())).normal(0, level, clean.shape)
    return np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)


def denoise(noisy: np.ndarray, models: Models, level: float | None, model: str = "auto") -> np.ndarray:
    """HxWx3 uint8 -> the same, by the engine; `level` None lets it measure the noise."""
    settings = {"auto": level is None, "strength": level or 0.0, "model": model}
    outcome, _ = perform(find("enhance", "denoise"), settings, models, Progress(), Picture(noisy))
    return outcome.layers[0].picture.array


def table(folder: Path, pack: str, model: str = "auto") -> list[list[str]]:
    """Rows (noise level, method, PSNR in dB, gain over non-local means) over the pictures named `pack`*."""
    models = Models()
    pictures = read_pictures(folder, pack)
    rows = []
    for level in LEVELS:
        noisy = [add_noise(truth, level, name) for name, truth in pictures]
        pairs = [(noise, truth) for noise, (_, truth) in zip(noisy, pictures, strict=True)]

        def quality(share: float, level: int = level, pairs: list = pairs) -> float:
            return float(np.mean([psnr(nlm(noise, share * level), truth) for noise, truth in pairs[:TUNING]]))

        share = best_setting(STRENGTHS, quality)
        baseline = f"non-local means, h {share:g} sigma"
        scores = {
            "noisy": [psnr(noise, truth) for noise, truth in pairs],
            baseline: [psnr(nlm(noise, share * level), truth) for noise, truth in pairs],
            "gesso": [psnr(denoise(noise, models, level, model), truth) for noise, truth in pairs],
            "gesso, level measured": [psnr(denoise(noise, models, None, model), truth) for noise, truth in pairs],
        }
        rows += [[str(level), *row] for row in compare(scores, baseline)]
    untouched = [psnr(denoise(truth, models, None, model), truth) for _, truth in pictures]
    worst = f"worst {min(untouched):.1f}"
    return [*rows, ["0", "gesso, level measured, on the clean pictures", f"{np.mean(untouched):.2f}", worst]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of evaluation pictures")
    parser.add_argument("--pack", default="", help="beginning of the names of the pictures to use")
    parser.add_argument("--model", default="auto")
    chosen = parser.parse_args()
    rows = table(chosen.folder, chosen.pack, chosen.model)
    print(markdown(["noise level", "method", "PSNR, dB", "over non-local means (95 % interval)"], rows))


if __name__ == "__main__":
    main()
