"""enhance upscale: a larger picture from a super-resolution net, the whole picture whatever is selected."""

import cv2
import numpy as np

from gesso.contract.geometry import Box
from gesso.engine.composite import spread_colours
from gesso.engine.image import Picture
from gesso.engine.job import Job, Layer, Outcome
from gesso.engine.progress import Progress
from gesso.engine.retouch import Watch, planes
from gesso.engine.session import Models, Network
from gesso.engine.tiling import run_tiled


def run(job: Job, models: Models, progress: Progress) -> Outcome:
    """One layer, `scale` times the size of the job's image, in its encoding."""
    assert job.image is not None
    picture, scale = job.image, int(job.settings["scale"])
    network = models.network(f"upscale-x{scale}", job.settings["model"])
    watch = Watch()
    result = np.empty((picture.height * scale, picture.width * scale, picture.array.shape[2]), picture.array.dtype)

    def write(part: Box, enlarged: np.ndarray) -> None:
        result[part.scale(scale).slices] = composite(picture, enlarged)

    run_tiled(
        picture.box,
        lambda part: process_input(picture, part),
        lambda pixels: process_output(network, pixels, watch, progress),
        write,
        progress,
        **network.card.tiling,
    )
    return Outcome([Layer(Picture(result, picture.curve), f"{scale}x")], [network.card], watch.warnings(network))


def process_input(picture: Picture, part: Box) -> np.ndarray:
    """HxWx4 float32: perceptual RGB without holes where the picture is transparent, and alpha."""
    alpha = picture.alpha(part)
    return np.dstack([spread_colours(picture.rgb(part), alpha), alpha])


def process_output(network: Network, pixels: np.ndarray, watch: Watch, progress: Progress) -> np.ndarray:
    """HxWx4 -> the same, enlarged. The net sees 0..1; what float pictures hold beyond that is added interpolated."""
    rgb = pixels[..., :3]
    seen = rgb.clip(0, 1)
    sharp = network.run({"image": planes(seen)}, progress)["image"][0].transpose(1, 2, 0)
    watch.look(seen, sharp)
    sharp = sharp.clip(0, 1) + enlarge(rgb - seen, network.card.scale)
    return np.dstack([sharp, enlarge(pixels[..., 3], network.card.scale).clip(0, 1)])


def enlarge(plane: np.ndarray, scale: int) -> np.ndarray:
    """Bicubic, HxW or HxWxC."""
    return cv2.resize(plane, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def composite(picture: Picture, enlarged: np.ndarray) -> np.ndarray:
    """HxWx4 -> the picture's own encoding."""
    return picture.like(enlarged[..., :3], enlarged[..., 3] if picture.has_alpha else None).array
