"""The super-resolution net: plain 3x3 convolutions at the small size, enlarged at the very end.

ESPCN's sub-pixel layer (Shi et al. 2016, arXiv 1609.05158) on a stack of 3x3 + ReLU, which is what
CPUs run fastest; the net only predicts what pixel repetition leaves out. Four times is twice, twice, trained together:
it begins where the net for twice ends, which is most of the way (Lai et al. 2017, LapSRN, arXiv 1704.03915).
"""

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from export.to_onnx import load_weights


class Double(nn.Module):
    """N x 3 x H x W sRGB-encoded RGB in [0, 1] -> N x 3 x 2H x 2W, not clipped."""

    def __init__(self, width: int = 48, depth: int = 8):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.tail = nn.Conv2d(width, 3 * 4, 3, padding=1)
        for layer in self.body:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.normal_(self.tail.weight, std=1e-3)  # begin as pixel repetition
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        repeated = torch.cat([image[:, c : c + 1] for c in range(3) for _ in range(4)], 1)
        return F.pixel_shuffle(self.tail(self.body(image)) + repeated, 2)


class Quadruple(nn.Module):
    """N x 3 x H x W sRGB-encoded RGB in [0, 1] -> N x 3 x 4H x 4W, not clipped."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Double(), Double()

    def begin(self, twice: Path) -> None:
        """Take the weights of both halves from the ONNX file of a net for twice."""
        load_weights(self.first, twice)
        load_weights(self.second, twice)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(image))


NETS: dict[int, type[nn.Module]] = {2: Double, 4: Quadruple}
