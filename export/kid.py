"""How far two folders of pictures are from each other: python -m export.kid REAL MADE

The kernel distance of Bińkowski et al. 2018, arXiv 1801.01401, unbiased, on the features of a VGG16-shaped network of
random weights and on those of the judge (export/judge); nothing was ever trained against either. Neither is Inception:
the numbers compare with each other, never with a published KID. Beside them stands the floor: one half of REAL against
the other.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from export.evaluate import markdown, read_pictures
from export.judge import verdict
from export.training import images
from export.vgg16h.model import Encoder

SIDE = verdict.SIDE  # pixels that pictures are looked at, the middle square of each
NARROW = ((16, 2), (32, 2), (64, 3), (128, 3), (128, 3))  # blocks of the network of random weights
SUBSETS = 50

Features = Callable[[np.ndarray], np.ndarray]  # N x SIDE x SIDE x 3 uint8 -> N x D


def kernel_distance(a: np.ndarray, b: np.ndarray, size: int = 100, seed: int = 0) -> tuple[float, float]:
    """(mean, standard deviation) over SUBSETS pairs of subsets of the N x D and M x D features, `size` rows at most.

    The squared maximum mean discrepancy for the kernel (x.y / D + 1)^3, without the diagonal: 0 on average where both
    are drawn alike, and then as often below it.
    """
    size = min(size, len(a), len(b))
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(SUBSETS):
        x, y = (one[rng.choice(len(one), size, replace=False)].astype(np.float64) for one in (a, b))
        within = [kernel(one, one) for one in (x, y)]
        alike = sum((k.sum() - np.trace(k)) / (size * (size - 1)) for k in within)
        draws.append(alike - 2 * kernel(x, y).mean())
    return float(np.mean(draws)), float(np.std(draws))


def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1) ** 3


def random_features(like: np.ndarray, seed: int = 0) -> Features:
    """Of a network of random weights, scaled so that no layer dies on pictures such as N x SIDE x SIDE x 3 uint8."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = Encoder(NARROW)
    with torch.no_grad():
        for norm in net.norms:
            norm.momentum = 1.0  # type: ignore[assignment]
        net(images(like, torch.device("cpu")))  # in training mode: the norms take their means and spreads from it
    net.eval()

    @torch.no_grad()
    def features(pictures: np.ndarray) -> np.ndarray:
        return net(images(pictures, torch.device("cpu"))).numpy()

    return features


def squares(folder: Path) -> np.ndarray:
    """N x SIDE x SIDE x 3 uint8: the middle of each picture of `folder`."""
    middles = []
    for _, picture in read_pictures(folder):
        side = min(picture.shape[:2])
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        middle = picture[top : top + side, left : left + side]
        middles.append(cv2.resize(middle, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.stack(middles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path, help="folder of photographs")
    parser.add_argument("made", type=Path, help="folder of pictures to compare with them")
    chosen = parser.parse_args()
    real, made, judge = squares(chosen.real), squares(chosen.made), verdict.load_judge()
    rows = []
    kinds: dict[str, Features] = {"random": random_features(real), "judge": partial(verdict.features, judge)}
    for name, features in kinds.items():
        seen, new = features(real), features(made)
        distances = kernel_distance(seen, new), kernel_distance(seen[::2], seen[1::2])
        rows.append([name, *(f"{mean:.4f} ± {spread:.4f}" for mean, spread in distances)])
    print(markdown(["features", f"{len(made)} made, {len(real)} real", "real against real"], rows))


if __name__ == "__main__":
    main()
