"""Words painted over a picture, or into it, with gesso's own models: a layout that knows the picture, and detail."""

import cv2
import numpy as np

from gesso.engine.cards import Card
from gesso.engine.convert.small import resized
from gesso.engine.drafts import choose, several
from gesso.engine.job import Job, selected_box
from gesso.engine.layouts import Layouts
from gesso.engine.membrane import fill_membrane
from gesso.engine.painter import STAGES, Painter, sketch_size
from gesso.engine.progress import Progress
from gesso.engine.session import Models

SIDE = STAGES[-1]  # longer side of what is painted: more would only be enlarged
LAYING = 0.3  # how much of the work the layout is
FADE = 0.12  # of the longer side: how far a painting is toned to what is beside it


class Brush:
    """What the settings words, guidance, model and painter of a job say."""

    def __init__(self, job: Job, models: Models, needed: bool = True):
        """needed: there must be words. Raises BadInput that lists the known ones."""
        self.guidance = job.settings["guidance"]
        self.layouts = Layouts(models, job.settings["words"], self.guidance, job.settings["model"], needed)
        self.painter = Painter(models, self.layouts.words, job.settings["painter"])
        self.models, self.readers = models, list[Card]()

    @property
    def cards(self) -> list[Card]:
        """Of all networks that took part so far, in order."""
        return [self.layouts.card, *self.readers, *self.painter.cards]

    def fill(self, seed: int, rgb: np.ndarray, gone: np.ndarray, progress: Progress) -> np.ndarray:
        """HxWx3 float32 perceptual RGB, 0..1, painted where it is `gone` (HxW bool), the same elsewhere.

        The best of several drafts, which are compared in the box of what is gone.
        """
        height, width = gone.shape
        noise, size = several(self.models, self.layouts, seed), (width, height)
        drafts = []

        def seen(sketch: np.ndarray) -> np.ndarray:
            tall, wide = sketch.shape[:2]
            known, free = resized(rgb, wide, tall), resized(gone.astype(np.float32), wide, tall)[..., None]
            return (known + free * (sketch - known)).clip(0, 1)

        for layout in self.layouts.around(rgb, gone, noise, seed, progress.part(0, LAYING)):
            sketch = seen(resized(layout, *sketch_size(*size, 0)))
            drafts.append(seen(self.painter.begin(sketch, size, seed, self.guidance, progress.part(LAYING, LAYING))))
        there = selected_box(resized(gone.astype(np.float32), *drafts[0].shape[1::-1]) > 0)
        looks = np.stack([draft[there.slices] for draft in drafts])
        best, self.readers = choose(self.models, self.layouts.words, looks, progress.part(LAYING, LAYING))
        painted = self.painter.paint(drafts[best], size, seed, self.guidance, progress.part(LAYING, 1), seen, first=1)
        depth = cv2.distanceTransform(gone.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near = np.exp(-depth / (FADE * max(height, width)))[..., None]
        return painted + near * fill_membrane(rgb - painted, gone, cycles=1)
