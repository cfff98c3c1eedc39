"""The super-resolution net: plain 3x3 convolutions at the small size, enlarged at the very end.

ESPCN's sub-pixel layer (Shi et al. 2016, arXiv 1609.05158) on a stack of 3x3 + ReLU, which is what
CPUs run fastest; the net only predicts what pixel repetition leaves out.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Upscale(nn.Module):
    """N x 3 x H x W sRGB-encoded RGB in [0, 1] -> N x 3 x (scale H) x (scale W), not clipped."""

    def __init__(self, scale: int = 2, width: int = 48, depth: int = 8):
        super().__init__()
        self.scale = scale
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.tail = nn.Conv2d(width, 3 * scale**2, 3, padding=1)
        for layer in self.body:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.normal_(self.tail.weight, std=1e-3)  # begin as pixel repetition
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        repeated = torch.cat([image[:, c : c + 1] for c in range(3) for _ in range(self.scale**2)], 1)
        return F.pixel_shuffle(self.tail(self.body(image)) + repeated, self.scale)
