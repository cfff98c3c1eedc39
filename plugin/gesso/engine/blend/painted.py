"""What could lie between two pictures: layouts that lead from one's to the other's, painted.

Both layouts are followed back to the noise that the flow of layouts makes them of. On the sphere between the two lies
noise as likely as any (Shoemake 1985, "Animating rotation with quaternion curves"), and so what is laid out of it is
no dissolve. Near its ends the way has the shapes of the picture there, and at them it is the picture.
"""

from collections.abc import Iterator

import numpy as np

from gesso.engine.cards import Card
from gesso.engine.convert.small import fitted, resized
from gesso.engine.image import Picture
from gesso.engine.layouts import Layouts
from gesso.engine.painter import ENOUGH, Painter, sketch_size
from gesso.engine.progress import Progress
from gesso.engine.retouch import enlarged, parts
from gesso.engine.session import Models

DENSE = 4  # layouts that are looked at for each frame: the noise leads to them by leaps
PURE = 0.5  # of the way: where neither picture's shapes are left
DISSOLVED = 0.25  # of the way: where the pictures themselves have gone
LAID_OUT = 0.2  # how much of the work is done then


class PaintedWay:
    """From any picture to any other."""

    def __init__(self, models: Models, seed: int):
        self.layouts, self.painter, self.seed = Layouts(models, "", 1.0, needed=False), Painter(models, []), seed

    @property
    def cards(self) -> list[Card]:
        return [self.layouts.card, *self.painter.cards]

    def frames(self, first: Picture, second: Picture, times: list[float], progress: Progress) -> Iterator[Picture]:
        """The pictures at these times, 0 is `first` and 1 `second`; in the encoding of `first`."""
        seen = [picture for picture in (first, second) if not is_clear(picture)] or [first]
        ends = [fitted(picture, ENOUGH) for picture in (seen[0], seen[-1])]
        size = ends[0].shape[1], ends[0].shape[0]
        walk = self.walk(ends, DENSE * (len(times) + 1) + 1, progress.part(0, LAID_OUT))
        shapes = [resized(end, *sketch_size(*size, 1)) for end in ends]
        lacking = [shape - resized(walk[at], *shape.shape[1::-1]) for shape, at in zip(shapes, (0, -1), strict=True)]
        for number, time in enumerate(times):
            part = progress.part(*(LAID_OUT + (1 - LAID_OUT) * at / len(times) for at in (number, number + 1)))
            part.step(0.0, "Morphing")
            sketch = resized(at_time(walk, time), *shapes[0].shape[1::-1])
            for away, lack in zip((time, 1 - time), lacking, strict=True):
                sketch = sketch + np.float32(max(0.0, 1 - away / PURE)) * lack
            painted = self.painter.paint(sketch.clip(0, 1), size, self.seed, 1.0, part, first=1)
            yield between(first, second, painted, time, part)

    def walk(self, ends: list[np.ndarray], count: int, progress: Progress) -> np.ndarray:
        """`count` x side x side x 3: layouts from that of the one end to that of the other."""
        start, stop = (self.layouts.way_back(end, progress.part(0, 0)) for end in ends)
        steps = np.linspace(0, 1, count, dtype=np.float32)[:, None]
        return self.layouts.fresh(on_sphere(start, stop, steps), progress)


def on_sphere(start: np.ndarray, stop: np.ndarray, share: np.ndarray) -> np.ndarray:
    """1xK each -> NxK float32, at `share` (Nx1, 0..1) of the arc between them."""
    cosine = float((start * stop).sum() / max(np.linalg.norm(start) * np.linalg.norm(stop), 1e-6))
    angle = float(np.arccos(np.clip(cosine, -1, 1)))
    if angle < 1e-3:
        return (start + share * (stop - start)).astype(np.float32)
    weights = np.sin((1 - share) * angle), np.sin(share * angle)
    return ((weights[0] * start + weights[1] * stop) / np.sin(angle)).astype(np.float32)


def at_time(walk: np.ndarray, time: float) -> np.ndarray:
    """The layout at `time`, 0..1, of a walk (N x h x w x 3) that is gone through evenly."""
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(walk, axis=0)).mean(axis=(1, 2, 3)))])
    place = float(np.interp(time * way[-1], way, np.arange(len(way))))
    before = min(int(place), len(walk) - 2)
    return walk[before] + np.float32(place - before) * (walk[before + 1] - walk[before])


def between(first: Picture, second: Picture, painted: np.ndarray, time: float, progress: Progress) -> Picture:
    """`painted` (hxwx3) at full size, with what is seen of the pictures at `time`."""
    shown = [gentle(1 - away / DISSOLVED) for away in (time, 1 - time)]
    result = np.empty_like(first.array)
    for part in parts(first.box, progress.part(1, 1)):
        rgb = enlarged(painted, part, first.box)
        for share, picture in zip(shown, (first, second), strict=True):
            if share:  # what is clear shows nothing of its colour
                rgb = rgb + np.float32(share) * picture.alpha(part)[..., None] * (picture.rgb(part) - rgb)
        alpha = first.alpha(part) + np.float32(time) * (second.alpha(part) - first.alpha(part))
        result[part.slices] = first.like(rgb, alpha if first.has_alpha else None).array
    return Picture(result, first.curve)


def is_clear(picture: Picture) -> bool:
    """Whether nothing of the picture is to be seen, and so no colour of it."""
    return picture.has_alpha and not picture.array[..., -1].any()


def gentle(time: float) -> float:
    """The smoothstep, 0 before 0 and 1 after 1."""
    time = min(max(time, 0.0), 1.0)
    return time * time * (3 - 2 * time)
