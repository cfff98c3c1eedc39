"""Train the painter in one step: python -m export.gan.train FOLDER

It begins as the shipped flow, which paints the same in many steps. The critic is not kept: after a pause a new one
learns for a while before it is listened to.
"""

import math
from pathlib import Path

import torch

from export import team
from export.flow.crops import Coded, coded
from export.flow.model import Painter
from export.flow.train import MODELS
from export.gan.model import CLEAR, Critic, apart, paint, penalty, seen
from export.to_onnx import load_weights
from export.training import Run, options

BATCH = 16  # crops a step
RATE, CRITICS_RATE = 1e-4, 5e-4  # of learning
MOMENTS = (0.0, 0.99)  # of Adam: no momentum, since the critic changes its mind
ALONE = 100  # steps that a new critic learns before the painter does


def main() -> None:
    parser = options(__doc__, minutes=60)
    parser.add_argument("--models", type=Path, default=MODELS, help="where the flow and what it stands on are")
    chosen = parser.parse_args()
    net, eyes = Painter(), Painter()
    for flow in (net, eyes):
        load_weights(flow, chosen.models / "flow.onnx")
    run = Run("gan", net, chosen, RATE)
    for group in run.optimiser.param_groups:
        group["betas"] = MOMENTS
    eyes.requires_grad_(False).to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    critic = Critic(eyes).to(run.device)
    judge = torch.optim.Adam(critic.parameters(), CRITICS_RATE, betas=MOMENTS)
    crops, held = coded(chosen.data, chosen.models, run.device)
    alone, done, sure = min(ALONE, chosen.steps), False, math.log(2)
    while not done:
        clean, *told = crops.draw(BATCH)
        noise, time = torch.randn_like(clean), CLEAR + (1 - CLEAR) * torch.rand(BATCH, device=run.device)
        with run.autocast():
            painted = paint(run.model, torch.randn_like(clean), *told)
            made = seen(eyes, painted, noise, time, *told)
            with torch.no_grad():
                real = seen(eyes, clean, noise, time, *told)
            told_apart = judged(critic, judge, real, tuple(feature.detach() for feature in made))
            critic.requires_grad_(False)
            loss = apart(critic(*made), critic(*real))
            critic.requires_grad_(True)
        sure += 0.02 * (told_apart - sure)
        if alone:
            alone -= 1
            continue
        done = run.step(loss)
        if done or run.steps % 100 == 0:
            print(f"{run.name} step {run.steps} critic {sure:.3f} {variety(run, held)}", flush=True)


def judged(
    critic: Critic, judge: torch.optim.Optimizer, real: tuple[torch.Tensor, ...], made: tuple[torch.Tensor, ...]
) -> float:
    """One step of the critic; returns its loss, log 2 where it cannot tell."""
    loss = apart(critic(*real), critic(*made))
    judge.zero_grad(set_to_none=True)
    (loss + penalty(critic, real) + penalty(critic, made)).backward()
    team.mean_gradients(critic)
    judge.step()
    return float(loss.detach())


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
