"""The denoising net: a bias-free residual U-Net told how strong the noise is.

FFDNet's noise map and halved input (Zhang et al. 2018, arXiv 1710.04026), DRUNet's bias-free residual
blocks (Zhang et al. 2021, arXiv 2008.13751). Without biases the net scales with its input, which
carries it over noise levels it has seen little of (Mohan et al. 2020, arXiv 1906.05478).
"""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


class Block(nn.Module):
    """x + conv(relu(conv(x)))."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = conv(width, width), conv(width, width)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.normal_(self.second.weight, std=0.1 / width**0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(x)))


class Denoise(nn.Module):
    """image N x 3 x H x W sRGB-encoded RGB in [0, 1], sigma N x 1 x 1 x 1 in units of 1.0 -> clean N x 3 x H x W.

    H and W are multiples of 8. `sigma` is the standard deviation of the noise (25/255 for the papers' "25").
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128), blocks: int = 2):
        super().__init__()
        a, b, c = widths
        self.head = conv(3 * 4 + 1, a)
        self.down1 = nn.Sequential(*(Block(a) for _ in range(blocks)))
        self.shrink1 = nn.Conv2d(a, b, 2, stride=2, bias=False)
        self.down2 = nn.Sequential(*(Block(b) for _ in range(blocks)))
        self.shrink2 = nn.Conv2d(b, c, 2, stride=2, bias=False)
        self.middle = nn.Sequential(*(Block(c) for _ in range(blocks)))
        self.grow2 = nn.ConvTranspose2d(c, b, 2, stride=2, bias=False)
        self.up2 = nn.Sequential(*(Block(b) for _ in range(blocks)))
        self.grow1 = nn.ConvTranspose2d(b, a, 2, stride=2, bias=False)
        self.up1 = nn.Sequential(*(Block(a) for _ in range(blocks)))
        self.tail = conv(a, 3 * 4)
        nn.init.normal_(self.tail.weight, std=1e-3)  # begin as the identity

    def forward(self, image: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        x = F.pixel_unshuffle(image, 2)  # N x 12 x H/2 x W/2
        level = torch.zeros_like(x[:, :1]) + sigma
        top = self.down1(self.head(torch.cat([x, level], 1)))
        half = self.down2(self.shrink1(top))  # H/4
        deep = self.middle(self.shrink2(half))  # H/8
        half = self.up2(self.grow2(deep) + half)
        top = self.up1(self.grow1(half) + top)
        return image - F.pixel_shuffle(self.tail(top), 2)
