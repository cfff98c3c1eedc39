"""Made-up pastes: a region of a photo with its light and colour changed, so that the truth is known.

Regions follow the colours of the photo, as objects do; changes are what cameras, lamps and editors do.
"""

import cv2
import numpy as np
import torch

LUMA = (0.2126, 0.7152, 0.0722)
WAVES = 4  # of a warp of colours


def cut_out(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A region that follows the picture's outlines, HxW bool: GrabCut (Rother et al. 2004) in a random rectangle, the
    rectangle's ellipse where that finds next to nothing."""
    height, width = picture.shape[:2]
    w, h = (int(side * rng.uniform(0.35, 0.7)) for side in (width, height))
    x, y = int(rng.integers(width - w)), int(rng.integers(height - h))
    mask = np.zeros((height, width), np.uint8)
    cv2.setRNGSeed(int(rng.integers(1 << 30)))
    cv2.grabCut(picture, mask, (x, y, w, h), np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_RECT)
    found = cv2.medianBlur((mask & 1) * 255, 5) > 127
    if found.mean() < 0.03:
        ellipse = ((x + w / 2, y + h / 2), (w, h), 0.0)
        found = cv2.ellipse(np.zeros((height, width), np.uint8), ellipse, 1, -1) > 0
    return found


def region(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random alpha mask for HxWx3 uint8 `pixels`: HxW float32, 1 = pasted, covering 5 to 60 % of the picture."""
    makers = (_object, _object, _coloured, _coloured, _ellipse, _cloud)
    maker = makers[rng.integers(len(makers))]
    while not 0.05 < (mask := maker(pixels, rng)).mean() < 0.6:
        pass
    return cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.3, 1.2))


def _object(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return cut_out(pixels, rng).astype(np.float32)


def _coloured(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Neighbouring pieces of a coarse over-segmentation in place and colour (one step of SLIC, Achanta et al. 2012)."""
    height, width = pixels.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0).astype(np.float32) / 255
    space = np.dstack([rows, columns, soft * rng.uniform(0.5, 2.0)]).reshape(-1, 5)
    seeds = space[rng.integers(len(space), size=rng.integers(6, 24))]
    distance = (seeds**2).sum(1) - 2 * space @ seeds.T
    first = seeds[0]
    near = np.argsort(((seeds - first) ** 2).sum(1))[: rng.integers(1, max(2, len(seeds) // 2))]
    mask = np.isin(distance.argmin(1), near).astype(np.uint8).reshape(height, width)
    return cv2.medianBlur(mask, 5).astype(np.float32)


def _ellipse(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = pixels.shape[:2]
    centre = (rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height)
    axes = (rng.uniform(0.3, 1.2) * width, rng.uniform(0.3, 1.2) * height)
    return cv2.ellipse(np.zeros((height, width), np.float32), (centre, axes, rng.uniform(0, 180)), 1.0, -1)


def _cloud(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The high part of smooth noise."""
    height, width = pixels.shape[:2]
    noise: np.ndarray = rng.random((height, width), dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.08, 0.25) * max(height, width))
    return (noise > np.quantile(noise, rng.uniform(0.5, 0.9))).astype(np.float32)


def disturb(images: torch.Tensor, draw: torch.Generator) -> torch.Tensor:
    """N x 3 x H x W in [0, 1] -> the same in another light, rounded to 8 bits; about 1 in 20 stays as it is."""
    count, device = len(images), images.device

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(count, *shape, 1, 1, generator=draw).to(device)

    def some(chance: float) -> torch.Tensor:
        return (torch.rand(count, 1, 1, 1, generator=draw) < chance).float().to(device)

    changed = _reinhard(images, images.roll(1, 0), some(0.3) * torch.rand(count, 1, 1, 1, generator=draw).to(device))
    stops = 0.6 * some(0.6) * normal(1) + 0.22 * some(0.6) * normal(3)  # exposure, white balance
    stops = stops + 0.6 * some(0.15) * _ramp(images, normal(2))
    changed = _encode(_decode(changed) * torch.exp2(stops))
    changed = changed.clamp(0, 1) ** torch.exp(0.3 * some(0.5) * normal(1))
    luma = (changed * changed.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    changed = luma + (changed - luma) * torch.exp(0.35 * some(0.5) * normal(1))
    middle = luma.mean((2, 3), keepdim=True)
    changed = middle + (changed - middle) * torch.exp(0.25 * some(0.5) * normal(1)) + 0.04 * some(0.4) * normal(3)
    moves = 0.06 * (normal(WAVES, 1) + normal(WAVES, 3))
    changed = torch.where(some(0.3) > 0, _warp(images, normal(WAVES, 3), normal(WAVES), moves), changed)
    changed = torch.where(some(0.05) > 0, images, changed)
    return (changed.clamp(0, 1) * 255).round() / 255


def _reinhard(images: torch.Tensor, others: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
    """Means and spreads of each channel moved towards those of `others` (after Reinhard et al. 2001)."""
    mean, spread = images.mean((2, 3), keepdim=True), images.std((2, 3), keepdim=True) + 0.02
    gain = ((others.std((2, 3), keepdim=True) + 0.02) / spread).clamp(0.4, 2.5)
    return images + amount * ((images - mean) * gain + others.mean((2, 3), keepdim=True) - images)


def _warp(images: torch.Tensor, ways: torch.Tensor, phases: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """Colours moved to others smoothly, as in graded pictures: waves through the cube of colours.

    ways, moves: N x WAVES x 3 x 1 x 1, where each wave goes and how far it moves red, green and blue; phases: N x WAVES
    x 1 x 1.
    """
    along = torch.pi * (ways * images[:, None]).sum(2) + torch.pi * phases
    return images + (along.sin()[:, :, None] * moves).sum(1)


def _ramp(images: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """A plane through zero at the middle: light that falls off to one side."""
    rows = torch.linspace(-1, 1, images.shape[2], device=images.device).view(1, 1, -1, 1)
    columns = torch.linspace(-1, 1, images.shape[3], device=images.device)
    return slope[:, :1] * rows + slope[:, 1:] * columns


def _decode(encoded: torch.Tensor) -> torch.Tensor:
    return encoded.clamp(min=0) ** 2.2


def _encode(linear: torch.Tensor) -> torch.Tensor:
    return linear.clamp(min=1e-6) ** (1 / 2.2)


def composite(truth: torch.Tensor, pasted: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """What the net sees. Cut hard, because a soft edge would show it the true colours of the region."""
    return torch.where(mask > 0.5, pasted, truth)


def masked_error(change: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Squared error inside the mask, one number a picture, mean over channels (fMSE); all N x C x H x W."""
    return ((change - wanted).square().mean(1, keepdim=True) * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))
