"""Words painted over a picture, or into it, with gesso's own models: a layout that knows the picture, and detail."""

import cv2
import numpy as np

from gesso.engine.convert.small import resized
from gesso.engine.job import Job
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
        self.cards = [self.layouts.card, *self.painter.cards]

    def fill(self, seed: int, rgb: np.ndarray, gone: np.ndarray, progress: Progress) -> np.ndarray:
        """HxWx3 float32 perceptual RGB, 0..1, painted where it is `gone` (HxW bool), the same elsewhere."""
        height, width = gone.shape
        layout = self.layouts.around(rgb, gone, seed, progress.part(0, LAYING))

        def seen(sketch: np.ndarray) -> np.ndarray:
            tall, wide = sketch.shape[:2]
            known, free = resized(rgb, wide, tall), resized(gone.astype(np.float32), wide, tall)[..., None]
            return (known + free * (sketch - known)).clip(0, 1)

        sketch = resized(layout, *sketch_size(width, height, 0))
        painted = self.painter.paint(sketch, (width, height), seed, self.guidance, progress.part(LAYING, 1), seen)
        depth = cv2.distanceTransform(gone.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        near = np.exp(-depth / (FADE * max(height, width)))[..., None]
        return painted + near * fill_membrane(rgb - painted, gone, cycles=1)
