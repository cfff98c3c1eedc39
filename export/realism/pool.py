"""Patches to learn from and to measure on, made once and kept beside the checkpoints: one file a fold and kind."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from export.data import WORK, detailed, load_pictures, random_crop, split
from export.evaluate import read_pictures
from export.realism.fakes import FILLS, PAIRED, SEEN, SIDE, UNSEEN, UNSEEN_FILLS, hole_of
from export.realism.model import ALL, STRIDE, WINDOW, Signature
from export.training import images

PATCH = 96  # pixels
SEEN_SIDE = WINDOW * STRIDE  # of what is seen of a patch: as much as a place of the map sees
SOURCES = {"train": 420, "held-out": 90}  # how many crops of photographs that each kind is made from
FEWER = {"quilt": 100, "fill": 180, "stylize": 50, "fill-gmic": 50}  # at most, of the kinds that take long
REAL = 5  # times as many crops that stay as they are, but in the evaluation, where each has its fakes
SCALES = (0.4, 1.0)  # by which photographs are reduced first
PACKS = ("cbsd68", "gb82", "clic2025")  # photographs of the evaluation: one crop of each
EACH = 4  # patches of a source that is fake everywhere
KINDS = {"train": (*SEEN, *FILLS), "held-out": (*SEEN, *FILLS), "evaluation": (*SEEN, *FILLS, *UNSEEN, *UNSEEN_FILLS)}


def sources(folder: Path, fold: str) -> list[np.ndarray]:
    """Crops of photographs, SIDE x SIDE x 3 uint8, the same whenever asked for."""
    rng = np.random.default_rng(len(fold))
    if fold == "evaluation":
        read = [pixels for pack in PACKS for _, pixels in read_pictures(folder, pack)]
        photos = [read[which] for which in rng.permutation(len(read))]
        return [random_crop(photo, SIDE, rng, (min(1.0, 700 / max(photo.shape)), 1.0)) for photo in photos]
    train, held_out = split(load_pictures(folder, detailed))
    photos = [picture.pixels for picture in (train if fold == "train" else held_out or train)]
    chosen = rng.permutation(SOURCES[fold]) % len(photos)
    first = [random_crop(photos[which], SIDE, rng, SCALES) for which in chosen]
    more = rng.integers(len(photos), size=(REAL - 1) * len(chosen))
    return first + [random_crop(photos[which], SIDE, rng, SCALES) for which in more]


def patches(given: Sequence[np.ndarray], kind: str, fold: str) -> np.ndarray:
    """N x PATCH x PATCH x 3 uint8 of one kind, `real` among them, in the order of the sources."""
    count = 1 if fold == "evaluation" else EACH
    made = []
    for number, source in enumerate(given):
        rng = np.random.default_rng([number, *kind.encode()])
        fills = FILLS | UNSEEN_FILLS
        if kind in fills:
            hole = hole_of(rng)
            picture = fills[kind](source, hole, rng)
            rows, columns = np.nonzero(hole)
            at = np.array([(rows.min() + rows.max() - PATCH) // 2, (columns.min() + columns.max() - PATCH) // 2])
            made.append(cut(picture, at))
            continue
        if kind != "real":
            pair = np.concatenate([source, given[number - 1]], axis=1) if kind in PAIRED else source
            picture = (SEEN | UNSEEN)[kind](pair, rng)
        else:
            picture = source
        made += [cut(picture, rng.integers(0, SIDE - PATCH + 1, 2)) for _ in range(count)]
    return np.stack(made)


def cut(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    top, left = np.clip(at, 0, SIDE - PATCH)
    return picture[top : top + PATCH, left : left + PATCH]


def pool(folder: Path, fold: str, kinds: Sequence[str]) -> dict[str, np.ndarray]:
    """The patches of `real` and of each kind; those made before are read."""
    found: dict[str, np.ndarray] = {}
    given: list[np.ndarray] = []
    for kind in ("real", *kinds):
        file = kept(folder, fold, kind)
        if not file.exists():
            given = given or sources(folder, fold)
            most = len(given) if kind == "real" else min(SOURCES.get(fold, len(given)), FEWER.get(kind, len(given)))
            save(file, patches(given[:most], kind, fold))
            print(f"{fold}: {kind}", flush=True)
        found[kind] = np.load(file, mmap_mode="r")
    return found


def kept(folder: Path, fold: str, what: str) -> Path:
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    return WORK / "realism" / f"{fold}-{key}-{what}.npy"


def save(file: Path, values: np.ndarray) -> None:
    """A crash while writing leaves nothing that could be taken for whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new.npy")
    np.save(draft, values)
    draft.replace(file)


def ordinary(patch: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """What happens to every picture, real or made: some grain, a slight reduction, JPEG. side x side x 3 uint8.

    Done to both alike, so that none of it tells them apart. patch: PATCH x PATCH x 3 uint8.
    """
    larger = min(len(patch), round(side * rng.uniform(1.0, 1.25))) if rng.random() < 0.4 else side
    top, left = rng.integers(0, len(patch) - larger + 1, 2)
    patch = patch[top : top + larger, left : left + larger]
    if larger != side:
        patch = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:
        grain = rng.normal(0, rng.uniform(0.5, 4), patch.shape)
        patch = np.clip(patch + grain, 0, 255).round().astype(np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 99))]
        patch = np.asarray(cv2.imdecode(cv2.imencode(".jpg", patch, quality)[1], cv2.IMREAD_UNCHANGED))
    patch = np.rot90(patch, int(rng.integers(4)))
    return patch[:, ::-1] if rng.random() < 0.5 else patch


def features(folder: Path, fold: str, kinds: Sequence[str], draws: int = 1) -> dict[str, np.ndarray]:
    """N x ALL float32 of each kind, and of `real`: its patches in ordinary use, each `draws` times, as Signature sees
    the whole of them. Made once, too."""
    found = {}
    for kind, given in pool(folder, fold, kinds).items():
        file = kept(folder, fold, f"{kind}-features-{ALL}-{draws}")
        if not file.exists():
            seen = [
                ordinary(one, SEEN_SIDE, np.random.default_rng([draw, n, *kind.encode()]))
                for draw in range(draws)
                for n, one in enumerate(given)
            ]
            save(file, described(np.stack(seen)))
        found[kind] = np.load(file)
    return found


@torch.no_grad()
def described(patches: np.ndarray) -> np.ndarray:
    """N x SEEN_SIDE x SEEN_SIDE x 3 uint8 -> N x ALL: the place in the middle of the map, which sees all of a patch."""
    signature, middle = Signature(), SEEN_SIDE // STRIDE // 2
    parts = (signature(images(part, torch.device("cpu"))) for part in np.array_split(patches, -(-len(patches) // 64)))
    return np.concatenate([part[:, :, middle, middle].numpy() for part in parts])
