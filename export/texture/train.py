"""Train the texture bank: python -m export.texture.train FOLDER

Each step sees two exemplars, whole and turned on the torus by a random shift.
"""

import numpy as np
import torch

from export.flow import flow_loss, to_latent
from export.texture.model import BANK, exemplar_rows, read_exemplar, texture_net
from export.training import Run, images, options

BATCH = 2


def main() -> None:
    chosen = options(__doc__, minutes=30).parse_args()
    exemplars = [read_exemplar(chosen.data / row["file"]) for row in exemplar_rows(chosen.data)]
    run = Run("texture", texture_net(len(BANK)), chosen, lr=1.5e-3)
    words = torch.eye(len(BANK), device=run.device)
    rng = np.random.default_rng(chosen.seed + run.steps)
    done = False
    while not done:
        picks = rng.choice(len(BANK), BATCH, replace=False)
        tiles = [np.roll(exemplars[pick], rng.integers(exemplars[pick].shape[0], size=2), (0, 1)) for pick in picks]
        with run.autocast():
            loss = flow_loss(run.model, to_latent(images(np.stack(tiles), run.device)), words[picks])
        done = run.step(loss)


if __name__ == "__main__":
    main()
