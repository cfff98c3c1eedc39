"""The tone net: looks at a thumbnail and predicts how a whole photo's tone and colour are to be changed.

It gives a rising curve for each channel and a 3x3 matrix behind them, which leaves grey as it is,

    T(rgb) = A c(rgb),    c = (c_r, c_g, c_b),

which are applied to the full picture outside the net, at any depth. Global parameters from a small picture, as in
Zeng et al., "Learning Image-Adaptive 3D Lookup Tables", TPAMI 2020; no table is needed here, since exposure, white
balance and gamma are curves and saturation is a matrix. No detail is made, so none can be spoilt.

A curve is kept as its slope at a few knots, linear in between and always positive: its integral rises and has no kinks.
A photo with white in it keeps its white: what was cut off there is lost, and grey in its place would only look dull.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SIZE = 96  # side of the picture the net looks at: points of the full one, so that its histogram is the same
EXTREMES = 6  # points in the middle that are the full picture's, of least and most red, green and blue
KNOTS = (0.0, 0.04, 0.08, 0.13, 0.19, 0.26, 0.35, 0.45, 0.57, 0.7, 0.85, 1.0)  # of the slopes, dense where it is dark
HEIGHTS = 257  # of a curve, at even steps from 0 to 1
CHROMAS, LEVELS = 16, 8
PICKS = np.linspace(0, (SIZE // 4) ** 2 - 1, 24).round().astype(int).tolist()  # the quantiles among ordered pixels
NUMBERS = 6 + 11 * len(PICKS) + 6 + CHROMAS**2 + 3 * LEVELS  # of `statistics`


def integrals() -> torch.Tensor:
    """KNOTS x HEIGHTS: the height that a slope of 1 at one knot and 0 at the others has reached at each step."""
    steps = np.linspace(0, 1, HEIGHTS)
    hats = np.stack([np.interp(steps, KNOTS, row) for row in np.eye(len(KNOTS))])
    risen = np.cumsum((hats[:, 1:] + hats[:, :-1]) / 2, axis=1) / (HEIGHTS - 1)
    return torch.from_numpy(np.pad(risen, ((0, 0), (1, 0))).astype(np.float32))


def bend(curves: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Values N x 3 x P through curves N x 3 x HEIGHTS; beyond 0 and 1 these go straight on."""
    place = values * (HEIGHTS - 1)
    left = place.detach().long().clamp(0, HEIGHTS - 2)
    low, high = curves.gather(2, left), curves.gather(2, left + 1)
    return low + (high - low) * (place - left)


def apply_tone(curves: torch.Tensor, matrix: torch.Tensor, rgb: torch.Tensor) -> torch.Tensor:
    """T(rgb), N x 3 x H x W, not clipped. curves N x 3 x HEIGHTS, matrix N x 3 x 3, rgb N x 3 x H x W in 0..1."""
    return (matrix @ bend(curves, rgb.flatten(2))).view_as(rgb)


def hats(values: torch.Tensor, count: int, low: float, high: float) -> torch.Tensor:
    """Soft membership of N x P values in `count` levels from `low` to `high`: N x count x P."""
    place = (values.clamp(low, high) - low) * ((count - 1) / (high - low))
    levels = torch.arange(count, device=values.device, dtype=values.dtype).view(1, -1, 1)
    return F.relu(1 - (place[:, None] - levels).abs())


