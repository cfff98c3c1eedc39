"""A small U-Net that says of each pixel whether it is damaged.

Ronneberger et al. 2015, arXiv 1505.04597, on the picture folded 2x2 (pixel unshuffle), so that a line one pixel wide
is still there where it computes; dilated convolutions at the bottom see as far as a scratch is long.
"""

import torch
from torch import nn
from torch.nn import functional as F

WIDTHS = (32, 64, 96)  # at a half, a quarter, an eighth of the size
MULTIPLE = 8


def conv(inputs: int, outputs: int, apart: int = 1) -> nn.Sequential:
    """A 3x3 convolution, batch norm and ReLU. apart: pixels from one tap to the next."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=apart, dilation=apart, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU())


class Defects(nn.Module):
    """image N x 3 x H x W, sRGB-encoded RGB in 0..1 -> N x 1 x H x W, 0..1, how likely each pixel is damaged.

    H and W are multiples of 8.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.down1 = nn.Sequential(conv(3 * 4, a), conv(a, a))
        self.down2 = nn.Sequential(conv(a, b), conv(b, b))
        self.middle = nn.Sequential(conv(b, c), conv(c, c), conv(c, c, 2), conv(c, c, 4))
        self.up2 = nn.Sequential(conv(b + c, b), conv(b, b))
        self.up1 = nn.Sequential(conv(a + b, a), conv(a, a))
        self.tail = nn.Conv2d(a, 4, 3, padding=1)
        nn.init.constant_(self.tail.bias, -4.0)  # type: ignore[arg-type]  # most pixels are whole

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.logits(image))

    def logits(self, image: torch.Tensor) -> torch.Tensor:
        """N x 1 x H x W."""
        top = self.down1(F.pixel_unshuffle(2 * image - 1, 2))
        half = self.down2(F.max_pool2d(top, 2))
        deep = self.middle(F.max_pool2d(half, 2))
        half = self.up2(torch.cat([half, grown(deep)], 1))
        top = self.up1(torch.cat([top, grown(half)], 1))
        return F.pixel_shuffle(self.tail(top), 2)


def grown(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
