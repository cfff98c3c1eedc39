"""Train the painter in one step: python -m export.gan.train FOLDER

It begins as the shipped flow, which paints the same in many steps. The critic is not kept: after a pause a new one
learns for a while before it is listened to.
"""

from pathlib import Path

import torch

from export import team
from export.flow.crops import Coded, coded
from export.flow.model import Painter
from export.flow.train import MODELS
from export.gan.model import Critic, apart, paint, penalty
from export.to_onnx import load_weights
from export.training import Run, options

BATCH = 16  # crops a step
RATE, CRITICS_RATE = 1e-4, 3e-4  # of learning
MOMENTS = (0.0, 0.99)  # of Adam: no momentum, since the critic changes its mind
ALONE = 200  # steps that a new critic learns before the painter does
SELDOM = 4  # steps for each that counts the critic's gradients, four times as much


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--models", type=Path, default=MODELS, help="where the flow and what it stands on are")
    chosen = parser.parse_args()
    net = Painter()
    load_weights(net, chosen.models / "flow.onnx")
    run = Run("gan", net, chosen, RATE)
    for group in run.optimiser.param_groups:
        group["betas"] = MOMENTS
    critic = Critic().to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    judge = torch.optim.Adam(critic.parameters(), CRITICS_RATE, betas=MOMENTS)
    crops, held = coded(chosen.data, chosen.models, run.device)
    for number in range(min(ALONE, chosen.steps)):
        judged(run, critic, judge, number, *crops.draw(BATCH))
    done = False
    while not done:
        clean, *told = crops.draw(BATCH)
        sure, real = judged(run, critic, judge, run.steps, clean, *told)
        with run.autocast():
            painted = paint(run.model, torch.randn_like(clean), *told)
            critic.requires_grad_(False)
            loss = apart(critic(painted, *told).float(), real)
            critic.requires_grad_(True)
        done = run.step(loss)
        if done or run.steps % 250 == 0:
            print(f"{run.name} step {run.steps} critic {sure:.3f} {variety(run, held)}", flush=True)


def judged(
    run: Run, critic: Critic, judge: torch.optim.Optimizer, number: int, clean: torch.Tensor, *told: torch.Tensor
) -> tuple[float, torch.Tensor]:
    """One step of the critic; returns its loss, log 2 where it cannot tell, and what it says of the real ones."""
    with run.autocast():
        with torch.no_grad():
            painted = paint(run.model, torch.randn_like(clean), *told)
        real = critic(clean, *told).float()
        loss = apart(real, critic(painted, *told).float())
        total = loss
        if number % SELDOM == 0:
            total = loss + SELDOM * (penalty(critic, clean, *told) + penalty(critic, painted, *told))
    judge.zero_grad(set_to_none=True)
    total.backward()
    team.mean_gradients(critic)
    judge.step()
    return float(loss.detach()), real.detach()


@torch.no_grad()
def variety(run: Run, held: Coded) -> str:
    """Of the averaged net on held-out sketches: how strong its latents are where 1 is right, how far from the truth
    where 1.41 is another draw as good, and how far two draws are apart."""
    clean = held.latents[:96].float()
    told = (
        held.words[:96],
        held.sketches[:96].float(),
        clean.new_zeros(len(clean), clean.shape[1] + 1, *clean.shape[2:]),
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        one, two = (paint(run.average, torch.randn_like(clean), *told) for _ in range(2))
    spread = clean.std()
    parts = {"strength": one.std() / spread, "off": (one - clean).std() / spread, "apart": (one - two).std() / spread}
    return ", ".join(f"{name} {value:.3f}" for name, value in parts.items())


if __name__ == "__main__":
    main()
