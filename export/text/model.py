"""The text model: a rectified flow on the principal components of small pictures, steered by words.

Liu et al. 2022, arXiv 2209.03003: picture x and noise n are joined by a straight line z(t) = t x + (1 - t) n, and the
net learns the velocity x - n from z(t), t and words. The engine follows it from noise (t = 0) to a picture (t = 1);
all randomness is the noise it starts from. Two hundred components hold what a soft backdrop needs.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from export.text.words import WORDS

SIDE = 32  # of a picture, pixels
COMPONENTS = 192
DETAIL = 0.5  # standard deviation of what is hard to tell from noise: most components, but not the strongest


class Residual(nn.Module):
    """One hidden layer, scaled and shifted by the code of time and words (FiLM, Perez et al. 2017)."""

    def __init__(self, width: int, code: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, width)
        self.film = nn.Linear(code, 2 * width)
        self.second = nn.Linear(width, width)
        for parameter in (*self.second.parameters(), *self.film.parameters()):
            nn.init.zeros_(parameter)  # begin as the identity

    def forward(self, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        scale, shift = self.film(code).chunk(2, 1)
        hidden = F.relu(self.first(self.norm(x)) * (1 + scale) + shift)
        return x + self.second(F.dropout(hidden, 0.1, self.training))


class TextFlow(nn.Module):
    """forward: latent N x COMPONENTS, time N in 0 (noise) .. 1 (picture), words N x V, 1 for each word that is said ->

    velocity N x COMPONENTS, and image N x 3 x SIDE x SIDE, the latent as sRGB-encoded RGB in [0, 1], not clipped.
    """

    mean: torch.Tensor
    basis: torch.Tensor

    def __init__(self, width: int = 512, code: int = 256, depth: int = 4):
        super().__init__()
        self.register_buffer("mean", torch.zeros(3 * SIDE**2))
        self.register_buffer("basis", torch.zeros(COMPONENTS, 3 * SIDE**2))
        self.words = nn.Linear(len(WORDS), code)
        self.time = nn.Linear(16, code)
        self.mix = nn.Linear(code, code)
        self.enter = nn.Linear(COMPONENTS, width)
        self.blocks = nn.ModuleList(Residual(width, code) for _ in range(depth))
        self.leave = nn.Linear(width, COMPONENTS)
        nn.init.zeros_(self.leave.weight)

    def begin(self, pictures: torch.Tensor) -> None:
        """Take the principal components of N x 3 x SIDE x SIDE pictures, scaled to one variance on the average.

        A component keeps the root of its strength: large shapes leave the noise first, details are not lost in it.
        """
        flat = pictures.flatten(1)
        _, strength, directions = torch.pca_lowrank(flat, COMPONENTS, niter=4)
        spread = strength / math.sqrt(len(flat))
        self.mean.copy_(flat.mean(0))
        self.basis.copy_((directions * (spread * spread.mean()).sqrt()).T)

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """N x 3 x SIDE x SIDE RGB in [0, 1] -> N x COMPONENTS."""
        return (pictures.flatten(1) - self.mean) @ (self.basis / self.basis.square().sum(1, keepdim=True)).T

    def forward(
        self, latent: torch.Tensor, time: torch.Tensor, words: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        image = (latent @ self.basis + self.mean).view(-1, 3, SIDE, SIDE)
        time = time[:, None]
        waves = torch.cat([wave(time * math.pi * 2**k / 2) for k in range(8) for wave in (torch.sin, torch.cos)], 1)
        code = F.relu(self.mix(F.relu(self.time(waves) + self.words(words))))
        x = self.enter(latent)
        for block in self.blocks:
            x = block(x, code)
        # Karras et al. 2022 on a straight path: far from the picture the net paints it, near it, it corrects it
        spread = spread_at(time)
        drift = latent * (DETAIL**2 * time - (1 - time)) / spread
        return drift + self.leave(F.relu(x)) * DETAIL * spread.rsqrt(), image


def spread_at(time: torch.Tensor) -> torch.Tensor:
    """Variance of a noisy latent's detail."""
    return (DETAIL * time) ** 2 + (1 - time) ** 2


def flow_loss(net: nn.Module, clean: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """The flow-matching loss on N x COMPONENTS latents and N x V words, each time weighted as the net's own output is.

    Times are logit-normal (Esser et al. 2024, arXiv 2403.03206) and dwell on the noisy half, where words matter.
    """
    time = torch.sigmoid(torch.randn(len(clean), device=clean.device) - 0.5)
    noise = torch.randn_like(clean)
    at = time[:, None]
    velocity, _ = net(at * clean + (1 - at) * noise, time, words)
    return ((velocity.float() - (clean - noise)).square() * spread_at(at)).mean()
