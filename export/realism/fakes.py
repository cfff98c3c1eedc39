"""What a judge of realism must tell from photographs: everything that gesso makes, and what plain methods make.

A kind is a function (source, rng) -> made, both SIDE x SIDE x 3 uint8; source is a crop of a photograph, or two of them
side by side for a kind of `PAIRED`. A kind of fill is a function (source, hole, rng) -> made, hole SIDE x SIDE bool.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
from gesso.contract.actions import find
from gesso.contract.actions.generate import TEXTURE
from gesso.engine.image import Picture
from gesso.engine.job import perform
from gesso.engine.progress import Progress
from gesso.engine.session import Models
from skimage.restoration import denoise_tv_chambolle

from export.data import dead_leaves
from export.evaluate import nlm
from export.inpaint.peers import gmic
from export.text.words import WORDS

SIDE = 256
HOLE = (80, 130)  # sides of a hole, pixels
Kind = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@cache
def models() -> Models:
    return Models()


def acted(title: str, settings: dict[str, Any], *pictures: np.ndarray, **more: Any) -> list[np.ndarray]:
    """What an action of the engine makes of pictures (HxWx3 uint8 each): the arrays of its layers."""
    action = find(*title.split())
    given = [Picture(picture) for picture in pictures]
    if "layers" in action.reads:
        more["layers"] = tuple(given)
    elif given:
        more["image"] = given[0]
    outcome, _ = perform(action, settings, models(), Progress(), **more)
    return [layer.picture.array for layer in outcome.layers]


def hole_of(rng: np.random.Generator) -> np.ndarray:
    """SIDE x SIDE bool: a box or an ellipse near the middle."""
    height, width = (int(side) for side in rng.integers(*HOLE, 2))
    y, x = (int(at) for at in SIDE // 2 + rng.integers(-20, 21, 2))
    hole = np.zeros((SIDE, SIDE), np.uint8)
    if rng.random() < 0.5:
        cv2.rectangle(hole, (x - width // 2, y - height // 2), (x + width // 2, y + height // 2), 1, -1)
    else:
        cv2.ellipse(hole, (x, y), (width // 2, height // 2), float(rng.uniform(0, 180)), 0, 360, 1, -1)
    return hole > 0


def filled(source: np.ndarray, hole: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The engine's fill."""
    seed = int(rng.integers(1 << 30))
    action, picture = find("inpaint", "fill"), Picture(source)
    outcome, _ = perform(action, {"seed": seed}, models(), Progress(), picture, hole.astype(np.float32))
    layer, made = outcome.layers[0], source.copy()
    part = np.s_[layer.y : layer.y + layer.picture.height, layer.x : layer.x + layer.picture.width]
    made[part] = np.where(hole[part][..., None], layer.picture.array, source[part])
    return made


def opencv(kind: int) -> Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]:
    return lambda source, hole, rng: cv2.inpaint(source, hole.astype(np.uint8), 3, kind)


