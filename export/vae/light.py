"""What a photographer does to light and colour: the changes whose looks the autoencoder learns."""

import torch

from export.tone.damage import LUMA, decode, encode

GREY, KNEE = 0.18, 0.7  # linear light that contrast turns about; where highlights begin to be held back


def change_light(images: torch.Tensor, draw: torch.Generator, untouched: float = 0.4) -> torch.Tensor:
    """N x 3 x H x W in [0, 1], sRGB -> the same photos in another light; a share `untouched` is left as it is.

    In linear light: white balance along the daylight's line, exposure of -1.5 to +1.5 stops, contrast as a power about
    mid-grey, saturation about luminance; highlights roll off as on film, not cut off.
    """
    count, device = len(images), images.device

    def uniform(low: float, high: float) -> torch.Tensor:
        return (low + (high - low) * torch.rand(count, 1, 1, 1, generator=draw)).to(device)

    warm = uniform(-0.5, 0.5)
    light = decode(images) * torch.exp2(torch.cat([warm, torch.zeros_like(warm), -warm], 1) + uniform(-1.5, 1.5))
    luma = (light * light.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True).clamp(min=1e-5)
    light = light * (luma / GREY) ** (torch.exp(uniform(-0.4, 0.4)) - 1)
    luma = (light * light.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    light = luma + (light - luma) * uniform(0.2, 1.7)
    changed = encode(roll_off(light.clamp(min=0))).clamp(0, 1)
    return torch.where(uniform(0, 1) < untouched, images, changed)


def roll_off(light: torch.Tensor) -> torch.Tensor:
    """Linear light of any strength into [0, 1]: as it is up to KNEE, then ever less of it, with no kink."""
    over = (light - KNEE).clamp(min=0) / (1 - KNEE)
    return light.clamp(max=KNEE) + (1 - KNEE) * over / (1 + over)
