"""A pasted layer softened into what is under it, band by band, all of it inside the layer's own outline.

A multiresolution spline (Burt & Adelson 1983; see pyramid.py) whose seam lies inside: at the outline every band is that
of the picture below, and further in, each within its own wavelength, that of the layer. The layer's inside keeps its
colours, which a membrane would shift.
"""

import cv2
import numpy as np

from gesso.engine.pyramid import collapse, laplacian

RIM = 3.0  # pixels over which the finest band changes; each coarser one takes twice as far ...
DEEPEST = 0.5  # ... but no further than this share of the way from the outline to the innermost pixel


def softened(under: np.ndarray, top: np.ndarray, core: np.ndarray) -> np.ndarray:
    """What to add to `top`, HxWx3 float32; under, top: HxWx3 float32 without holes; core: HxW bool, the layer."""
    depth = cv2.distanceTransform(core.astype(np.uint8), cv2.DIST_L2, 5)  # pixels to the outline
    deepest = max(RIM, DEEPEST * float(depth.max()))
    bands = laplacian(np.array(under))
    for level, (band, other) in enumerate(zip(bands, laplacian(np.array(top)), strict=True)):
        size = (band.shape[1], band.shape[0])
        share = (cv2.resize(depth, size, interpolation=cv2.INTER_AREA) / min(RIM * 2**level, deepest)).clip(0, 1)
        band += (other - band) * (share * share * (3 - 2 * share))[..., None]
    return collapse(bands) - top
