"""The painter in one step, and the critic that it learns from.

The generator is the flow's net, asked once at time 0: noise plus velocity. There the flow answers with the mean of all
that could be, without texture; the critic makes it choose one. It sees latents of photographs beside painted ones of
the same sketches and words, with the eyes of the flow, which stay as they are, and learns what to make of that: latent
adversarial distillation (Sauer et al. 2024, arXiv 2403.12015).

The loss compares a real with a painted one (relativistic), and the critic's gradients are kept small: R3GAN, Huang et
al. 2024, arXiv 2501.05441.
"""

import torch
from torch import nn
from torch.nn import functional as F

from export.flow.model import Painter
from export.vae.model import CHANNELS

PENALTY = 0.01  # of the squared gradient of the critic, for one sample
CLEAR = 0.8  # earliest time that the critic looks at


def paint(net: Painter, noise: torch.Tensor, *told: torch.Tensor) -> torch.Tensor:
    """Latents of `noise`, N x CHANNELS x h x w; `told`: words, sketch and known of the net."""
    return noise + net(noise, noise.new_zeros(len(noise)), *told)


def seen(eyes: Painter, latent: torch.Tensor, noise: torch.Tensor, time: torch.Tensor, *told: torch.Tensor) -> tuple:
    """Latents N x CHANNELS x h x w, made as noisy as they are at `time`, N in CLEAR .. 1, and what the flow knows of
    them."""
    at = time[:, None, None, None]
    noisy = at * latent + (1 - at) * noise
    return noisy, *eyes.look(noisy, time, *told)[:2]


class Critic(nn.Module):
    """What `seen` gives -> how real each place looks, N x places."""

    def __init__(self, net: Painter, width: int = 64):
        super().__init__()
        inputs = CHANNELS, net.down.in_channels, net.down.out_channels
        self.enter = nn.ModuleList(nn.Conv2d(count, width, 3, padding=1) for count in inputs)
        self.middle = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in inputs)
        self.leave = nn.ModuleList(nn.Conv2d(width, 1, 1) for _ in inputs)

    def forward(self, *features: torch.Tensor) -> torch.Tensor:
        scores = []
        for x, *layers in zip(features, self.enter, self.middle, self.leave, strict=True):
            for layer in layers[:-1]:
                x = F.leaky_relu(layer(x), 0.1)
            scores.append(layers[-1](x).flatten(1))
        return torch.cat(scores, 1)


def apart(more: torch.Tensor, less: torch.Tensor) -> torch.Tensor:
    """How little `more` is above `less`: small where the critic, or the painter, has got its way."""
    return F.softplus(less - more).mean()


def penalty(critic: Critic, features: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Squared gradient of the critic by what it sees, mean over the samples (R1 of real ones, R2 of painted ones)."""
    inputs = [feature.detach().requires_grad_() for feature in features]
    slopes = torch.autograd.grad(critic(*inputs).mean(1).sum(), inputs, create_graph=True)
    return PENALTY * sum(slope.square().sum((1, 2, 3)) for slope in slopes).mean()  # type: ignore[union-attr]
