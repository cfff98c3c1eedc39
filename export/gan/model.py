"""The painter in one step, and the critic that it learns from.

The generator is the flow's net, asked once at time 0: noise plus velocity. There the flow answers with the mean of all
that could be, without texture; the critic, which sees latents of photographs beside painted ones of the same sketches
and words, makes it choose one (Sauer et al. 2024, arXiv 2403.12015, with a critic of our own that begins at nothing).

The loss compares a real with a painted one (relativistic), and both gradients of the critic are kept small: R3GAN,
Huang et al. 2024, arXiv 2501.05441.
"""

import torch
from torch import nn
from torch.nn import functional as F

from export.flow.model import SKETCH, Painter
from export.text.words import WORDS
from export.vae.model import CHANNELS, Block, centred, photometry, relit, standard, to_lab

PENALTY = 0.2  # of the squared gradient of the critic, for one sample


def paint(net: Painter, noise: torch.Tensor, *told: torch.Tensor) -> torch.Tensor:
    """Latents of `noise`, N x CHANNELS x h x w; `told`: words, sketch and known of the net."""
    return noise + net(noise, noise.new_zeros(len(noise)), *told)


class Critic(nn.Module):
    """latent N x CHANNELS x h x w and what the painter was told of it -> how real each part looks, N x h/4 x w/4.

    h and w are multiples of 4.
    """

    def __init__(self, width: int = 64, wide: int = 96, code: int = 64):
        super().__init__()
        self.words = nn.Linear(len(WORDS), code)
        self.enter = nn.Conv2d(2 * CHANNELS + 1 + 3 * SKETCH**2, width, 3, padding=1)
        self.fine = nn.ModuleList(Block(width, code) for _ in range(2))
        self.down = nn.Conv2d(width, wide, 2, 2)
        self.coarse = nn.ModuleList(Block(wide, code) for _ in range(2))
        self.far = nn.Conv2d(wide, wide, 2, 2)
        self.last = Block(wide, code)
        self.leave = nn.Conv2d(wide, 1, 1)

    def forward(
        self, latent: torch.Tensor, words: torch.Tensor, sketch: torch.Tensor, known: torch.Tensor
    ) -> torch.Tensor:
        lab = to_lab(sketch)
        numbers = photometry(lab)
        plain = F.pixel_unshuffle(centred(relit(lab, numbers, standard(numbers))), SKETCH)
        code = F.relu(self.words(words))
        x = self.enter(torch.cat([latent, known, plain], 1))
        for block in self.fine:
            x = block(x, code)
        x = self.down(x)
        for block in self.coarse:
            x = block(x, code)
        x = self.last(self.far(x), code)
        return self.leave(F.leaky_relu(x, 0.1))[:, 0]


def apart(more: torch.Tensor, less: torch.Tensor) -> torch.Tensor:
    """How little `more` is above `less`: small where the critic, or the painter, has got its way."""
    return F.softplus(less - more).mean()


def penalty(critic: Critic, latent: torch.Tensor, *told: torch.Tensor) -> torch.Tensor:
    """Squared gradient of the critic by the latents, mean over the samples (R1 of real ones, R2 of painted ones)."""
    latent = latent.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(latent, *told).mean((1, 2)).sum(), latent, create_graph=True)
    return PENALTY * slope.square().sum((1, 2, 3)).mean()
