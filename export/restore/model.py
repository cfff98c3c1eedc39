"""The restoration nets: a bias-free residual U-Net that mends what a classical filter has made; both are told how
strong the damage is.

For noise and for JPEG the filter is BM3D's two steps without its search for like patches (Dabov et al. 2007; Yu &
Sapiro, "DCT image denoising", IPOL 2011): every 8 x 8 patch, two pixels apart (or four), is thresholded in the cosine
domain, and the picture they make together tells the Wiener filter of the second pass how strong each wave is. It
learns nothing and alone is better than a net of a few thousand steps; the net learns what no patch knows of itself.

FFDNet's level map and halved input (Zhang et al. 2018, arXiv 1710.04026), DRUNet's bias-free residual
blocks (Zhang et al. 2021, arXiv 2008.13751). Without biases the net scales with its input, which
carries it over levels it has seen little of (Mohan et al. 2020, arXiv 1906.05478).
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

PATCH = 8
THRESHOLD = 2.7  # of the noise's strength; below it a wave is taken for noise
WIDE = 16  # pixels; brings the blur to the size that levels of noise have
FAINT = 1e-3  # noise level that is added to the one told, so that none at all is no division by zero


def conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)


class Block(nn.Module):
    """x + conv(relu(conv(x)))."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = conv(width, width), conv(width, width)
        nn.init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        nn.init.normal_(self.second.weight, std=0.1 / width**0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.second(F.relu(self.first(x)))


def cosines(size: int) -> torch.Tensor:
    """The orthonormal DCT-II as a size x size matrix, one wave a row."""
    k, x = torch.arange(size)[:, None], torch.arange(size)[None]
    waves = torch.cos(math.pi * (x + 0.5) * k / size) * math.sqrt(2 / size)
    waves[0] /= math.sqrt(2)
    return waves


class PatchFilter(nn.Module):
    """image N x 3 x H x W, sigma N x 1 x 1 x 1 -> the filtered image; H and W are multiples of 8, at least 32.

    Nothing is learned. Waves longer than a patch are filtered on the halved picture, whose noise is half as strong, and
    longer ones on the quartered (Facciolo, Pierazzo & Morel, "Conservative scale recomposition", 2017). Pictures are
    folded, step x step pixels into one, so that a patch is a few of them and the next one begins at the next.
    """

    waves: torch.Tensor
    ones: torch.Tensor
    means: torch.Tensor

    def __init__(self, step: int = 2) -> None:
        super().__init__()
        self.step, self.across = step, PATCH // step
        self.reach = PATCH - step // 2  # of reflected pixels: every pixel of the picture lies in as many patches
        patch, colour = cosines(PATCH), cosines(3)  # a DCT over R, G, B: the grey and two opponent colours
        waves = torch.einsum("kc,fy,gx->kfgcyx", colour, patch, patch).reshape(-1, 3, PATCH, PATCH)
        self.register_buffer("waves", F.pixel_unshuffle(waves, step), persistent=False)
        self.register_buffer("ones", torch.ones(1, 1, self.across, self.across), persistent=False)
        means = torch.zeros(1, 3, PATCH * PATCH)  # the first wave of a patch is its mean colour, which is always kept
        means[..., 0] = 1e3
        self.register_buffer("means", means.reshape(1, -1, 1, 1), persistent=False)

    def forward(self, image: torch.Tensor, sigma: torch.Tensor, scales: int) -> torch.Tensor:
        result = self.once(image, sigma)
        if scales > 1:
            coarse = self(F.avg_pool2d(image, 2), sigma / 2, scales - 1) - F.avg_pool2d(result, 2)
            result = result + F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
        return result

    def once(self, image: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        """One scale."""
        noise = sigma + FAINT
        noisy = self.split(image)
        kept = (noisy.abs() + self.means > THRESHOLD * noise).to(image.dtype)
        pilot = self.join(noisy * kept, 1 / (1 + kept.sum(1, keepdim=True)))
        power = self.split(pilot).square()
        gain = power / (power + noise.square())
        return self.join(noisy * gain, 1 / (1 + gain.square().sum(1, keepdim=True)))

    def split(self, image: torch.Tensor) -> torch.Tensor:
        """N x 3 x H x W -> the waves of the patches, N x 192 x h x w."""
        return F.conv2d(F.pixel_unshuffle(F.pad(image, (self.reach,) * 4, "reflect"), self.step), self.waves)

    def join(self, waves: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """The way back: where patches overlap, their mean with `weight`, N x 1 x h x w."""
        around = self.across - 1
        total = F.conv2d(waves * weight, self.waves.transpose(0, 1).flip(2, 3), padding=around)
        mean = total / F.conv2d(weight, self.ones, padding=around)
        return F.pixel_shuffle(mean, self.step)[..., self.reach : -self.reach, self.reach : -self.reach]


class Mend(nn.Module):
    """image and guess N x 3 x H x W sRGB-encoded RGB in [0, 1], level N x 1 x 1 x 1 -> the mended guess, N x 3 x H x W.

    H and W are multiples of 8.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128), blocks: int = 2):
        super().__init__()
        a, b, c = widths
        self.head = conv(2 * 3 * 4 + 1, a)
        self.down1 = nn.Sequential(*(Block(a) for _ in range(blocks)))
        self.shrink1 = nn.Conv2d(a, b, 2, stride=2, bias=False)
        self.down2 = nn.Sequential(*(Block(b) for _ in range(blocks)))
        self.shrink2 = nn.Conv2d(b, c, 2, stride=2, bias=False)
        self.middle = nn.Sequential(*(Block(c) for _ in range(blocks)))
        self.grow2 = nn.ConvTranspose2d(c, b, 2, stride=2, bias=False)
        self.up2 = nn.Sequential(*(Block(b) for _ in range(blocks)))
        self.grow1 = nn.ConvTranspose2d(b, a, 2, stride=2, bias=False)
        self.up1 = nn.Sequential(*(Block(a) for _ in range(blocks)))
        self.tail = conv(a + 2 * 3 * 4, 3 * 4)
        nn.init.zeros_(self.tail.weight)  # begin as the guess

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return self.mend(*self.guessed(*given))

    def guessed(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(image, guess, level) of what the net is given."""
        return given

    def mend(self, image: torch.Tensor, guess: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        x = F.pixel_unshuffle(torch.cat([image, guess], 1), 2)  # N x 24 x H/2 x W/2
        map = torch.zeros_like(x[:, :1]) + level
        top = self.down1(self.head(torch.cat([x, map], 1)))
        half = self.down2(self.shrink1(top))  # H/4
        deep = self.middle(self.shrink2(half))  # H/8
        half = self.up2(self.grow2(deep) + half)
        top = self.up1(self.grow1(half) + top)
        return guess - F.pixel_shuffle(self.tail(torch.cat([top, x], 1)), 2)


class Restore(Mend):
    """image N x 3 x H x W sRGB-encoded RGB in [0, 1], sigma N x 1 x 1 x 1 in units of 1.0 -> clean N x 3 x H x W.

    H and W are multiples of 8, at least 32. `sigma` is the standard deviation of the damage (25/255 for the papers'
    noise of 25).
    """

    scales = 3

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128), blocks: int = 2):
        super().__init__(widths, blocks)
        self.filter = PatchFilter()

    def guessed(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        image, sigma = given
        with torch.no_grad():
            return image, self.filter(image, sigma, self.scales), sigma


class Fast(Restore):
    """As Restore, in a fifth of the time of the widest: a filter of fewer patches, and a smaller net."""

    scales = 2

    def __init__(self) -> None:
        super().__init__((16, 48, 96), blocks=1)
        self.filter = PatchFilter(step=4)


class Deblur(Mend):
    """As Mend; the level is the blur, standard deviation of a Gaussian in pixels, 0 to 3.2."""

    def guessed(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        image, guess, blur = given
        return image, guess, blur / WIDE