def statistics(image: torch.Tensor) -> torch.Tensor:
    """What the colours of a picture are, wherever they are: N x (NUMBERS - 6), from N x 3 x H x W in 0..1.

    Quantiles of red, green, blue, luma and saturation, and of the brightest and darkest of each 4 x 4 pixels; how much
    lies at the very ends, as it does where a photo was cut off; a histogram of log-chroma, which a white balance shifts
    (after Barron, "Convolutional Color Constancy", ICCV 2015); share and mean tint of each level of luma.
    """
    rgb = image[:, :, 1::4, 2::4].flatten(2)
    luma, range_ = rgb.mean(1, keepdim=True), rgb.amax(1, keepdim=True) - rgb.amin(1, keepdim=True)
    bright, dark = F.max_pool2d(image, 4).flatten(2), -F.max_pool2d(-image, 4).flatten(2)
    ordered = torch.cat([rgb, luma, range_, bright, dark], 1).sort(2).values
    top, bottom = bright.amax(2, keepdim=True), dark.amin(2, keepdim=True)
    cut = torch.cat([F.relu(1 - 64 * (top - rgb)).mean(2), F.relu(1 - 64 * (rgb - bottom)).mean(2)], 1)
    logs = (rgb**2.2 + 0.003).log()
    across, down = (hats(logs[:, 1] - logs[:, other], CHROMAS, -2.5, 2.5) for other in (0, 2))
    weight = luma / (luma.sum(2, keepdim=True) + 1e-3)
    chroma = (across * weight) @ down.transpose(1, 2)
    levels = hats(luma[:, 0], LEVELS, 0, 1)
    share = levels.mean(2)
    tint = (levels @ (rgb[:, [0, 2]] - rgb[:, 1:2]).transpose(1, 2)) / rgb.shape[2] / (share + 0.01)[..., None]
    return torch.cat([ordered[:, :, PICKS].flatten(1), cut, 8 * chroma.flatten(1), share, 4 * tint.flatten(1)], 1)


class Tone(nn.Module):
    """image N x 3 x 96 x 96 (sRGB-encoded RGB, 0..1; see EXTREMES) -> curves N x 3 x 257, matrix N x 3 x 3; see
    `apply_tone`.

    How far black and white are to be moved to the ends is told first; the slopes then are those of what that gives.
    """

    integrals: torch.Tensor
    steps: torch.Tensor

    def __init__(self, width: int = 24, code: int = 256):
        super().__init__()
        widths = [3, width, 2 * width, 3 * width, 4 * width, 5 * width]
        self.look = nn.ModuleList(
            nn.Conv2d(inside, outside, 3, 2, 1) for inside, outside in zip(widths, widths[1:], strict=False)
        )
        self.code = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(NUMBERS + widths[-1], code),
            nn.ReLU(),
            nn.Linear(code, code),
            nn.ReLU(),
        )
        self.parts = [6, 3, 3 * len(KNOTS), 9]
        self.tell = nn.Linear(code, sum(self.parts))
        self.sure = nn.Linear(code, 1)  # whether anything is to be changed: a good photo must come back as it is
        nn.init.normal_(self.tell.weight, std=1e-3)
        nn.init.zeros_(self.tell.bias)
        self.register_buffer("integrals", integrals(), persistent=False)
        self.register_buffer("steps", torch.linspace(0, 1, HEIGHTS), persistent=False)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        dark, bright = image.flatten(2).amin(2, keepdim=True), image.flatten(2).amax(2, keepdim=True)
        low, high = dark.amin(1, keepdim=True)[..., None], bright.amax(1, keepdim=True)[..., None]
        seen = ((image - low) / (high - low).clamp(min=0.02)).clamp(0, 1)
        numbers = torch.cat([dark.flatten(1), bright.flatten(1), statistics(seen)], 1)
        seen = F.avg_pool2d(seen, 2) - 0.5
        for layer in self.look:
            seen = F.relu(layer(seen))
        code = self.code(torch.cat([numbers, seen.mean((2, 3))], 1))
        told = self.tell(code) * torch.sigmoid(self.sure(code))
        moved, offset, slopes, matrix = told.split(self.parts, 1)
        black, white = (0.3 * moved.view(-1, 6, 1)).split(3, 1)
        black, white = black * dark, 1 - white * (1 - bright)
        inner = (self.steps - black) / (white - black).clamp(min=0.05)
        bent = slopes.view(-1, 3, len(KNOTS)).clamp(-4, 3).exp() @ self.integrals + 0.1 * offset[..., None]
        curves = bend(bent, inner)
        has_white = ((bright.amin(1, keepdim=True) - 0.9) * 10).clamp(0, 1)
        lost = F.relu(bright - bend(curves, bright)) * has_white
        curves = curves + lost * (self.steps / bright.clamp(min=0.02)).clamp(max=1) ** 4
        mixed = 0.2 * matrix.view(-1, 3, 3)
        return curves, torch.eye(3, device=image.device) + mixed - mixed.mean(2, keepdim=True)
