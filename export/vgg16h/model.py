"""vgg16h: the thirteen convolutions of VGG-16 at half width, trained here, with a Gaussian head and words behind it.

Shape: Simonyan & Zisserman 2015, arXiv 1409.1556, configuration D. No normalisation of activations: weights are
standardised (Qiao et al. 2019, arXiv 1903.10520; scaled as in Brock et al. 2021, arXiv 2101.08692), which onnxruntime
does once, when it loads the file. Head: mean and log-variance of a code of 128 numbers, sampled in training (Alemi et
al. 2017, "Deep Variational Information Bottleneck", arXiv 1612.00410), from the mean of every block and, since few
pictures teach it, from what is plain: how much there is of each colour of a palette.
"""

import math
from typing import Any

import cv2
import torch
from torch import nn
from torch.nn import functional as F

from export.vgg16h.words import FLOWERS, WORDS

BLOCKS = ((32, 2), (64, 2), (128, 3), (256, 3), (256, 3))  # (width, convolutions), each followed by a pool
COLOURS, SHARP = 128, 100.0  # of the palette that the picture's colours are counted in; how sharply it parts them
HIDDEN, CODE = 256, 128
ATTRIBUTES = ("brightness", "contrast", "chroma", "warmth", "edges")
GAIN = math.sqrt(2 / (1 - 1 / math.pi))  # keeps the variance through a ReLU


