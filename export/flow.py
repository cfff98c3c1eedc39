"""Rectified flow (Liu et al. 2022, arXiv 2209.03003), which the texture and the text models share.

A picture x and noise n are joined by a straight line, z(t) = t x + (1 - t) n; the net learns the
velocity x - n from z(t), t and words. A picture is made by walking from noise (t = 0) to t = 1: the
engine's sampler does that, the graph is one step without any random operator.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

DETAIL = 0.3  # standard deviation of what is hard to tell from noise: a latent's detail, not its large shapes
LOW, HIGH = -2.0, 2.0  # what RGB 0 and 1 become in a latent: about unit variance, as the noise has


PORTS = {
    "input": [
        {"name": "latent", "role": "latent", "low": LOW, "high": HIGH},
        {"name": "time", "role": "time"},
        {"name": "words", "role": "words"},
    ],
    "output": [{"name": "velocity", "role": "velocity"}],
}
GRAPH_AXES = {
    "latent": {0: "batch", 2: "height", 3: "width"},
    "time": {0: "batch"},
    "words": {0: "batch"},
    "velocity": {0: "batch", 2: "height", 3: "width"},
}


def to_latent(rgb: torch.Tensor) -> torch.Tensor:
    """RGB in [0, 1] -> latent."""
    return LOW + rgb * (HIGH - LOW)


class Conv(nn.Module):
    """A 3x3 convolution on a torus (`wrap`: left meets right, top meets bottom) or with a zero border."""

    def __init__(self, inputs: int, outputs: int, wrap: bool):
        super().__init__()
        self.wrap = wrap
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=0 if wrap else 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.pad(x, (1, 1, 1, 1), mode="circular") if self.wrap else x)


class Residual(nn.Module):
    """Two convolutions; the code of time and words scales and shifts between them (FiLM, Perez et al. 2017)."""

    def __init__(self, width: int, code: int, wrap: bool):
        super().__init__()
        self.first = Conv(width, width, wrap)
        self.second = Conv(width, width, wrap)
        self.film = nn.Linear(code, 2 * width)
        for parameter in (*self.second.parameters(), *self.film.parameters()):
            nn.init.zeros_(parameter)  # begin as the identity

    def forward(self, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        scale, shift = self.film(code)[:, :, None, None].chunk(2, 1)
        hidden = self.first(F.relu(x)) * (1 + scale) + shift
        return x + self.second(F.relu(hidden))


class Flow(nn.Module):
    """A U-net on `patch` x `patch` pixel blocks.

    forward: noisy N x 3 x H x W latent (H, W multiples of `multiple`), time N in 0 (noise) .. 1 (picture),
    words N x V, the weight of each word (0 = absent) -> velocity N x 3 x H x W.
    """

    def __init__(self, words: int, patch: int, widths: tuple[int, ...], wrap: bool, code: int = 128):
        super().__init__()
        self.patch = patch
        self.multiple = patch * 2 ** (len(widths) - 1)
        self.words = nn.Linear(words, code)
        self.time = nn.Linear(16, code)
        self.mix = nn.Linear(code, code)
        self.enter = Conv(3 * patch**2, widths[0], wrap)
        self.leave = Conv(widths[0] + 3 * patch**2, 3 * patch**2, wrap)
        pairs = list(zip(widths[:-1], widths[1:], strict=True))
        self.down = nn.ModuleList(Residual(width, code, wrap) for width in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairs)
        self.middle = Residual(widths[-1], code, wrap)
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairs)
        self.up = nn.ModuleList(Residual(width, code, wrap) for width in widths[:-1])
        nn.init.zeros_(self.leave.conv.weight)

    def forward(self, noisy: torch.Tensor, time: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
        time = time[:, None]
        waves = torch.cat([wave(time * math.pi * 2**k / 2) for k in range(8) for wave in (torch.sin, torch.cos)], 1)
        code = F.relu(self.mix(F.relu(self.time(waves) + self.words(words))))
        blocks = F.pixel_unshuffle(noisy, self.patch)
        x = self.enter(blocks)
        kept = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            x = block(x, code)
            kept.append(x)
            x = shrink(x)
        x = self.middle(x, code)
        for block, grow in zip(reversed(self.up), reversed(self.grow), strict=True):
            x = F.interpolate(grow(x), scale_factor=2.0, mode="nearest") + kept.pop()
            x = block(x, code)
        x = F.pixel_shuffle(self.leave(torch.cat([F.relu(x), blocks], 1)), self.patch)
        # Karras et al. 2022 on a straight path: far from the picture the net paints it, near it, it corrects it
        time = time[:, :, None, None]
        spread = spread_at(time)
        return noisy * (DETAIL**2 * time - (1 - time)) / spread + x * DETAIL * spread.rsqrt()


def spread_at(time: torch.Tensor) -> torch.Tensor:
    """Variance of a noisy latent's detail."""
    return (DETAIL * time) ** 2 + (1 - time) ** 2


def flow_loss(net: nn.Module, clean: torch.Tensor, words: torch.Tensor, centre: float = -0.5) -> torch.Tensor:
    """The flow-matching loss on N x 3 x H x W latents and N x V words, each time weighted as the net's own output is.

    Times are logit-normal (Esser et al. 2024, arXiv 2403.03206); a negative `centre` dwells on the noisy half.
    """
    time = torch.sigmoid(torch.randn(len(clean), device=clean.device) + centre)
    noise = torch.randn_like(clean)
    at = time[:, None, None, None]
    velocity = net(at * clean + (1 - at) * noise, time, words).float()
    return ((velocity - (clean - noise)).square() * spread_at(at)).mean()


def example(net: Flow, height: int, width: int) -> dict[str, torch.Tensor]:
    """Inputs to export `net` with, a batch of two."""
    words = torch.eye(2, net.words.in_features)
    return {"latent": torch.randn(2, 3, height, width), "time": torch.tensor([0.2, 0.9]), "words": words}
