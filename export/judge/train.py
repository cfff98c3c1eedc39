"""Train the judge: python -m export.judge.train FOLDER

Crops of every picture of the folder, sharp and soft, in shaken light; it must tell the manifest's words. It stays
beside the checkpoints and is not shipped.
"""

import numpy as np
import torch

from export.data import split, thumbnails
from export.judge.model import Judge
from export.judge.verdict import NAME, SIDE, trust
from export.training import Run, images, options
from export.vgg16h.train import HELD_OUT, THUMBNAIL, chances, cut, learnt, shake, word_loss
from export.vgg16h.words import row_words

BATCH = 64
SEED = 5  # not that of vgg16h


def main() -> None:
    parser = options(__doc__, minutes=45)
    parser.set_defaults(seed=SEED)
    chosen = parser.parse_args()
    train, held_out = split(thumbnails(chosen.data, THUMBNAIL, learnt), HELD_OUT)
    known = torch.from_numpy(np.stack([row_words(picture.row) for picture in train]))
    chance = chances(train)
    run = Run(NAME, Judge(), chosen, lr=2e-3, shrink=0.05)
    rng = np.random.default_rng(chosen.seed + run.steps)
    while run.done < 1:
        picks = rng.choice(len(train), BATCH, p=chance)
        crops = shake(images(np.stack([cut(train[one], SIDE, rng) for one in picks]), run.device))
        with run.autocast():
            logits = run.model(crops)
        if run.step(word_loss(logits.float(), known[picks].to(run.device)), clip=5.0) or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} {trust(run.average, held_out or train)}", flush=True)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
