"""Differences of colour that a training can follow: CIELAB, and CIE94 in place of CIEDE2000."""

import torch

from export.tone.damage import decode

TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.0890)  # D65


def lab(rgb: torch.Tensor) -> torch.Tensor:
    """CIELAB of N x 3 x H x W sRGB; out of range it goes on smoothly."""
    to_xyz = rgb.new_tensor(TO_XYZ) / rgb.new_tensor(WHITE)[:, None]
    xyz = torch.einsum("ij,njhw->nihw", to_xyz, decode(rgb))
    bent = torch.where(xyz > 0.008856, xyz.clamp(min=0.008) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = bent.split(1, 1)
    return torch.cat([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def difference(rgb: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """deltaE (CIE94) of each pixel, N x 1 x H x W, a pinch above 0; both N x 3 x H x W sRGB."""
    a, b = lab(rgb), lab(truth)
    chroma, true_chroma = ((c[:, 1:].square().sum(1, keepdim=True) + 1e-3).sqrt() for c in (a, b))
    change = (a - b).square()
    faded = (chroma - true_chroma).square()
    hue = (change[:, 1:].sum(1, keepdim=True) - faded).clamp(min=0)
    faded, hue = faded / (1 + 0.045 * true_chroma).square(), hue / (1 + 0.015 * true_chroma).square()
    return (change[:, :1] + faded + hue + 1e-2).sqrt()
