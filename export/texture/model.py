"""The bank of textures: one small flow net on a torus, with one word for each texture."""

from pathlib import Path

import numpy as np
from PIL import Image

from export.data import list_pictures
from export.flow import Flow

SIDE = 256  # of one exemplar, pixels

# What the user chooses -> the end of the file's path. Pictures that tile: the net must see an unbroken wrap-around.
BANK = {
    "stone": "redeclipse-dziq__dq_stones02.webp",
    "cobblestone": "redeclipse-dziq__street_bricks01.webp",
    "brick": "redeclipse-dziq__brick_wall01.webp",
    "planks": "redeclipse-dziq__boards01.webp",
    "wood": "materialx__resources__Images__wood_color.webp",
    "bark": "tree_material_baseColor.webp",
    "marble": "redeclipse-dziq__marble01.webp",
    "rock": "redeclipse-jojo__redrock03.webp",
    "gravel": "redeclipse-jojo__debris01.webp",
    "earth": "redeclipse-dziq__dryone.webp",
    "grass": "redeclipse-jojo__grass07.webp",
    "rust": "Metal041C_1K-JPG_Color.webp",
}


def texture_net(words: int) -> Flow:
    """Sees 88 px around each pixel: larger layouts than that are not learnt, and so not repeated."""
    return Flow(words, patch=4, widths=(80, 128, 160), wrap=True)


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
