"""Measure the text model: python -m export.text.evaluate FOLDER [--sheets FOLDER]

Does it obey? Colour and brightness words are checked on the pixels, subjects by a judge that was trained apart
(export/judge); each beside its chance level. Does it copy? The distance to the nearest training crop, beside that of
held-out photos of the same subjects. Does it look like photographs? The kernel distance of its flowers to held-out ones
(export/kid.py).
"""

import argparse
import time
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.contract.actions.action import GUIDANCE
from gesso.engine.hues import COLOUR_SHARE, COLOURS, colour_shares
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.layouts import Layouts
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from PIL import Image

from export.data import Picture as Photo
from export.data import random_crop, split, thumbnails
from export.judge.model import Judge
from export.judge.verdict import PLACES, SIDE, features, load_judge, scores, trust
from export.kid import kernel_distance, random_features
from export.text.train import wanted
from export.vgg16h.train import HELD_OUT, THUMBNAIL, squares
from export.vgg16h.words import WORDS
from export.words import FLOWERS, SUBJECTS, named

SEEDS = 8
FLOWER_SEEDS, FLOWER_PHOTOS = 24, 256  # pictures of each flower, and photos of flowers, for the kernel distance
LARGE = 2 * SIDE  # pictures are made at this size and reduced
TINY = 16  # pixels of a side at which pictures are alike or not
KNOWN = 20_000  # crops that pictures are compared with


def generate(models: Models, words: str, seed: int, side: int = LARGE, **more: Any) -> np.ndarray:
    """side x side x 3 uint8 RGB, through the shipped action."""
    settings = {"words": words, "seed": seed, "width": side, "height": side, **more}
    outcome, _ = perform(find("generate", "text"), settings, models, Progress())
    return outcome.layers[0].picture.array


def small(models: Models, words: str, count: int = SEEDS, **more: Any) -> np.ndarray:
    """count x SIDE x SIDE x 3 uint8."""
    return np.stack([reduced(generate(models, words, seed, **more)) for seed in range(count)])


