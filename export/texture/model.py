"""The bank of textures: a latent map for each, learnt together with the one small net that paints them all.

An auto-decoder (Bojanowski et al. 2018, arXiv 1707.05776): there is no encoder, the maps are weights. The engine lays
new maps out of pieces of these (image quilting, Efros & Freeman 2001) and has the net paint over the joints.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from export.data import list_pictures

SIDE = 384  # of one exemplar, pixels
PATCH = 4  # pixels a latent covers
CHANNELS = 12

# What the user chooses -> the end of the file's path. Pictures that tile: the maps wrap around.
BANK = {
    "stone": "redeclipse-dziq__dq_stones02.webp",
    "cobblestone": "redeclipse-dziq__street_bricks01.webp",
    "brick": "redeclipse-dziq__brick_wall01.webp",
    "roof": "redeclipse-dziq__roof_tile01.webp",
    "planks": "redeclipse-dziq__boards01.webp",
    "wood": "materialx__resources__Images__wood_color.webp",
    "bark": "tree_material_baseColor.webp",
    "marble": "redeclipse-dziq__marble01.webp",
    "rock": "redeclipse-jojo__redrock03.webp",
    "gravel": "redeclipse-jojo__debris01.webp",
    "earth": "redeclipse-dziq__dryone.webp",
    "grass": "redeclipse-jojo__grass07.webp",
    "straw": "redeclipse-jojo__grass03.webp",
    "moss": "textures__104__diffus.webp",
    "lava": "textures__81__diffuse.webp",
    "rust": "Metal041C_1K-JPG_Color.webp",
}


class TextureBank(nn.Module):
    """forward: words N x K, the weight of each texture, and latent N x CHANNELS x h x w, a map to paint ->

    exemplar N x CHANNELS x SIDE/PATCH x SIDE/PATCH, the learnt maps so weighted, and image N x 3 x PATCH*h x PATCH*w,
    sRGB-encoded RGB in [0, 1], not clipped. Maps wrap around: left meets right, top meets bottom.
    """

    def __init__(self, textures: int, side: int = SIDE, width: int = 64):
        super().__init__()
        self.maps = nn.Parameter(torch.zeros(textures, CHANNELS, side // PATCH, side // PATCH))
        sizes = (CHANNELS, width, width, width, 3 * PATCH**2)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3) for a, b in zip(sizes, sizes[1:], strict=False))
        self.linear = nn.Conv2d(CHANNELS, 3 * PATCH**2, 1, bias=False)
        self.mean = nn.Parameter(torch.zeros(3 * PATCH**2, 1, 1))

    def begin(self, exemplars: torch.Tensor) -> None:
        """Start as the best linear code of the K x 3 x SIDE x SIDE exemplars: principal components of their blocks."""
        blocks = F.pixel_unshuffle(exemplars, PATCH)
        flat = blocks.permute(1, 0, 2, 3).flatten(1)
        mean = flat.mean(1)
        strength, directions = torch.linalg.eigh(torch.cov(flat))
        scale = strength[-CHANNELS:].clamp_min(1e-8) ** 0.25  # between equal channels and equal pixels
        scale = scale * scale.mean()  # maps of about unit variance
        code = directions[:, -CHANNELS:]
        with torch.no_grad():
            self.maps.copy_(torch.einsum("kbhw,bc->kchw", blocks - mean[:, None, None], code / scale))
            self.linear.weight.copy_((code * scale)[..., None, None])
            self.mean.copy_(mean[:, None, None])
            self.get_parameter(f"layers.{len(self.layers) - 1}.weight").mul_(0.1)

    def paint(self, latent: torch.Tensor) -> torch.Tensor:
        x = latent
        for number, layer in enumerate(self.layers):
            x = layer(F.pad(F.relu(x) if number else x, (1, 1, 1, 1), mode="circular"))
        return F.pixel_shuffle(x + self.linear(latent) + self.mean, PATCH)

    def forward(self, words: torch.Tensor, latent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        exemplar = torch.matmul(words, self.maps.flatten(1)).view(-1, *self.maps.shape[1:])
        return exemplar, self.paint(latent)


def exemplar_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of BANK's pictures in `folder`, in the bank's order. Raises SystemExit that names a missing one."""
    rows = list_pictures(folder)
    found = [[row for row in rows if row["file"].endswith(end)] for end in BANK.values()]
    if missing := [end for end, hits in zip(BANK.values(), found, strict=True) if not hits]:
        raise SystemExit(f"{folder}: no picture ends in {', '.join(missing)}; change BANK in export/texture/model.py")
    return [hits[0] for hits in found]


def read_exemplar(file: Path) -> np.ndarray:
    """SIDE x SIDE x 3 uint8 RGB."""
    return np.asarray(Image.open(file).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
