"""The harmonisation net: looks at a small composite and predicts a coarse map of colour transforms.

The map is applied to the pasted pixels at full size, so the net never makes detail and its cost does not grow
with the picture (after Guerreiro et al., "PCT-Net: Full Resolution Image Harmonization Using Pixel-Wise Color
Transformations", CVPR 2023). Each cell holds an affine transform and a bend for every channel:

    T(rgb) = rgb + A rgb + C bend(rgb) + b,    bend(v) = 4 v (1 - v) inside 0..1 and 0 outside

which follows exposure and gamma changes that an affine transform cannot, and stays harmless beyond white.
"""

import torch
from torch import nn
from torch.nn import functional as F

SIZE = 96  # side of the picture the net looks at; the map has SIZE / 8 cells a side
TERMS = 7  # r g b, their bends, 1
BINS = 16  # of the histograms


def features(rgb: torch.Tensor) -> torch.Tensor:
    """N x 3 x H x W -> N x 7 x H x W: what a cell's 3x7 matrix is multiplied with."""
    inside = rgb.clamp(0, 1)
    return torch.cat([rgb, 4 * inside * (1 - inside), torch.ones_like(rgb[:, :1])], 1)


def apply_map(transforms: torch.Tensor, rgb: torch.Tensor) -> torch.Tensor:
    """The change T(rgb) - rgb, N x 3 x H x W.

    transforms: N x 21 x h x w, the rows (A C b) of red, green and blue; enlarged bilinearly. rgb: N x 3 x H x W.
    """
    full = F.interpolate(transforms, rgb.shape[2:], mode="bilinear", align_corners=False)
    full = full.unflatten(1, (3, TERMS))  # N x 3 x 7 x H x W
    return (full * features(rgb)[:, None]).sum(2)


def statistics(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Colours of the pasted region, of its near surroundings and of all surroundings: N x (3 (9 + 3 BINS)).

    Each region gives mean, spread and covariances of red, green and blue, and a soft histogram of each channel.
    image N x 3 x H x W, mask N x 1 x H x W.
    """
    wide = F.max_pool2d(mask, 9, 1, 4)
    regions = torch.cat([mask, wide - mask, 1 - mask], 1).flatten(2)
    regions = regions / (regions.sum(2, keepdim=True) + 1e-2)
    centres = torch.linspace(0, 1, BINS, device=image.device).view(1, 1, BINS, 1, 1)
    bins = F.relu(1 - (image[:, :, None] - centres).abs() * (BINS - 1)).flatten(1, 2)
    values = torch.cat([image, image * image, image * image[:, [1, 2, 0]], bins], 1).flatten(2)
    mean = regions @ values.transpose(1, 2)  # N x 3 regions x (9 + 3 BINS)
    colour, squares, products, histogram = mean.split([3, 3, 3, 3 * BINS], 2)
    spread = (F.relu(squares - colour * colour) + 1e-4).sqrt()
    joint = products - colour * colour[:, :, [1, 2, 0]]
    return torch.cat([colour, spread, 8 * joint, 4 * histogram], 2).flatten(1)


class Block(nn.Module):
    """Two 3x3 convolutions with a shortcut; the first may halve the size."""

    def __init__(self, inside: int, outside: int, stride: int = 1):
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1)
        self.short = nn.Conv2d(inside, outside, 1)
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        short = self.short(F.avg_pool2d(x, 2) if self.stride == 2 else x)
        return F.relu(short + self.second(F.relu(self.first(x))))


class Harmonize(nn.Module):
    """image N x 3 x 96 x 96 (the composite, sRGB-encoded RGB, 0..1), mask N x 1 x 96 x 96 (1 = pasted)
    -> transforms N x 21 x 12 x 12, to be used by `apply_map`."""

    def __init__(self, width: int = 32, code: int = 192):
        super().__init__()
        self.stem = nn.Conv2d(4, width, 5, 2, 2)  # 48 x 48
        self.down1 = Block(width, 2 * width, 2)  # 24 x 24
        self.down2 = Block(2 * width, 3 * width, 2)  # 12 x 12
        self.down3 = Block(3 * width, 4 * width, 2)  # 6 x 6
        self.deep = Block(4 * width, 4 * width)
        numbers = 3 * (9 + 3 * BINS) + 2 * 4 * width
        self.code = nn.Sequential(nn.Linear(numbers, code), nn.ReLU(), nn.Linear(code, code), nn.ReLU())
        self.everywhere = nn.Linear(code, 3 * TERMS)
        self.tell = nn.Linear(code, 3 * width)
        self.merge = nn.Conv2d(4 * width, 3 * width, 1)
        self.up = Block(3 * width, 2 * width)
        self.here = nn.Conv2d(2 * width, 3 * TERMS, 3, 1, 1)
        for layer in (self.everywhere, self.here):  # begin as "no change"
            nn.init.normal_(layer.weight, std=1e-3)
            nn.init.constant_(layer.get_parameter("bias"), 0)

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        middle = self.down2(self.down1(F.relu(self.stem(torch.cat([image, mask], 1) - 0.5))))
        deep = self.deep(self.down3(middle))
        small = F.avg_pool2d(mask, 16)
        pasted = (deep * small).mean((2, 3)) / (small.mean((2, 3)) + 1e-3)
        around = (deep * (1 - small)).mean((2, 3)) / ((1 - small).mean((2, 3)) + 1e-3)
        code = self.code(torch.cat([statistics(image[:, :, ::2, ::2], mask[:, :, ::2, ::2]), pasted, around], 1))
        wide = F.interpolate(self.merge(deep), scale_factor=2.0, mode="bilinear", align_corners=False)
        local = self.here(self.up(F.relu(middle + wide + self.tell(code)[:, :, None, None])))
        return self.everywhere(code)[:, :, None, None] + local
