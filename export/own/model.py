"""The network: gesso's denoiser, which is told no noise level. Its weights can start from models/denoise.onnx."""

import torch

from export.denoise.model import Denoise


class Restore(Denoise):
    """image N x 3 x H x W in [0, 1], sides multiples of 8 -> the same, restored."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().forward(image, image.new_zeros(1, 1, 1, 1))
