"""The structure network: it decides, for each pixel of a hole, which lines of the surroundings run through it.

    picture filled by a membrane, mask
      -> what is met first along 16 directions: colour and distance                   (no weights)
      -> a small convolutional network at half size: a score for each direction, and a change
      -> the mean of the 16 colours and the membrane's, by the softmax of the scores, plus the change

Before any training the scores are those of lines that meet like colours nearby, which beats the membrane alone;
so little training goes a long way. The choice is per pixel, as in coherence transport (Bornemann & Maerz 2007),
but learned; the network's two outputs start at zero.
"""

import torch
from torch import nn
from torch.nn import functional as F

MULTIPLE = 32  # sides of the input: at least as long as the farthest doubling
STEPS = 5  # doublings: the walk along a line ends after 2**STEPS - 1 steps
LINES = ((0, 1), (1, 1), (1, 0), (1, -1), (1, 2), (2, 1), (2, -1), (1, -2))  # rows, columns of one step
FAR = 64.0  # the length of a line that meets the picture's border
ALIKE, NEAR = 100.0, 3.0  # how much it counts at first that the ends of a line are alike, and near


class Block(nn.Module):
    """Two convolutions added to their input (He et al. 2016, without normalisation)."""

    def __init__(self, channels: int, dilation: int):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        with torch.no_grad():
            self.second.weight *= 0.1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(torch.relu(self.first(torch.relu(x))))


def moved(x: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """x[..., i - rows, j - columns] at (i, j), zeros from outside."""
    return F.pad(x, (columns, -columns, rows, -rows))


def first_met(image: torch.Tensor, known: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """The first known pixel when walking from each pixel by (-rows, -columns): N x 5 x H x W.

    Channels: its RGB, 1 where one is met (else all are 0), and the length of the way in pixels. Each doubling
    takes over what the pixel twice as far has met, so that STEPS of them are a walk of 2**STEPS - 1 pixels.
    """
    place = torch.cumsum(torch.ones_like(known), 2 if rows else 3)  # counts along the walk
    state = torch.cat((image, torch.ones_like(known), place), 1) * known
    for step in range(STEPS):
        state = torch.where(state[:, 3:4] > 0, state, moved(state, rows << step, columns << step))
    count = (place - state[:, 4:]).abs() / abs(rows or columns)
    return torch.cat((state[:, :4], count * state[:, 3:4] * (rows * rows + columns * columns) ** 0.5), 1)


def first_guess(colours: torch.Tensor, met: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """N x 16 x H x W: log of the weight of each end: its line is short and joins like colours, and it is near."""
    one, other = length.chunk(2, 1)
    both = met[:, : len(LINES)] * met[:, len(LINES) :]
    difference = (colours[:, : len(LINES)] - colours[:, len(LINES) :]).square().mean(2) * both + 0.1 * (1 - both)
    line = -ALIKE * difference - NEAR * torch.log(one + other)
    share = torch.cat((other, one), 1) / (one + other).repeat(1, 2, 1, 1)
    return line.repeat(1, 2, 1, 1) + torch.log(share.clamp(min=1e-3)) - 20 * (1 - met)


class Structure(nn.Module):
    """(image Nx3xHxW sRGB-encoded RGB 0..1 with the hole filled by a membrane, mask Nx1xHxW 1 = hole) -> Nx3xHxW.

    H and W are multiples of `MULTIPLE`. Outside the hole the output is the input; it is not clipped.
    """

    def __init__(self, channels: int = 32):
        super().__init__()
        count = len(LINES)
        self.body = nn.Sequential(
            nn.Conv2d(4 + 8 * count, channels, 3, 2, 1), *(Block(channels, dilation) for dilation in (1, 2, 4, 2))
        )
        self.head = nn.Conv2d(channels, 2 * count + 4, 3, padding=1)
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.zero_()

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        known = 1 - mask
        ends = [first_met(image, known, sign * rows, sign * columns) for sign in (1, -1) for rows, columns in LINES]
        colours = torch.stack([end[:, :3] for end in ends], 1)  # N x 16 x 3 x H x W
        met = torch.cat([end[:, 3:4] for end in ends], 1)  # N x 16 x H x W, also the two below
        length = (torch.cat([end[:, 4:] for end in ends], 1) + FAR * (1 - met)).clamp(min=1)
        scores = first_guess(colours, met, length)
        away = (colours - image[:, None]) * met[:, :, None]
        seen = torch.cat((4 * away.flatten(1, 2), torch.exp(length / -8), 2 * image - 1, mask), 1)
        found = F.interpolate(self.head(torch.relu(self.body(seen))), scale_factor=2.0, mode="bilinear")
        count = len(ends)
        membrane = torch.logsumexp(scores, 1, keepdim=True)  # at first half of the whole
        weights = torch.softmax(torch.cat((scores, membrane), 1) + found[:, : count + 1], 1)[:, :count]
        mean = (weights[:, :, None] * away).sum(1)
        return image + mask * (mean + found[:, count + 1 :])
