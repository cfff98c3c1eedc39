"""Classifier two-sample test (Lopez-Paz & Oquab 2017): how well a fresh small network tells filled from real crops.

50 % is a perfect fill. The same network, steps and pictures for every method; whole pictures are kept apart, so that it
is judged on photos it was not trained on.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SIDE, EACH = 48, 8  # pixels of a crop; crops of a picture
STEPS, BATCH = 120, 48


def places(hole: np.ndarray, seed: int) -> np.ndarray:
    """EACH x 2: top left corners of crops whose middles lie in the hole."""
    random = np.random.default_rng(seed)
    inside = np.argwhere(hole)
    chosen = inside[random.integers(len(inside), size=EACH)]
    return np.clip(chosen - SIDE // 2, 0, np.array(hole.shape) - SIDE)


def cropped(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """EACH x SIDE x SIDE x 3 uint8."""
    return np.stack([picture[y : y + SIDE, x : x + SIDE] for y, x in corners])


def accuracy(real: list[np.ndarray], filled: list[np.ndarray], seeds: int = 3) -> float:
    """Percent of crops told apart on 30 % of the pictures, mean over `seeds`; one array of crops a picture each."""
    scores = []
    for seed in range(seeds):
        torch.manual_seed(seed)
        order = np.random.default_rng(seed).permutation(len(real))
        cut = max(1, round(0.3 * len(real)))
        (train, labels), (test, truth) = (_pairs(real, filled, part) for part in (order[cut:], order[:cut]))
        network = nn.Sequential(
            *(nn.Conv2d(3, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU()),
            *(nn.Conv2d(24, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 48, 3, 2, 1), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 1)),
        )
        optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
        for _ in range(STEPS):
            chosen = torch.randint(len(train), (BATCH,))
            batch = train[chosen]
            if torch.rand(1) < 0.5:
                batch = batch.flip(3)
            loss = F.binary_cross_entropy_with_logits(network(batch)[:, 0], labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        with torch.no_grad():
            scores.append(float(((network(test)[:, 0] > 0) == (truth > 0.5)).float().mean()))
    return 100 * float(np.mean(scores))


def _pairs(real: list[np.ndarray], filled: list[np.ndarray], pictures: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    crops = np.concatenate([kind[number] for kind in (real, filled) for number in pictures])
    planes = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 127.5 - 1
    return planes, (torch.arange(len(planes)) >= len(planes) // 2).float()
