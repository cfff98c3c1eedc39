"""A small residual network (He et al. 2016, arXiv 1512.03385), in shape, width and seed unlike vgg16h."""

import torch
from torch import nn
from torch.nn import functional as F

from export.vgg16h.words import WORDS

WIDTHS = (32, 64, 128, 256)  # each at half the size of the one before


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution and batch norm."""
    layer = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions whose result is added to what came in."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.first, self.second = conv(inputs, outputs, stride=stride), conv(outputs, outputs)
        self.past = nn.Identity() if inputs == outputs else conv(inputs, outputs, 1, stride)
        nn.init.zeros_(self.second[1].weight)  # type: ignore[arg-type]  # changes nothing yet

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.past(x) + self.second(F.relu(self.first(x))))


class Judge(nn.Module):
    """image N x 3 x H x W (sRGB-encoded RGB in 0..1, made for sides of 64) -> N x WORDS, logits."""

    def __init__(self) -> None:
        super().__init__()
        pairs = zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False)
        blocks = [nn.Sequential(Block(a, b, 1 + (a != b)), Block(b, b, 1)) for a, b in pairs]
        self.body = nn.Sequential(conv(3, WIDTHS[0], stride=2), nn.ReLU(), *blocks)
        self.head = nn.Linear(WIDTHS[-1], len(WORDS))
        nn.init.zeros_(self.head.weight)

    def features(self, image: torch.Tensor) -> torch.Tensor:
        """N x 256."""
        return self.body(2 * image - 1).mean((2, 3))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(F.dropout(self.features(image), 0.3, self.training))
