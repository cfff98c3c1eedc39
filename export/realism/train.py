"""Train the judge of realism: python -m export.realism.train FOLDER

First the logistic regression on the statistics of natural scenes, to its optimum; then the network that corrects it.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from export.realism.model import PLAIN, Realism
from export.realism.pool import KINDS, features
from export.training import Run, options

BATCH = 256  # patches a step, half of them real, the kinds of the others alike
DRAWS = 1  # how often each patch of the training is seen in ordinary use
DECAY = 1e-3  # of the regression's weights
Found = Mapping[str, np.ndarray]  # by kind, `real` among them


def auc(real: np.ndarray, made: np.ndarray) -> float:
    """Area under the ROC curve: how often a real one has the higher score; ties count half."""
    order = np.sort(made)
    below, until = (np.searchsorted(order, real, side).mean() for side in ("left", "right"))
    return float(below + until) / 2 / len(made)


def tensor(given: np.ndarray) -> torch.Tensor:
    """N x C -> N x C x 1 x 1."""
    return torch.from_numpy(given)[:, :, None, None]


@torch.no_grad()
def logits(model: Realism, given: Found) -> tuple[Found, Found]:
    """(the network's, the regression's) logits of features, by kind."""
    device = model.slope.device
    both = ({}, {})  # type: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
    for kind, values in given.items():
        for judge, said in zip((model.judge, model.plain), both, strict=True):
            said[kind] = judge(tensor(values).to(device)).flatten().double().cpu().numpy()
    return both


def logistic(values: np.ndarray, real: np.ndarray, weight: np.ndarray, decay: float) -> tuple[np.ndarray, float]:
    """Weights and offset of the regression of `real` (0 or 1) on N x C values, by Newton's method."""
    design = np.column_stack([values, np.ones(len(values))])
    answer, ridge = np.zeros(design.shape[1]), np.append(np.full(values.shape[1], decay), 0)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ answer))
        slope = design.T @ (weight * (real - chance)) - ridge * answer
        curve = (design.T * (weight * chance * (1 - chance))) @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curve, slope)
        answer = answer + step
        if np.abs(step).max() < 1e-6:
            break
    return answer[:-1], float(answer[-1])


def balanced(given: Found) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(values, 1 where real, weights): real and made count alike, and so do the kinds of what is made."""
    values = np.concatenate(list(given.values()))
    real = np.concatenate([np.full(len(part), float(kind == "real")) for kind, part in given.items()])
    share = {kind: 0.5 / len(part) / (1 if kind == "real" else len(given) - 1) for kind, part in given.items()}
    return values, real, np.concatenate([np.full(len(part), share[kind]) for kind, part in given.items()])


def begin(model: Realism, found: Found) -> None:
    """The optimum of the regression, and how the features are spread."""
    values, real, weight = balanced(found)
    centre, spread = values.mean(0), values.std(0) + 1e-6
    slope, offset = logistic(((values - centre) / spread)[:, :PLAIN], real, weight, DECAY)
    slope = slope / spread[:PLAIN]
    with torch.no_grad():
        model.centre.copy_(tensor(centre[None]))
        model.scale.copy_(tensor(1 / spread[None]))
        model.regression.weight.copy_(tensor(slope[None]))
        nn.init.constant_(model.regression.bias, offset - float(slope @ centre[:PLAIN]))  # type: ignore[arg-type]
    model.regression.requires_grad_(False)


def batch(found: Found, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """(BATCH x ALL x 1 x 1 features, BATCH: 1 where real)."""
    kinds = ["real"] * (BATCH // 2) + list(rng.choice([kind for kind in found if kind != "real"], BATCH // 2))
    values = np.stack([found[kind][rng.integers(len(found[kind]))] for kind in kinds])
    return tensor(values), torch.tensor([float(kind == "real") for kind in kinds])


def validate(model: Realism, held: Found) -> str:
    """AUC of the network and of the regression on held-out patches, the mean over the kinds."""
    areas = (
        np.mean([auc(said["real"], made) for kind, made in said.items() if kind != "real"])
        for said in logits(model, held)
    )
    return "validation AUC {:.4f}, regression {:.4f}".format(*areas)


def main() -> None:
    chosen = options(__doc__, minutes=3).parse_args()
    torch.set_num_threads(chosen.threads)
    found = features(chosen.data, "train", KINDS["train"], DRAWS)
    held = features(chosen.data, "held-out", KINDS["held-out"])
    model = Realism()
    begin(model, found)
    run = Run("realism", model, chosen, lr=1e-3)
    rng = np.random.default_rng(chosen.seed + run.steps)
    while True:
        values, real = (part.to(run.device) for part in batch(found, rng))
        with run.autocast():
            said = run.model.judge(values)  # type: ignore[operator]
        done = run.step(F.binary_cross_entropy_with_logits(said.flatten().float(), real))
        if done or run.steps % 1000 == 0:
            print(f"{run.name} step {run.steps} {validate(run.average, held)}", flush=True)  # type: ignore[arg-type]
        if done:
            break


if __name__ == "__main__":
    main()
