"""The painter: a rectified flow in the autoencoder's latents that paints detail over a sketch.

The text model lays out a picture of 32 px; at that size words decide everything. What a petal or a wave looks like from
near is a question of its surroundings alone, so this net is a small U-Net of convolutions that sees the sketch, the
words, and such latents as are known already, and learns the velocity from noise to latents (Liu et al. 2022, arXiv
2209.03003). A cascade, as in Ho et al. 2021, arXiv 2106.15282: the sketches it learns from are spoilt a little, since
those it will get are no photographs.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from export.text.words import WORDS
from export.vae.model import CHANNELS, Block, centred, photometry, relit, standard, to_lab

SKETCH = 2  # pixels of the sketch for a latent, along each side


class Painter(nn.Module):
    """latent N x CHANNELS x h x w, time N in 0 (noise) .. 1 (picture), words N x V, sketch N x 3 x 2h x 2w sRGB-encoded

    RGB in [0, 1], known N x (CHANNELS + 1) x h x w: latents, and 1 where they are known (0 elsewhere in all) ->
    velocity, as latent. h and w are even.
    """

    def __init__(self, width: int = 80, wide: int = 128, code: int = 128):
        super().__init__()
        self.words = nn.Linear(len(WORDS), code)
        self.time = nn.Linear(16, code)
        self.mix = nn.Linear(code, code)
        self.enter = nn.Conv2d(2 * CHANNELS + 1 + 3 * SKETCH**2, width, 3, padding=1)
        self.fine = nn.ModuleList(Block(width, code) for _ in range(2))
        self.down = nn.Conv2d(width, wide, 2, 2)
        self.coarse = nn.ModuleList(Block(wide, code) for _ in range(3))
        self.up = nn.Conv2d(wide, 4 * width, 1)
        self.last = nn.ModuleList(Block(width, code) for _ in range(2))
        self.leave = nn.Conv2d(width, CHANNELS, 3, padding=1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(
        self, latent: torch.Tensor, time: torch.Tensor, words: torch.Tensor, sketch: torch.Tensor, known: torch.Tensor
    ) -> torch.Tensor:
        x, low, code = self.look(latent, time, words, sketch, known)
        x = x + F.pixel_shuffle(self.up(F.leaky_relu(low, 0.1)), 2)
        for block in self.last:
            x = block(x, code)
        at, spread = (v[:, None, None, None] for v in (time, spread_at(time)))
        return latent * (2 * at - 1) / spread + self.leave(F.leaky_relu(x, 0.1)) * spread.rsqrt()

    def look(
        self, latent: torch.Tensor, time: torch.Tensor, words: torch.Tensor, sketch: torch.Tensor, known: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the net knows half-way: N x width x h x w, N x wide x h/2 x w/2, and the code of time and words."""
        lab = to_lab(sketch)
        numbers = photometry(lab)
        plain = F.pixel_unshuffle(centred(relit(lab, numbers, standard(numbers))), SKETCH)
        at = time[:, None]
        waves = torch.cat([wave(at * math.pi * 2**k / 2) for k in range(8) for wave in (torch.sin, torch.cos)], 1)
        code = F.relu(self.mix(F.relu(self.time(waves) + self.words(words))))
        x = self.enter(torch.cat([latent, known, plain], 1))
        for block in self.fine:
            x = block(x, code)
        low = self.down(x)
        for block in self.coarse:
            low = block(low, code)
        return x, low, code


def spread_at(time: torch.Tensor) -> torch.Tensor:
    """Variance of a noisy latent, where those of a picture have 1 (Karras et al. 2022, on a straight path)."""
    return time**2 + (1 - time) ** 2


def flow_loss(net: Painter, clean: torch.Tensor, *told: torch.Tensor) -> torch.Tensor:
    """The flow-matching loss on N x CHANNELS x h x w latents; `told`: words, sketch and known of `Painter`.

    Times are logit-normal (Esser et al. 2024, arXiv 2403.03206); each is weighted as the net's own output is.
    """
    time = torch.sigmoid(torch.randn(len(clean), device=clean.device))
    noise = torch.randn_like(clean)
    at = time[:, None, None, None]
    velocity = net(at * clean + (1 - at) * noise, time, *told)
    return ((velocity.float() - (clean - noise)).square() * spread_at(at)).mean()
