"""Train the painter: python -m export.flow.train FOLDER

It stands on two shipped models, the autoencoder and the text model: see export/flow/crops.py.
"""

from pathlib import Path

import torch

from export.flow.crops import Coded, coded, spoilt
from export.flow.model import Painter, flow_loss
from export.training import Run, options
from export.vae.model import CHANNELS

BATCH = 32  # crops a step
MODELS = Path("models")


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--models", type=Path, default=MODELS, help="where the autoencoder and text.onnx are")
    chosen = parser.parse_args()
    run = Run("flow", Painter(), chosen, lr=1e-3)
    crops, held = coded(chosen.data, chosen.models, run.device)
    done = False
    while not done:
        clean, *told = crops.draw(BATCH)
        with run.autocast():
            loss = flow_loss(run.model, clean, *told)
        done = run.step(loss)
        if done or run.steps % 500 == 0:
            print(f"{run.name} step {run.steps} held-out loss {held_out_loss(run, held):.4f}", flush=True)


@torch.no_grad()
def held_out_loss(run: Run, held: Coded) -> float:
    """Of the averaged net, with the same times and noise at every call."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        clean = held.latents.float()
        nothing = clean.new_zeros(len(clean), CHANNELS + 1, *clean.shape[2:])
        return float(flow_loss(run.average, clean, held.words, spoilt(held.sketches.float()), nothing))


if __name__ == "__main__":
    main()
