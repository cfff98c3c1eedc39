"""What goes wrong with the light and colour of photos, made up from good ones so that the truth is known."""

import torch

LUMA = (0.2126, 0.7152, 0.0722)


def damage(images: torch.Tensor, draw: torch.Generator, untouched: float = 0.2) -> torch.Tensor:
    """N x 3 x H x W in [0, 1], sRGB -> the same photos as a worse camera, lamp, lens, sky or editor gives them.

    In linear light: haze, dark corners, white balance, exposure of -3 to +2 stops. On the curve: gamma, contrast,
    lifted blacks, saturation. Each fault comes by chance; a share `untouched` of the photos is left as it is. Rounded
    to 8 bits.
    """
    count, device = len(images), images.device

    def uniform(low: float, high: float) -> torch.Tensor:
        return (low + (high - low) * torch.rand(count, 1, 1, 1, generator=draw)).to(device)

    def normal(spread: float) -> torch.Tensor:
        return spread * torch.randn(count, 1, 1, 1, generator=draw).to(device)

    def some(chance: float) -> torch.Tensor:
        return (uniform(0, 1) < chance).float()

    light = decode(images)
    down, across = (torch.linspace(-1, 1, side, device=device) for side in images.shape[2:])
    radius = (down.view(1, 1, -1, 1) ** 2 + across**2) / 2
    far = (0.6 - uniform(0, 0.4) * down.view(1, 1, -1, 1)).clamp(0, 1)  # what is higher up is mostly farther away
    clear = torch.exp(-some(0.2) * uniform(0.3, 1.8) * far)
    veil = torch.cat([uniform(0.55, 0.9), uniform(0.6, 0.9), uniform(0.65, 1.0)], 1)
    light = light * clear + veil * (1 - clear)
    light = light * torch.exp2(-some(0.2) * uniform(0.3, 1.5) * radius)
    warm, green = some(0.5) * normal(0.45), some(0.5) * normal(0.15)
    light = light * torch.exp2(torch.cat([warm, green, -warm], 1) + some(0.6) * uniform(-3, 2))
    seen = encode(light).clamp(0, 1) ** torch.exp(some(0.4) * normal(0.3)).clamp(0.6, 1.8)
    seen = 0.5 + (seen - 0.5) * (1 + some(0.4) * uniform(-0.5, 0.4))
    seen = seen + some(0.25) * uniform(0, 0.2) * (1 - seen)
    luma = (seen * seen.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    seen = luma + (seen - luma) * (1 + some(0.4) * uniform(-0.7, 0.5))
    seen = torch.where(some(untouched) > 0, images, seen)
    return (seen.clamp(0, 1) * 255).round() / 255


def decode(encoded: torch.Tensor) -> torch.Tensor:
    """The sRGB curve -> linear light."""
    return torch.where(encoded <= 0.04045, encoded / 12.92, ((encoded.clamp(min=0.04) + 0.055) / 1.055) ** 2.4)


def encode(linear: torch.Tensor) -> torch.Tensor:
    """Linear light -> the sRGB curve."""
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=0.003) ** (1 / 2.4) - 0.055)
