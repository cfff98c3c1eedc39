"""The autoencoder: a picture as a few photometric numbers and a small grid of latents, and back.

Five numbers, measured and not learnt, say how bright, contrasty, tinted and colourful a picture is. What is left, the
picture of one standard light, is coded by a variational autoencoder (Kingma & Welling 2014, arXiv 1312.6114) at an
eighth of its size. So a slider moves a number, and the decoder, which has seen photographs before and after every
change of light, paints what the same picture looks like then.

Both nets begin as the best linear code of 8 x 8 pixels (their principal components) and learn what it misses.
"""

import numpy as np
import torch
from gesso.engine.oklab import CONES, LAB
from gesso.engine.photometry import LEAST
from torch import nn
from torch.nn import functional as F

FACTOR, CHANNELS = 8, 8  # pixels a latent stands for, along each side; numbers in a latent
NUMBERS = 5  # photometric ones: see `photometry`
STANDARD = (0.6, 0.2, 0.0, 0.0, 0.08)  # those of the standard light
NORMAL = torch.tensor([STANDARD])


def planes(matrix: np.ndarray) -> torch.Tensor:
    """A 3 x 3 matrix as the weight of a convolution of 1 x 1."""
    return torch.from_numpy(matrix.astype(np.float32))[:, :, None, None]


TO_CONES, TO_LAB, FROM_CONES, FROM_LAB = map(planes, (CONES, LAB, np.linalg.inv(CONES), np.linalg.inv(LAB)))