class Standardised(nn.Conv2d):
    """A 3x3 convolution whose kernels have mean 0 and the variance that a gain for each of them says."""

    def __init__(self, inside: int, outside: int):
        super().__init__(inside, outside, 3, padding=1)
        self.gain = nn.Parameter(torch.full((outside, 1, 1, 1), GAIN))
        nn.init.normal_(self.weight, std=0.05)
        nn.init.zeros_(self.bias)  # type: ignore[arg-type]

    def standard(self) -> torch.Tensor:
        """The kernels in use."""
        count = self.weight[0].numel()
        variance, mean = torch.var_mean(self.weight, (1, 2, 3), keepdim=True)
        return (self.weight - mean) * (self.gain * torch.rsqrt(count * variance + 1e-8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x, self.standard(), self.bias, padding=1)


class Encoder(nn.Module):
    """N x 3 x H x W RGB in 0..1, sides of 32 at least -> N x features: the mean of each block over the picture."""

    def __init__(self, blocks: tuple[tuple[int, int], ...] = BLOCKS):
        super().__init__()
        widths = [3, *(width for width, count in blocks for _ in range(count))]
        layers: list[nn.Conv2d] = [nn.Conv2d(3, widths[1], 3, padding=1)]
        layers += [Standardised(inside, outside) for inside, outside in zip(widths[1:], widths[2:], strict=False)]
        self.convolutions = nn.ModuleList(layers)
        self.counts = [count for _, count in blocks]
        self.features = sum(width for width, _ in blocks)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        layers, x, means = iter(self.convolutions), 2 * image - 1, []
        for count in self.counts:
            for _ in range(count):
                x = F.relu(next(layers)(x))
            x = F.max_pool2d(x, 2)
            means.append(x.mean((2, 3)))
        return torch.cat(means, 1)

    @torch.no_grad()
    def begin(self, images: torch.Tensor) -> None:
        """First layer: the whitened principal components of 3x3 patches of N x 3 x H x W images, each and its negative.

        The layers above: gains that give unit variance on these images (Mishkin & Matas 2016, arXiv 1511.06422).
        """
        layers: list[Any] = list(self.convolutions)
        first, *others = layers
        patches = F.unfold(2 * images - 1, 3, stride=5).transpose(1, 2).reshape(-1, 27)
        strengths, directions = torch.linalg.eigh(torch.cov(patches.T))
        strongest = (directions / (strengths + 0.01).sqrt()).T.flip(0)[: first.out_channels // 2].view(-1, 3, 3, 3)
        first.weight.copy_(torch.cat([strongest, -strongest]))
        first.bias.zero_()
        x, ends = F.relu(first(2 * images - 1)), set(torch.tensor(self.counts).cumsum(0).tolist())
        for number, layer in enumerate(others, 1):
            x = F.max_pool2d(x, 2) if number in ends else x
            layer.gain.div_(layer(x).std())
            x = F.relu(layer(x))


class Palette(nn.Module):
    """N x 3 x H x W RGB in 0..1 -> N x COLOURS: roots of the shares of the pixels that are nearest to each colour."""

    def __init__(self) -> None:
        super().__init__()
        self.colours = nn.Parameter(torch.rand(COLOURS, 3))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        towards = 2 * SHARP * self.colours[:, :, None, None]
        near = F.conv2d(image, towards, -SHARP * self.colours.square().sum(1))  # up to a constant -SHARP |difference|^2
        return (COLOURS * F.softmax(near, 1).mean((2, 3)) + 1e-3).sqrt()

    @torch.no_grad()
    def begin(self, images: torch.Tensor) -> None:
        """The colours are the cluster centres (k-means) of the pixels of N x 3 x H x W images."""
        pixels = images.permute(0, 2, 3, 1).reshape(-1, 3)[::5].contiguous().numpy()
        cv2.setRNGSeed(0)
        stop = (cv2.TERM_CRITERIA_MAX_ITER, 20, 0)
        _, _, centres = cv2.kmeans(pixels, COLOURS, None, stop, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
        self.colours.copy_(torch.from_numpy(centres))


class Vgg16h(nn.Module):
    """image N x 3 x H x W (sRGB-encoded RGB in 0..1, sides of 32 at least) ->

    words N x V, 0..1 each, see `WORDS`; mean and log_variance N x CODE of the code; attributes N x 5, see `attributes`.
    """

    def __init__(self, blocks: tuple[tuple[int, int], ...] = BLOCKS):
        super().__init__()
        self.encoder = Encoder(blocks)
        self.palette = Palette()
        features = self.encoder.features + COLOURS
        self.mix = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, HIDDEN), nn.ReLU(), nn.Dropout(0.2))
        self.gauss = nn.Linear(HIDDEN, 2 * CODE)
        self.words = nn.Linear(CODE, len(WORDS))
        self.attributes = nn.Linear(CODE, len(ATTRIBUTES))
        nn.init.zeros_(self.gauss.bias)
        nn.init.zeros_(self.words.weight)

    def begin(self, images: torch.Tensor) -> None:
        """Take first weights from N x 3 x H x W images."""
        self.encoder.begin(images)
        self.palette.begin(images)

    def look(self, image: torch.Tensor) -> torch.Tensor:
        """What the head is told of the picture: the means of the blocks, and the palette."""
        return torch.cat([self.encoder(image), self.palette(image)], 1)

    def code(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(mean, log-variance) of the code, N x CODE each, of what `look` gives."""
        mean, spread = self.gauss(self.mix(seen)).chunk(2, 1)
        return mean, spread.clamp(-8, 2)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        mean, spread = self.code(self.look(image))
        doubt = spread.exp() @ self.words.weight.square().T  # variance of the logits (MacKay 1992: they shrink by it)
        logits = self.words(mean) * (1 + math.pi / 8 * doubt).rsqrt()
        return certain(logits), mean, spread, self.attributes(mean)


def certain(logits: torch.Tensor) -> torch.Tensor:
    """N x V logits -> N x V in 0..1. Which flower it is was learnt among flowers: it counts as far as one is there."""
    alone = torch.sigmoid(logits[:, len(FLOWERS) :])
    flower = alone[:, :1]
    return torch.cat([flower * torch.softmax(logits[:, : len(FLOWERS)], 1), alone], 1)


def attributes(image: torch.Tensor) -> torch.Tensor:
    """N x 3 x H x W RGB in 0..1 -> N x 5, each around 0: mean and spread of luma, chroma, red over blue, edges."""
    luma = image.mean(1)
    red, green, blue = image.unbind(1)
    chroma = torch.hypot(red - green, (red + green) / 2 - blue).mean((1, 2))
    edges = (luma.diff(dim=1).abs().mean((1, 2)) + luma.diff(dim=2).abs().mean((1, 2))) / 2
    warmth = (red - blue).mean((1, 2))
    told = torch.stack([luma.mean((1, 2)), luma.std((1, 2)), chroma, warmth, edges], 1)
    middle = torch.tensor([0.42, 0.2, 0.25, 0.05, 0.06], device=image.device)
    return (told - middle) / torch.tensor([0.2, 0.08, 0.15, 0.2, 0.04], device=image.device)