def reduced(source: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(source, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)


def stretched(interpolation: int, low: float, high: float) -> Kind:
    """Reduced by a factor from low to high and enlarged again."""

    def make(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return cv2.resize(reduced(source, rng.uniform(low, high)), (SIDE, SIDE), interpolation=interpolation)

    return make


def upscaled(scale: int) -> Kind:
    return lambda source, rng: acted("enhance upscale", {"scale": str(scale)}, reduced(source, scale))[0]


def noisy(source: np.ndarray, rng: np.random.Generator, low: float = 12, high: float = 40) -> np.ndarray:
    """Gaussian noise; every other time blotchy and as grey as an old film's."""
    shape = (*source.shape[:2], 1 if rng.random() < 0.5 else 3)
    grain = rng.normal(0, 1, shape)
    if rng.random() < 0.3:
        grain = 2 * cv2.GaussianBlur(grain, (0, 0), 0.7).reshape(shape)
    return np.clip(source + rng.uniform(low, high) * grain, 0, 255).astype(np.uint8)


def denoised(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The engine's denoiser, told of more noise than there is."""
    sigma = float(rng.uniform(15, 40))
    grain = (source + sigma * rng.normal(0, 1, source.shape)).clip(0, 255).astype(np.uint8)
    return acted("enhance denoise", {"auto": False, "strength": min(50.0, 1.2 * sigma)}, grain)[0]


def smoothed(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Non-local means, too strong."""
    return nlm(noisy(source, rng, 3, 12), float(rng.uniform(8, 18)))


def blurred(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(source, (0, 0), rng.uniform(1.2, 4))


def shaken(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred along a line of 7 to 25 pixels."""
    length = int(rng.integers(7, 26))
    kernel = np.zeros((length, length), np.float32)
    way = rng.uniform(0, np.pi)
    half = (length - 1) / 2 * np.array([np.cos(way), np.sin(way)])
    ends = [tuple(int(round(v)) for v in (length - 1) / 2 + sign * half) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1, 1)
    return cv2.filter2D(source, -1, kernel / kernel.sum())


def compressed(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """JPEG of a quality that is seen."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(5, 30))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", source, quality)[1], cv2.IMREAD_UNCHANGED))


def posterized(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """4 to 8 steps of each colour, every other time dithered by noise."""
    step = 255 / int(rng.integers(3, 8))
    grain = rng.uniform(-0.5, 0.5, source.shape) if rng.random() < 0.5 else 0
    return np.clip(np.rint(source / step + grain) * step, 0, 255).astype(np.uint8)


def contrasted(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Local contrast driven too far, by limited adaptive histograms."""
    lab = cv2.cvtColor(source, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(float(rng.uniform(4, 12)), (8, 8)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)


def flattened(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Like a drawing: mean shift, every surface one colour."""
    return cv2.pyrMeanShiftFiltering(source, int(rng.integers(6, 12)), int(rng.integers(15, 35)))


def leaves(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dead_leaves(SIDE, rng)


def backdrop(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    words = ", ".join(rng.choice(WORDS, int(rng.integers(1, 4)), replace=False))
    return acted("generate text", {"words": words, "width": SIDE, "height": SIDE, "seed": seed(rng)})[0]


def texture(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kind = str(rng.choice([value for value, _ in TEXTURE.options]))
    return acted("generate texture", {"kind": kind, "width": SIDE, "height": SIDE, "seed": seed(rng)})[0]


def abstract(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    style = str(rng.choice(["gradient", "silk", "ink", "paper"]))
    settings = {"words": "", "style": style, "width": SIDE, "height": SIDE, "seed": seed(rng)}
    return acted("generate abstract", settings | {"complexity": float(rng.uniform(20, 90))})[0]


def quilted(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    settings = {"width": SIDE, "height": SIDE, "pieces": int(rng.integers(32, 64)), "seed": seed(rng)}
    return acted("generate quilt", settings, source[: SIDE // 2, : SIDE // 2])[0]


def seed(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 30))


def morphed(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The middle frame between two photographs."""
    frames = acted("blend morph", {"frames": 3}, *np.split(source, 2, axis=1))
    return frames[len(frames) // 2]


def stylized(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    one, other = np.split(source, 2, axis=1)
    return acted("convert stylize", {"style": "other"}, one, others={"style": Picture(other)})[0]


def median(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return cv2.medianBlur(source, int(rng.choice([5, 7])))


def surface(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A bilateral filter, as of a retouched skin."""
    return cv2.bilateralFilter(source, 9, float(rng.uniform(30, 70)), 5)


def sharpened(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An unsharp mask that leaves halos."""
    soft = cv2.GaussianBlur(source, (0, 0), 1.5).astype(np.float32)
    return (source + rng.uniform(1.5, 3) * (source - soft)).clip(0, 255).astype(np.uint8)


def varied(source: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Total variation made small (Chambolle 2004), of a noisy picture."""
    made = denoise_tv_chambolle(noisy(source, rng, 5, 20), rng.uniform(0.05, 0.12), channel_axis=2)
    return (255 * made.clip(0, 1)).round().astype(np.uint8)


Fill = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]
FILLS: dict[str, Fill] = {"fill": filled, "fill-telea": opencv(cv2.INPAINT_TELEA)}
SEEN: dict[str, Kind] = {
    "enlarged": stretched(cv2.INTER_CUBIC, 1.5, 2.5),
    "upscale-x2": upscaled(2),
    "denoise": denoised,
    "non-local-means": smoothed,
    "blur": blurred,
    "motion-blur": shaken,
    "strong-jpeg": compressed,
    "posterize": posterized,
    "local-contrast": contrasted,
    "mean-shift": flattened,
    "dead-leaves": leaves,
    "pixels": stretched(cv2.INTER_NEAREST, 1.5, 4),
    "noise": noisy,
    "text": backdrop,
    "texture": texture,
    "abstract": abstract,
    "quilt": quilted,
}
UNSEEN_FILLS: dict[str, Fill] = {
    "fill-navier-stokes": opencv(cv2.INPAINT_NS),
    "fill-gmic": lambda source, hole, rng: gmic(source, hole),
}
UNSEEN: dict[str, Kind] = {
    "upscale-x4": upscaled(4),
    "lanczos-x3": stretched(cv2.INTER_LANCZOS4, 3, 3),
    "morph": morphed,
    "stylize": stylized,
    "median": median,
    "bilateral": surface,
    "sharpened": sharpened,
    "total-variation": varied,
}
PAIRED = {"morph", "stylize"}