def to_lab(rgb: torch.Tensor) -> torch.Tensor:
    """N x 3 x H x W sRGB-encoded RGB in [0, 1] -> Oklab (gesso/engine/oklab.py)."""
    linear = torch.where(rgb > 0.04045, ((rgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    return F.conv2d(F.conv2d(linear, TO_CONES.to(rgb)).clamp(min=1e-9) ** (1 / 3), TO_LAB.to(rgb))


def to_rgb(lab: torch.Tensor) -> torch.Tensor:
    """The inverse of `to_lab`. Not clipped: beyond [0, 1] the curve goes straight on."""
    cones = F.conv2d(lab, FROM_LAB.to(lab))
    linear = F.conv2d(cones * cones * cones, FROM_CONES.to(lab))
    bent = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, bent, linear * 12.92)


def photometry(lab: torch.Tensor) -> torch.Tensor:
    """N x NUMBERS of N x 3 x H x W Oklab: mean and deviation of L, mean a, mean b, deviation of (a, b) together."""
    mean = lab.mean((2, 3))
    square = (lab - mean[:, :, None, None]).square().mean((2, 3))
    light = (square[:, :1] + LEAST[0] ** 2).sqrt()
    colour = (square[:, 1:].sum(1, keepdim=True) + LEAST[1] ** 2).sqrt()
    return torch.cat([mean[:, :1], light, mean[:, 1:], colour], 1)


def relit(lab: torch.Tensor, there: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Oklab that has the numbers `there`, with the numbers `wanted`: a gain and an offset in each channel."""
    mean, spread = shape(there)
    target, gain = shape(wanted)
    return (lab - mean) * (gain / spread) + target


def shape(numbers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(mean, deviation) of each channel, N x 3 x 1 x 1."""
    light, contrast, red, yellow, colour = numbers.unbind(1)
    mean, spread = torch.stack([light, red, yellow], 1), torch.stack([contrast, colour, colour], 1)
    return mean[:, :, None, None], spread[:, :, None, None]


def standard(like: torch.Tensor) -> torch.Tensor:
    """1 x NUMBERS."""
    return NORMAL.to(like)


class Block(nn.Module):
    """Two convolutions that add to their input, scaled and shifted by a code where there is one (FiLM)."""

    def __init__(self, width: int, code: int = 0):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.film = nn.Linear(code, 2 * width) if code else None
        nn.init.zeros_(self.second.weight)
        if self.film:
            nn.init.zeros_(self.film.weight)

    def forward(self, x: torch.Tensor, code: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.first(F.leaky_relu(x, 0.1))
        if self.film is not None:
            scale, shift = self.film(code)[:, :, None, None].chunk(2, 1)
            hidden = hidden * (1 + scale) + shift
        return x + self.second(F.leaky_relu(hidden, 0.1))


class Encoder(nn.Module):
    """image N x 3 x H x W, sRGB-encoded RGB in [0, 1], sides divisible by FACTOR -> latent N x CHANNELS x H/8 x W/8,

    and the logarithm of its variance (the probabilistic head), of the same shape.
    """

    def __init__(self, width: int = 48):
        super().__init__()
        self.linear = nn.Conv2d(3, CHANNELS, FACTOR, FACTOR)
        self.enter = nn.Conv2d(3 * 16, width, 3, padding=1)
        self.fine = nn.ModuleList(Block(width) for _ in range(2))
        self.down = nn.Conv2d(width, 2 * width, 2, 2)
        self.coarse = nn.ModuleList(Block(2 * width) for _ in range(2))
        self.leave = nn.Conv2d(2 * width, 2 * CHANNELS, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        self.leave.bias = nn.Parameter(torch.tensor([0.0, -4.0]).repeat_interleave(CHANNELS))  # a small variance

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lab = to_lab(image)
        numbers = photometry(lab)
        plain = centred(relit(lab, numbers, standard(numbers)))
        x = self.enter(F.pixel_unshuffle(plain, 4))
        for block in self.fine:
            x = block(x)
        x = self.down(x)
        for block in self.coarse:
            x = block(x)
        mean, spread = self.leave(F.leaky_relu(x, 0.1)).chunk(2, 1)
        return self.linear(plain) + mean, spread.clamp(-8, 2)


class Decoder(nn.Module):
    """latent N x CHANNELS x h x w, photometry N x NUMBERS -> image N x 3 x 8h x 8w, sRGB-encoded RGB, not clipped."""

    def __init__(self, width: int = 64, code: int = 64):
        super().__init__()
        wide = width * 3 // 2
        self.linear = nn.ConvTranspose2d(CHANNELS, 3, FACTOR, FACTOR)
        self.code = nn.Sequential(nn.Linear(NUMBERS, code), nn.ReLU(), nn.Linear(code, code), nn.ReLU())
        self.enter = nn.Conv2d(CHANNELS, wide, 3, padding=1)
        self.coarse = nn.ModuleList(Block(wide, code) for _ in range(3))
        self.up = nn.Conv2d(wide, 4 * width, 1)
        self.fine = nn.ModuleList(Block(width, code) for _ in range(3))
        self.leave = nn.Conv2d(width, 3 * 16, 3, padding=1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)  # begin as the linear code

    def forward(self, latent: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        code = self.code((numbers - standard(numbers)) * 5)
        x = self.enter(latent)
        for block in self.coarse:
            x = block(x, code)
        x = F.pixel_shuffle(self.up(F.leaky_relu(x, 0.1)), 2)
        for block in self.fine:
            x = block(x, code)
        change = F.pixel_shuffle(self.leave(F.leaky_relu(x, 0.1)), 4)
        plain = (self.linear(latent) + change) * SPREAD.to(latent)
        return to_rgb(relit(plain + MEAN.to(latent), standard(numbers), numbers))


MEAN, SPREAD = (planes.clone() for planes in shape(NORMAL))


def centred(lab: torch.Tensor) -> torch.Tensor:
    """Oklab of the standard light with mean 0 and deviation 1."""
    return (lab - MEAN.to(lab)) / SPREAD.to(lab)


class VAE(nn.Module):
    """Both nets, as they are trained."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()

    @torch.no_grad()
    def begin(self, pictures: torch.Tensor) -> None:
        """Take the principal components of the 8 x 8 squares of N x 3 x H x W pictures as the linear code.

        Each has variance 1. What L, a and b weigh follows from how much of an error in them is seen as one in RGB.
        """
        lab = to_lab(pictures)
        numbers = photometry(lab)
        weight = (SPREAD * torch.tensor(WEIGHTS)[None, :, None, None]).to(lab)
        plain = centred(relit(lab, numbers, standard(numbers))) * weight
        squares = F.pixel_unshuffle(plain, FACTOR).permute(0, 2, 3, 1).reshape(-1, 3 * FACTOR**2)
        mean = squares.mean(0)
        _, strength, directions = torch.pca_lowrank(squares, CHANNELS, niter=6)
        spread = strength / len(squares) ** 0.5
        by_pixel = (directions.T.view(CHANNELS, 3, FACTOR, FACTOR), weight[0])
        scale = spread[:, None, None, None]
        self.encoder.linear.weight.copy_(by_pixel[0] * by_pixel[1] / scale)
        self.encoder.linear.bias = nn.Parameter(-(directions.T @ mean) / spread)
        self.decoder.linear.weight.copy_(by_pixel[0] / by_pixel[1] * scale)
        self.decoder.linear.bias = nn.Parameter((mean.view(3, FACTOR, FACTOR) / weight[0]).mean((1, 2)))

    def forward(self, image: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """image, and the photometry to paint it in -> (image painted from a drawn latent, its mean, log variance)."""
        mean, spread = self.encoder(image)
        return self.decoder(mean + torch.randn_like(mean) * (spread / 2).exp(), wanted), mean, spread


WEIGHTS = (1.0, 1.2, 0.8)  # of an error in L, a, b
