"""Measure vgg16h: python -m export.vgg16h.evaluate FOLDER

On the held-out tenth of the pictures, through what `assess words` does: is the flower named right, and are the words of
photographs ranked above those that are not said of them? Each beside what is common, and beside plain features with a
support vector machine or logistic regression that learnt from the same pictures.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gesso.engine.assess.words import predict, process_input
from gesso.engine.image import Picture as Whole
from gesso.engine.progress import Progress
from gesso.engine.session import Models, Network
from sklearn.metrics import average_precision_score

from export.data import Picture, split, thumbnails
from export.evaluate import interval
from export.vgg16h.classical import name_by_both, name_by_colour, words_by_both
from export.vgg16h.train import HELD_OUT, THUMBNAIL, learnt
from export.vgg16h.words import FLOWERS, WORDS, row_words

ENOUGH = 3  # photographs that a word must be said of to be counted


def words_by_network(network: Network, asked: Sequence[Picture]) -> np.ndarray:
    """N x V, 0..1."""
    looks = (process_input(Whole(np.ascontiguousarray(one.pixels)), network.card.tile)[0] for one in asked)
    return np.array([list(predict(look, network, Progress()).values()) for look in looks])


def measure(data: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what the card says of the quality, one row a method or word)."""
    train, held_out = split(thumbnails(data, THUMBNAIL, learnt), HELD_OUT)
    scores = words_by_network(Models().network("words"), held_out)
    flowers, by_class = flower_table(train, held_out, scores)
    photos, by_word = word_table(train, held_out, scores)
    return flowers | photos, by_class + by_word


def flower_table(
    train: Sequence[Picture], held_out: Sequence[Picture], scores: np.ndarray
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How many flowers are named right, and by how much the network is better than each other method."""
    known = [picture for picture in train if picture.row.get("pack") == "flowers"]
    asked = [picture for picture in held_out if picture.row.get("pack") == "flowers"]
    classes, truth = flower_of(known), flower_of(asked)
    there = np.array([picture.row.get("pack") == "flowers" for picture in held_out])
    right = {
        "network": scores[there][:, : len(FLOWERS)].argmax(1) == truth,
        "majority": np.bincount(classes).argmax() == truth,
        "colors_svm": name_by_colour(known, classes, asked) == truth,
        "colors_gradients_svm": name_by_both(known, classes, asked) == truth,
    }
    facts: dict[str, Any] = {"flowers": len(asked)}
    for method, hits in right.items():
        facts[f"flowers_right_{method}"] = rounded(interval(hits))
        if method != "network":
            facts[f"flowers_better_than_{method}"] = rounded(interval(right["network"] * 1.0 - hits))
    rows = [
        {
            "flower": name,
            "pictures": int((truth == n).sum()),
            "right": round(float(right["network"][truth == n].mean()), 2),
        }
        for n, name in enumerate(FLOWERS)
    ]
    return facts, rows


def flower_of(pictures: Sequence[Picture]) -> np.ndarray:
    return np.array([row_words(picture.row)[: len(FLOWERS)].argmax() for picture in pictures])


def word_table(
    train: Sequence[Picture], held_out: Sequence[Picture], scores: np.ndarray
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Mean average precision of words in held-out photographs; by chance it is the share of those of a word."""
    photo = np.array([picture.row.get("pack") == "photos" for picture in held_out])
    asked = [picture for picture in held_out if picture.row.get("pack") == "photos"]
    truth = np.stack([row_words(picture.row) for picture in asked])
    known = np.stack([row_words(picture.row) for picture in train])
    counted = [n for n in range(len(WORDS)) if np.nansum(truth[:, n]) >= ENOUGH]
    plain = words_by_both(train, known, asked)
    by_word = [
        {
            "word": WORDS[n],
            "photos": int(truth[:, n].sum()),
            "average_precision": round(float(average_precision_score(truth[:, n], scores[photo][:, n])), 2),
            "plain": round(float(average_precision_score(truth[:, n], plain[:, n])), 2),
            "chance": round(float(truth[:, n].mean()), 2),
        }
        for n in counted
    ]
    facts: dict[str, Any] = {"photos": len(asked), "words_counted": len(counted)}
    for method, column in (("network", "average_precision"), ("colors_gradients", "plain"), ("chance", "chance")):
        facts[f"words_precision_{method}"] = round(float(np.mean([row[column] for row in by_word])), 2)
    facts["words_better_than_colors_gradients"] = rounded(
        gain(truth[:, counted], scores[photo][:, counted], plain[:, counted])
    )
    return facts, by_word


def gain(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray, draws: int = 1000) -> tuple[float, float, float]:
    """How much higher the mean average precision of `ours` is: (all photographs, 95 % interval over draws of them)."""

    def difference(chosen: np.ndarray) -> float:
        words = [n for n in range(truth.shape[1]) if truth[chosen, n].any()]
        pairs = [[average_precision_score(truth[chosen, n], s[chosen, n]) for s in (ours, theirs)] for n in words]
        return float(np.mean(np.subtract(*np.transpose(pairs))))

    rng, count = np.random.default_rng(0), len(truth)
    drawn = [difference(rng.integers(count, size=count)) for _ in range(draws)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return difference(np.arange(count)), float(low), float(high)


def rounded(values: Sequence[float]) -> list[float]:
    """(mean, low, high) as a card has them."""
    return [round(float(value), 3) for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of pictures that the model was trained on")
    facts, rows = measure(parser.parse_args().data)
    for row in rows:
        print(row)
    for name, value in facts.items():
        print(name, value)


if __name__ == "__main__":
    main()
