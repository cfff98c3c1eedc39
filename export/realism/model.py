"""The judge: statistics of natural scenes, and a small network on them that corrects the verdict of a plain regression.

Everything is a convolution or a mean, so that a picture of any size gives a map: a logit for each square of STRIDE
pixels, positive where the picture looks real, over a window of WINDOW squares around it.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

STRIDE = 16  # pixels from one place of the map to the next
WINDOW = 5  # places that are averaged, along each side
LUMA = (0.299, 0.587, 0.114)
OPPONENT = ((0.5, -0.5, 0.0), (-0.25, -0.25, 0.5))  # red against green, blue against yellow
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))  # the neighbours that a pixel is multiplied with
FAR = 8  # pixels: lags of the correlation, from 2
TINY = 1e-4
PLAIN, ALL = 36, 124  # features of Statistics, of Signature
FAREST = 5.0  # standard deviations that a feature may lie off: a picture may be like none seen before


def pooled(plane: torch.Tensor, step: int) -> torch.Tensor:
    """Means over windows of WINDOW places, each place `step` pixels: N x C x H x W -> N x C x H/step x W/step."""
    means = F.avg_pool2d(plane, step)
    return F.avg_pool2d(means, WINDOW, 1, WINDOW // 2, count_include_pad=False)


def sizes(plane: torch.Tensor, step: int) -> torch.Tensor:
    """Of each plane the logarithm of its power, and how evenly that is spread (1: everywhere alike): N x 2C x h x w."""
    absolute, power = pooled(plane.abs(), step), pooled(plane.square(), step)
    return torch.cat([(power + TINY).log(), absolute.square() / (power + TINY)], 1)


def shifted(plane: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """The plane moved by up to FAR pixels, reflected at its edges."""
    height, width = plane.shape[2:]
    wider = F.pad(plane, (FAR, FAR, FAR, FAR), "reflect")
    return wider[:, :, FAR + down : FAR + down + height, FAR + right : FAR + right + width]


def cosines(side: int) -> torch.Tensor:
    """The side^2 - 1 two-dimensional cosines of the DCT-II that are not constant, as filters."""
    at = (np.arange(side) + 0.5) * np.pi / side
    lines = [np.cos(k * at) * np.sqrt((2 if k else 1) / side) for k in range(side)]
    filters = [np.outer(a, b) for a in lines for b in lines][1:]
    return torch.from_numpy(np.stack(filters)[:, None]).float()


class Statistics(nn.Module):
    """36 features of BRISQUE (Mittal, Moorthy & Bovik 2012), luma contrast-normalised, at full and half size.

    Instead of the fitted parameters of generalised Gaussians there are the moments that the paper fits them to: two for
    the luma, four for each product with a neighbour.
    """

    window: torch.Tensor
    luma: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        line = torch.exp(-((torch.arange(7) - 3.0) ** 2) / (2 * (7 / 6) ** 2))
        window = torch.outer(line, line)
        self.register_buffer("window", (window / window.sum())[None, None], persistent=False)
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1), persistent=False)

    def lumas(self, image: torch.Tensor) -> list[tuple[torch.Tensor, int]]:
        """(N x 1 x H x W, 0..255, and pixels of it to a place), at full and half size."""
        luma = 255 * (image * self.luma).sum(1, keepdim=True)
        return [(luma, STRIDE), (F.avg_pool2d(luma, 2), STRIDE // 2)]

    def normalised(self, luma: torch.Tensor) -> torch.Tensor:
        """N x 1 x H x W, 0..255 -> the same size, about -3..3."""

        def mean(plane: torch.Tensor) -> torch.Tensor:
            return F.conv2d(F.pad(plane, (3, 3, 3, 3), "reflect"), self.window)

        centre = mean(luma)
        spread = (mean(luma * luma) - centre * centre).clamp(min=0).sqrt()
        return (luma - centre) / (spread + 1)

    def moments(self, plane: torch.Tensor, step: int) -> torch.Tensor:
        """N x 18 x H/step x W/step."""
        features = [sizes(plane, step)]
        for down, right in SHIFTS:
            product = plane * shifted(plane, down, right)
            below, above = product.clamp(max=0), product.clamp(min=0)
            four = pooled(torch.cat([below, above, below.square(), above.square()], 1), step)
            powers = (four[:, 2:] + TINY).log()
            level, size = four[:, :1] + four[:, 1:2], four[:, 1:2] - four[:, :1]
            features += [level, powers, size.square() / (four[:, 2:3] + four[:, 3:] + TINY)]
        return torch.cat(features, 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """N x 3 x H x W in [0, 1], sides multiples of 2 STRIDE -> N x 36 x H/STRIDE x W/STRIDE."""
        return torch.cat([self.moments(self.normalised(luma), step) for luma, step in self.lumas(image)], 1)


class Signature(Statistics):
    """The 36, and 88 more that the fingerprints of filters and generators show in.

    At either size the powers of 15 cosines of 4 x 4 pixels, and how evenly they are spread; correlations over 2 to FAR
    pixels, where lattices and enlargements show; and of luma and two colours the powers of their steps, and how they go
    together.
    """

    filters: torch.Tensor
    opponent: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", cosines(4), persistent=False)
        self.register_buffer("opponent", 255 * torch.tensor(OPPONENT)[..., None, None], persistent=False)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """N x 3 x H x W in [0, 1], sides multiples of 2 STRIDE -> N x 124 x H/STRIDE x W/STRIDE."""
        first, more = [], []
        for luma, step in self.lumas(image):
            normal = self.normalised(luma)
            first.append(self.moments(normal, step))
            waves = F.conv2d(F.pad(luma, (1, 1, 1, 1), "reflect"), self.filters, stride=2)
            more.append(sizes(waves, step // 2))
            power = pooled(normal.square(), step) + TINY
            for lag in range(2, FAR + 1):
                both = shifted(normal, lag, 0) + shifted(normal, 0, lag)
                more.append(pooled(normal * both, step) / (2 * power))
        return torch.cat([*first, *more, *self.colours(image)], 1)

    def colours(self, image: torch.Tensor) -> list[torch.Tensor]:
        """Two maps of N x 7 x H/STRIDE x W/STRIDE: of steps to the right, and down."""
        planes = torch.cat([self.lumas(image)[0][0], F.conv2d(image, self.opponent)], 1)
        features = []
        for down, right in SHIFTS[:2]:
            light, red, yellow = (planes - shifted(planes, down, right)).split(1, 1)
            together = pooled(torch.cat([light * red, light * yellow, red * yellow], 1), STRIDE)
            a, b, c = (pooled(step.square(), STRIDE) + TINY for step in (light, red, yellow))
            features += [
                sizes(torch.cat([red, yellow], 1), STRIDE),
                together / torch.cat([a * b, a * c, b * c], 1).sqrt(),
            ]
        return features


class Realism(nn.Module):
    """The logit of a logistic regression on the 36, plus that of a network on all, whose last layer begins at zero.

    N x 3 x H x W in [0, 1], sides multiples of 2 STRIDE -> N x 1 x H/STRIDE x W/STRIDE.
    """

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.statistics = Signature()
        self.regression = nn.Conv2d(PLAIN, 1, 1)
        self.centre, self.scale = (nn.Parameter(torch.full((1, ALL, 1, 1), float(n)), False) for n in (0, 1))
        layers = [nn.Conv2d(ALL, width, 1), nn.ReLU(), nn.Dropout(0.2), nn.Conv2d(width, width, 1), nn.ReLU()]
        self.body = nn.Sequential(nn.Dropout(0.1), *layers)
        self.head = nn.Conv2d(width, 1, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        self.slope, self.offset = (nn.Parameter(torch.tensor([n]), False) for n in (1.0, 0.0))  # of the calibration

    def plain(self, features: torch.Tensor) -> torch.Tensor:
        """N x ALL x h x w -> N x 1 x h x w: the regression's logit."""
        return self.regression(features[:, :PLAIN])

    def judge(self, features: torch.Tensor) -> torch.Tensor:
        """N x ALL x h x w -> N x 1 x h x w: the whole logit."""
        normal = ((features - self.centre) * self.scale).clamp(-FAREST, FAREST)
        return self.slope * (self.plain(features) + self.head(self.body(normal))) + self.offset

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.judge(self.statistics(image))
