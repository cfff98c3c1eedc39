"""The network: gesso's restoration net, which is told nothing. Its weights can start from models/dejpeg.onnx."""

import torch

from export.restore.model import Mend


class Restore(Mend):
    """image N x 3 x H x W in [0, 1], sides multiples of 8 -> the same, restored."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().forward(image, image, image.new_zeros(1, 1, 1, 1))
