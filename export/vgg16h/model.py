"""vgg16h: the thirteen convolutions of VGG-16 at half width, trained here, with a Gaussian head and words behind it.

Shape: Simonyan & Zisserman 2015, arXiv 1409.1556, configuration D, with batch normalisation (Ioffe & Szegedy 2015,
arXiv 1502.03167), which onnxruntime folds into the convolutions when it loads the file. Head: mean and log-variance of
a code of 128 numbers, sampled in training (Alemi et al. 2017, "Deep Variational Information Bottleneck", arXiv
1612.00410), from the mean of every block and, since few pictures teach it, from what is plain: how much there is of
each colour of a palette.
"""

import math
from itertools import islice

import cv2
import torch
from torch import nn
from torch.nn import functional as F

from export.vgg16h.words import FLOWERS, WORDS

BLOCKS = ((32, 2), (64, 2), (128, 3), (256, 3), (256, 3))  # (width, convolutions), each followed by a pool
COLOURS, SHARP = 128, 100.0  # of the palette that the picture's colours are counted in; how sharply it parts them
HIDDEN, CODE = 256, 128
RARER = 2.0  # by how many log odds flowers are rarer in photographs (0.18) than in what it learnt from (0.61)
ATTRIBUTES = ("brightness", "contrast", "chroma", "warmth", "edges")


class Encoder(nn.Module):
    """N x 3 x H x W RGB in 0..1, sides of 32 at least -> N x features: the mean of each block over the picture."""

    def __init__(self, blocks: tuple[tuple[int, int], ...] = BLOCKS):
        super().__init__()
        widths = [3, *(width for width, count in blocks for _ in range(count))]
        pairs = zip(widths, widths[1:], strict=False)
        self.convolutions = nn.ModuleList(nn.Conv2d(*pair, 3, padding=1, bias=False) for pair in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        for layer in self.convolutions:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")  # type: ignore[arg-type]
        self.counts = [count for _, count in blocks]
        self.features = sum(width for width, _ in blocks)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        layers, x, means = zip(self.convolutions, self.norms, strict=True), 2 * image - 1, []
        for count in self.counts:
            for convolution, norm in islice(layers, count):
                x = F.relu(norm(convolution(x)))
            x = F.max_pool2d(x, 2)
            means.append(x.mean((2, 3)))
        return torch.cat(means, 1)


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
        self.mix = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, HIDDEN), nn.ReLU(), nn.Dropout(0.3))
        self.gauss = nn.Linear(HIDDEN, 2 * CODE)
        self.words = nn.Linear(CODE, len(WORDS))
        self.attributes = nn.Linear(CODE, len(ATTRIBUTES))
        nn.init.zeros_(self.gauss.bias)
        nn.init.zeros_(self.words.weight)

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
    flower = torch.sigmoid(logits[:, len(FLOWERS) : len(FLOWERS) + 1] - RARER)
    alone = torch.sigmoid(logits[:, len(FLOWERS) + 1 :])
    return torch.cat([flower * torch.softmax(logits[:, : len(FLOWERS)], 1), flower, alone], 1)


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
