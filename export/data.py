"""Pictures for training: any folder of pictures, with an optional manifest.

The pictures are decoded once into one memory-mapped file beside the checkpoints, so that several
trainings share the system's page cache and no decoder runs beside a training step.

A manifest is a tab-separated table with a column `file` (path inside the folder) and any others;
gesso's own has pack, use, licence, kind, scene, people, caption, source.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
WORK = Path(".work")  # packs and checkpoints; ignored by git


@dataclass(frozen=True)
class Picture:
    """One decoded picture: `pixels` is HxWx3 uint8, sRGB-encoded RGB."""

    file: str
    pixels: np.ndarray
    row: dict[str, str]

    @property
    def place(self) -> float:
        """Where the picture lies in 0..1 by its name, at random; near-equal names lie at one place."""
        stem = re.sub(r"[\d_\-]+|\b[a-z]\b", "", Path(self.file).stem.lower()) or self.file
        return hashlib.sha256(stem.encode()).digest()[0] / 256


def detailed(row: dict[str, str]) -> bool:
    """Photographs and textures; the small flower and object pictures show compression more than detail."""
    return row["use"] == "train" and row.get("pack") not in {"flowers", "objects"}


def photographed(row: dict[str, str]) -> bool:
    """Photographs of scenes, flowers and things; textures have no light to learn from."""
    return row["use"] == "train" and row.get("pack") != "textures"


def list_pictures(folder: Path, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> list[dict[str, str]]:
    """Rows of `folder/manifest.tsv` that `keep` accepts, or one row a picture where there is no manifest."""
    manifest = folder / "manifest.tsv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table, delimiter="\t"))
    else:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
        rows = [{"file": str(p.relative_to(folder)), "use": "train"} for p in files]
    rows = [row for row in rows if row["use"] != "eval" and keep(row)]
    if not rows:
        raise SystemExit(f"{folder}: no training pictures found (formats: {' '.join(sorted(ENDINGS))})")
    return rows


def load_pictures(folder: Path, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> list[Picture]:
    """Decode (once) and memory-map every picture of `folder` that `keep` accepts. Unreadable files raise."""
    rows = list_pictures(folder, keep)
    key = hashlib.sha256(json.dumps([str(folder.resolve()), rows], sort_keys=True).encode()).hexdigest()[:16]
    pack, index = WORK / f"pack-{key}.bin", WORK / f"pack-{key}.json"
    if not index.exists():
        WORK.mkdir(exist_ok=True)
        shapes = []
        partial = pack.with_suffix(f".{np.random.default_rng().integers(1 << 30)}")
        with partial.open("wb") as out:
            for row in rows:
                pixels = np.asarray(Image.open(folder / row["file"]).convert("RGB"))
                shapes.append(pixels.shape)
                out.write(pixels.tobytes())
        partial.replace(pack)
        index.write_text(json.dumps(shapes))
    data = np.memmap(pack, np.uint8, "r")
    pictures, start = [], 0
    for row, shape in zip(rows, json.loads(index.read_text()), strict=True):
        stop = start + int(np.prod(shape))
        pictures.append(Picture(row["file"], data[start:stop].reshape(shape), row))
        start = stop
    return pictures


def scenes_first(picture: Picture) -> float:
    """A weight for `crops`: a flower or a fruit on white counts less than a photo."""
    return {"flowers": 0.08, "objects": 0.02}.get(picture.row.get("pack", ""), 1.0)


def split(pictures: Sequence[Picture], share: float = 0.05) -> tuple[list[Picture], list[Picture]]:
    """(train, validation), by scene. The validation fold of a smaller share is part of that of a larger one."""
    return [p for p in pictures if p.place >= share], [p for p in pictures if p.place < share]


def thumbnails(folder: Path, side: int, keep: Callable[[dict[str, str]], bool]) -> list[Picture]:
    """Every picture of `folder` that `keep` accepts, its shorter side `side` px."""
    pictures = []
    for row in list_pictures(folder, keep):
        image = Image.open(folder / row["file"]).convert("RGB")
        factor = side / min(image.size)
        size = (round(image.width * factor), round(image.height * factor))
        pictures.append(Picture(row["file"], np.asarray(image.resize(size, Image.Resampling.BOX)), row))
    return pictures


def random_crop(
    pixels: np.ndarray, size: int, rng: np.random.Generator, scales: tuple[float, float] = (0.5, 1.0)
) -> np.ndarray:
    """A size x size x 3 uint8 crop of `pixels`, reduced by a random factor of `scales`, flipped or turned.

    A picture too small for the factor is used at the largest one that fits, enlarging only as the last resort.
    """
    height, width = pixels.shape[:2]
    factor = max(rng.uniform(*scales), size / min(height, width))
    side = min(round(size / factor), height, width)
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    crop = pixels[top : top + side, left : left + side]
    if side != size:
        crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    return np.ascontiguousarray(crop)


def draws(
    pictures: Sequence[Picture], batch: int, rng: np.random.Generator, weight: Callable[[Picture], float]
) -> Iterator[list[Picture]]:
    """Endless batches of pictures, each drawn as often as its `weight` says."""
    chance = np.array([weight(p) for p in pictures], float)
    chance /= chance.sum()
    while True:
        yield [pictures[i] for i in rng.choice(len(pictures), batch, p=chance)]


def crops(
    pictures: Sequence[Picture],
    batch: int,
    size: int,
    seed: int,
    scales: tuple[float, float] = (0.5, 1.0),
    weight: Callable[[Picture], float] = lambda p: 1.0,
    leaves: float = 0.0,
) -> Iterator[np.ndarray]:
    """Endless batches of crops, batch x size x size x 3 uint8; a share `leaves` of them is synthetic.

    The same seed gives the same batches.
    """
    rng = np.random.default_rng(seed)
    for chosen in draws(pictures, batch, rng, weight):
        yield np.stack(
            [
                dead_leaves(size, rng) if rng.random() < leaves else random_crop(picture.pixels, size, rng, scales)
                for picture in chosen
            ]
        )


def dead_leaves(size: int, rng: np.random.Generator, leaves: int = 250) -> np.ndarray:
    """A synthetic picture of overlapping discs with power-law radii (Lee, Mumford & Huang 2001).

    size x size x 3 uint8.
    """
    picture = np.full((size, size, 3), rng.integers(0, 256, 3), np.uint8)
    for radius in 2.0 / np.sqrt(rng.uniform((4.0 / size) ** 2, 1.0, leaves)):
        centre = tuple(int(v) for v in rng.integers(0, size, 2))
        colour = tuple(int(v) for v in rng.integers(0, 256, 3))
        cv2.circle(picture, centre, max(1, int(radius)), colour, -1, cv2.LINE_AA)
    return picture


def licences(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    """Number of pictures by licence, most frequent first."""
    return dict(Counter(row.get("licence", "unknown") for row in rows).most_common())


def credits(rows: Sequence[dict[str, str]]) -> str:
    """The credits text: one line a source with its licence and number of pictures."""
    count = Counter((row.get("source", "unknown"), row.get("licence", "unknown")) for row in rows)
    return "\n".join(f"{source}: {n} pictures, {licence}" for (source, licence), n in sorted(count.items()))
