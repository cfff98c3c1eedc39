"""Measure a painter: python -m export.flow.evaluate FOLDER [--model gan] [--sheet FILE]

Held-out crops of 128 px are reduced to sketches of 32 px and painted again. Is the detail like that of photos? The
texture distance of export/inpaint/measures.py to the truth, beside that of the soft enlargement of the text model's
pictures, of bicubic, and of the autoencoder told the truth: no flow can do better. Is it the same picture? PSNR of each
result, reduced again, to its sketch.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from gesso.engine.backdrops import enlarge
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.data import load_pictures, split
from export.evaluate import psnr
from export.flow.crops import SIZE, cut
from export.inpaint.measures import texture_distance
from export.text.model import SIDE
from export.text.train import wanted
from export.text.words import WORDS
from export.tone.evaluate import eight_bits
from export.vae.evaluate import Coder

COUNT = 96
METHODS = ("gesso", "soft", "bicubic", "autoencoder")


def painted(models: Models, model: str, crop: np.ndarray, words: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """By method, each SIZE x SIZE x 3 uint8, of one crop of that size."""
    sketch = reduced(crop).astype(np.float32) / 255
    said = [word for word, true in zip(WORDS, words, strict=True) if true]
    coder = Coder(crop.astype(np.float32) / 255, models)
    made = (
        Painter(models, said, model).nearer(sketch, [seed, 2], Progress()),
        enlarge(sketch, SIZE, SIZE),
        cv2.resize(sketch, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC),
        coder.paint(coder.numbers),
    )
    return {name: eight_bits(picture) for name, picture in zip(METHODS, made, strict=True)}


def reduced(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def measure(data: Path, model: str = "auto", sheet: Path | None = None) -> dict[str, float]:
    """Means over COUNT crops: texture and sketch by method. sheet: write truth and results of the first 24 there."""
    models, everywhere = Models(), np.ones((SIZE, SIZE), bool)
    train, held_out = split(load_pictures(data, wanted))
    crops, words = cut(held_out or train, COUNT, seed=3)
    texture: dict[str, list[float]] = {method: [] for method in METHODS}
    sketch: dict[str, list[float]] = {method: [] for method in METHODS}
    rows = []
    for number, (crop, said) in enumerate(zip(crops, words, strict=True)):
        made = painted(models, model, crop, said, number)
        for method, picture in made.items():
            texture[method].append(texture_distance(picture, crop, everywhere))
            sketch[method].append(psnr(reduced(picture), reduced(crop)))
        rows.append(np.vstack([crop, *made.values()]))
    if sheet:
        Image.fromarray(np.vstack([np.hstack(rows[:12]), np.hstack(rows[12:24])])).save(sheet)
    found = {f"texture_{method}": np.mean(values) for method, values in texture.items()}
    found |= {f"sketch_psnr_{method}": np.mean(values) for method, values in sketch.items()}
    return {name: round(float(value), 3) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures that the model was trained on")
    parser.add_argument("--model", default="auto", help="the painter")
    parser.add_argument("--sheet", type=Path, help="write truth, gesso, soft, bicubic and autoencoder of 24 crops")
    chosen = parser.parse_args()
    for name, value in measure(chosen.data, chosen.model, chosen.sheet).items():
        print(name, value)


if __name__ == "__main__":
    main()
