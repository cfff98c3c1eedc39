"""Drafts: of several layouts of the same words, the one that shows them best.

A network that names what pictures show says how sure it is of the words for things; colours and tones are measured.
"""

import numpy as np

from gesso.engine.backdrops import soften
from gesso.engine.cards import Card
from gesso.engine.convert.small import resized
from gesso.engine.hues import COLOUR_SHARE, COLOURS, TONES, colour_shares, tones
from gesso.engine.layouts import Layouts
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise
from gesso.engine.session import Models, Network

DRAFTS = 8
LOOK = 64  # side at which the network looks at a draft, pixels
DOUBT = 0.02  # is added to how sure it is: one word that is quite wrong does not decide alone


def best_noise(models: Models, layouts: Layouts, seed: int, progress: Progress) -> tuple[np.ndarray, list[Card]]:
    """(1xK, what the best of DRAFTS layouts begins with; the network's card). Depends on the seed and the words alone.

    Where no network for words is installed, it is the first draft.
    """
    first = layouts.noise(seed)
    if not models.has("words"):
        return first, []
    reader = models.network("words")
    noise = np.concatenate([first, *(draw_noise([seed, draft], first.shape) for draft in range(1, DRAFTS))])
    drafts = np.stack([soften(rgb.astype(np.float32)) for rgb in layouts.fresh(noise, progress)])
    best = int(np.argmax(obedience(drafts, layouts.words, reader, progress)))
    return noise[best : best + 1], [reader.card]


def obedience(pictures: np.ndarray, words: list[str], reader: Network, progress: Progress) -> np.ndarray:
    """N: how well each of N x h x w x 3 (float32, perceptual RGB, 0..1) shows all of `words`; 0 is best."""
    looks = np.stack([resized(rgb, LOOK, LOOK) for rgb in pictures]).transpose(0, 3, 1, 2)
    sure = dict(zip(reader.card.facts["words"], reader.run({"image": looks}, progress)["words"].T, strict=True))
    pixels = (pictures * 255).round().astype(np.uint8)
    sure |= zip(COLOURS, (colour_shares(pixels) / COLOUR_SHARE).clip(0, 1).T, strict=True)
    sure |= zip(TONES, tones(pixels).T.astype(float), strict=True)
    return sum((np.log(sure[word] + DOUBT) for word in words if word in sure), np.zeros(len(pictures)))
