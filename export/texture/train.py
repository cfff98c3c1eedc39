"""Train the texture bank: python -m export.texture.train FOLDER

Maps and painter learn together to repeat the exemplars; noise on the maps makes the painter calm about small jumps,
such as the engine's joints.
"""

import numpy as np
import torch
from torch.nn import functional as F

from export.texture.model import BANK, TextureBank, exemplar_rows, read_exemplar
from export.training import Run, images, options

BATCH = 2
JITTER = 0.1  # of maps that begin at unit variance


def main() -> None:
    chosen = options(__doc__, minutes=10).parse_args()
    exemplars = np.stack([read_exemplar(chosen.data / row["file"]) for row in exemplar_rows(chosen.data)])
    target = images(exemplars, torch.device("cpu"))
    bank = TextureBank(len(BANK), target.shape[2])
    bank.begin(target)
    run = Run("texture", bank, chosen, lr=2e-3)
    target = target.to(run.device)
    rng = np.random.default_rng(chosen.seed + run.steps)
    done = False
    while not done:
        picks = torch.from_numpy(rng.choice(len(BANK), BATCH, replace=False)).to(run.device)
        maps = run.model.maps[picks]
        with run.autocast():
            painted = run.model.paint(maps + JITTER * torch.randn_like(maps))
        done = run.step(F.l1_loss(painted.float(), target[picks]))


if __name__ == "__main__":
    main()