def reduced(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def measure(data: Path) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """(means, one row a subject) of what the head of this file describes."""
    models, judge = Models(), load_judge()
    photos = thumbnails(data, THUMBNAIL, wanted)
    held_out = split(photos, HELD_OUT)[1]
    real = trust(judge, held_out)
    plain = {subject: small(models, subject) for subject in SUBJECTS}
    every = np.concatenate(list(plain.values()))

    known = squares(held_out[:: len(held_out) // SEEDS][:SEEDS], LARGE)
    table = [
        {
            "word": subject,
            "obeyed": round(obeyed(judge, subject, pictures), 2),
            "obeyed_in_hole": round(obeyed(judge, subject, filled(models, subject, known)), 2),
        }
        for subject, pictures in plain.items()
    ]

    chance = (colour_shares(every) >= COLOUR_SHARE).mean(0)
    hits = []
    for number, colour in enumerate(COLOURS):
        coloured = np.concatenate([small(models, f"{subject} {colour}") for subject in ("tulip", "sky", "mountain")])
        hits.append(float((colour_shares(coloured)[:, number] >= COLOUR_SHARE).mean()))

    levels, meant = [], []
    for tone, value in (("dark", -1), ("", 0), ("bright", 1)):
        for subject in ("sea", "rose", "forest"):
            levels += list(small(models, f"{subject} {tone}").mean((1, 2, 3)))
            meant += [value] * SEEDS

    start = time.perf_counter()
    generate(models, "sea, blue, bright", 0, 512)
    seconds = time.perf_counter() - start
    means = {
        "flowers_named_right": np.mean([row["obeyed"] for row in table if row["word"] in FLOWERS]),
        "flowers_named_right_real": real["flowers_named_right"],
        "flowers_chance": 1 / len(FLOWERS),
        "places_in_first_three": np.mean([row["obeyed"] for row in table if row["word"] in PLACES]),
        "places_in_first_three_real": real["places_in_first_three"],
        "places_chance": 3 / len(PLACES),
        "obeyed_in_hole": np.mean([row["obeyed_in_hole"] for row in table]),
        "colour_obeyed": np.mean(hits),
        "colour_chance": chance.mean(),
        "brightness_correlation": np.corrcoef(levels, meant)[0, 1],
        **nearest(models, photos, plain)[0],
        **distances(models, judge, held_out),
        "seconds_512_px": seconds,
    }
    by_colour = [{"word": colour, "obeyed": round(hit, 2)} for colour, hit in zip(COLOURS, hits, strict=True)]
    return {
        name: round(float(value), 3 if name.startswith("kid") else 2) for name, value in means.items()
    }, table + by_colour


def obeyed(judge: Judge, subject: str, pictures: np.ndarray) -> float:
    """Share of N x S x S x 3 uint8 for which the judge names the flower, or has the place among its first three."""
    rivals = [WORDS.index(word) for word in (FLOWERS if subject in FLOWERS else PLACES)]
    said = np.argsort(-scores(judge, pictures)[:, rivals], 1)[:, : 1 if subject in FLOWERS else 3]
    return float((said == rivals.index(WORDS.index(subject))).any(1).mean())


def filled(models: Models, words: str, photos: np.ndarray) -> np.ndarray:
    """N x SIDE x SIDE x 3 uint8: what Fill with Words paints into the upper five eighths of N x S x S x 3."""
    hole = np.zeros(photos.shape[1:3], np.float32)
    hole[: len(hole) * 5 // 8] = 1
    made = []
    for seed, photo in enumerate(photos):
        told = {"words": words, "seed": seed}
        outcome, _ = perform(find("inpaint", "paint"), told, models, Progress(), Picture(photo), hole)
        made.append(reduced(outcome.layers[0].picture.array))
    return np.stack(made)


def distances(models: Models, judge: Judge, photos: list[Photo]) -> dict[str, float]:
    """Kernel distance of flowers of each painter to those of `photos`, and of one half of these to the other."""
    real = squares([one for one in photos if one.row.get("pack") == "flowers"][:FLOWER_PHOTOS], SIDE)
    made = {
        painter: np.concatenate([small(models, flower, FLOWER_SEEDS, painter=painter) for flower in FLOWERS])
        for painter in ("gan", "flow")
    }
    answer = {}
    for name, look in (("judge", partial(features, judge)), ("random", random_features(real))):
        seen = look(real)
        answer[f"kid_{name}_photos"], answer[f"kid_{name}_photos_spread"] = kernel_distance(seen[::2], seen[1::2])
        for painter, pictures in made.items():
            row = kernel_distance(seen, look(pictures))
            answer[f"kid_{name}_{painter}"], answer[f"kid_{name}_{painter}_spread"] = row
    return answer


def nearest(models: Models, photos: list[Photo], made: dict[str, np.ndarray]) -> tuple[dict[str, float], np.ndarray]:
    """(median RMS distance, in 8-bit steps at 16 px, of pictures by subject to the nearest of 20,000 training crops,
    beside that of held-out photos of the same subjects, as they are and painted as softly; those training crops)."""
    train, held_out = split(photos)
    rng = np.random.default_rng(3)
    known = np.stack([crop(train[i], rng) for i in rng.integers(len(train), size=KNOWN)])
    flat = tiny(known)

    def apart(pictures: np.ndarray) -> np.ndarray:
        return np.stack([np.sqrt(((flat - one) ** 2).mean(1)) for one in tiny(pictures)])

    far = {subject: apart(pictures) for subject, pictures in made.items()}
    nearest_of: dict[str, list[np.ndarray]] = {"made": [], "held_out": [], "held_out_painted": []}
    for subject, distances in far.items():
        if alike := [photo for photo in held_out if subject in named(photo.row)]:
            real = np.stack([crop(alike[number % len(alike)], rng) for number in range(len(distances))])
            painted = np.stack([repainted(models, subject, seed, one) for seed, one in enumerate(real)])
            for name, found in (("made", distances), ("held_out", apart(real)), ("held_out_painted", apart(painted))):
                nearest_of[name].append(found.min(1))
    answer = {f"nearest_{name}": float(np.median(np.concatenate(found))) for name, found in nearest_of.items()}
    return answer, known[np.concatenate(list(far.values())).argmin(1)]


def crop(photo: Photo, rng: np.random.Generator) -> np.ndarray:
    return random_crop(photo.pixels, SIDE, rng, (SIDE / THUMBNAIL, 1.0))


def tiny(pictures: np.ndarray) -> np.ndarray:
    """N x S x S x 3 uint8 -> N x (3 TINY^2) float32."""
    tiles = pictures.reshape(-1, TINY, SIDE // TINY, TINY, SIDE // TINY, 3)
    return tiles.mean((2, 4), dtype=np.float32).reshape(len(pictures), -1)


def repainted(models: Models, subject: str, seed: int, picture: np.ndarray) -> np.ndarray:
    """S x S x 3 uint8 as the model would paint it: what a layout can hold of it, and made-up detail."""
    layouts = Layouts(models, subject, GUIDANCE.default)
    held = layouts.components.shown(layouts.components.of(picture.astype(np.float32) / 255))[0].clip(0, 1)
    painter = Painter(models, layouts.words)
    painted = painter.paint(held.astype(np.float32), (LARGE, LARGE), seed, layouts.guidance, Progress())
    return reduced((painted * 255).round().astype(np.uint8))


def write_sheets(data: Path, folder: Path) -> None:
    """64 samples as they come, by gan, flow and soft; 32 small ones, each above the training crop nearest to it."""
    models = Models()
    folder.mkdir(parents=True, exist_ok=True)
    words = [*SUBJECTS, *(f"{subject} {colour}" for subject in ("tulip", "sky", "sea", "forest") for colour in COLOURS)]
    kinds: dict[str, dict[str, Any]] = {"samples": {}, "flow": {"painter": "flow"}, "soft": {"detailed": False}}
    for name, how in kinds.items():
        save(folder / f"{name}.png", [generate(models, said, seed, **how) for seed, said in enumerate(words[:64])])
    made = {said: reduced(generate(models, said, seed))[None] for seed, said in enumerate(words[:32])}
    twins = nearest(models, thumbnails(data, THUMBNAIL, wanted), made)[1]
    pairs = zip(np.concatenate(list(made.values())), twins, strict=True)
    save(folder / "nearest.png", [np.vstack(pair) for pair in pairs])


def save(file: Path, pictures: list[np.ndarray]) -> None:
    """Eight in a row."""
    Image.fromarray(np.vstack([np.hstack(pictures[i : i + 8]) for i in range(0, len(pictures), 8)])).save(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures that the model was trained on")
    parser.add_argument(
        "--sheets", type=Path, help="write sheets of samples there, and of the pictures nearest to them"
    )
    chosen = parser.parse_args()
    means, table = measure(chosen.data)
    for row in (*table, means):
        print(row)
    if chosen.sheets:
        write_sheets(chosen.data, chosen.sheets)


if __name__ == "__main__":
    main()
