"""Drafts: of several layouts of the same words, the one that shows them best once it is painted.

A network that names what pictures show says how sure it is of the words for things; colours and tones are measured.
"""

from dataclasses import dataclass

import numpy as np

from gesso.engine.backdrops import soften
from gesso.engine.cards import Card
from gesso.engine.convert.small import resized
from gesso.engine.hues import COLOUR_SHARE, COLOURS, TONES, colour_shares, tones
from gesso.engine.layouts import Layouts
from gesso.engine.painter import Painter
from gesso.engine.progress import Progress
from gesso.engine.sampler import draw_noise
from gesso.engine.session import Models, Network

DRAFTS = 8
LOOK = 64  # side at which the network looks at a draft, pixels
DOUBT = 0.02  # is added to how sure it is: one word that is quite wrong does not decide alone
LAID_OUT, PAINTED = 0.4, 0.8  # how much of the work is done once all are laid out, and once all are painted


@dataclass(frozen=True)
class Draft:
    """noise: 1xK, what its layout begins with. seen: hxwx3 float32, what is made of that first (see `best_draft`)."""

    noise: np.ndarray
    seen: np.ndarray


def best_draft(
    models: Models, layouts: Layouts, painter: Painter | None, size: tuple[int, int], seed: int, progress: Progress
) -> tuple[Draft, list[Card]]:
    """(the best of DRAFTS; the cards of the networks that chose it). Depends on seed, words and shape alone.

    Each is seen as `painter` begins a picture of `size` after it, or softened where there is none.
    """
    noise, seen = several(models, layouts, seed), []
    for number, rgb in enumerate(layouts.fresh(noise, progress.part(0, LAID_OUT)).astype(np.float32)):
        part = progress.part(*(LAID_OUT + (PAINTED - LAID_OUT) * at / len(noise) for at in (number, number + 1)))
        seen.append(painter.begin(rgb, size, seed, layouts.guidance, part) if painter else soften(rgb))
    best, readers = choose(models, layouts.words, np.stack(seen), progress.part(PAINTED, 1))
    return Draft(noise[best : best + 1], seen[best]), readers


def several(models: Models, layouts: Layouts, seed: int) -> np.ndarray:
    """DRAFTS x K: what drafts begin with; 1 x K where no network for words is installed, which could choose."""
    first = layouts.noise(seed)
    count = DRAFTS if models.has("words") else 1
    return np.concatenate([first, *(draw_noise([seed, draft], first.shape) for draft in range(1, count))])


def choose(models: Models, words: list[str], pictures: np.ndarray, progress: Progress) -> tuple[int, list[Card]]:
    """(which of N x h x w x 3 shows `words` best; the cards of the networks that chose it)."""
    if len(pictures) == 1:
        return 0, []
    reader = models.network("words")
    return int(np.argmax(obedience(pictures, words, reader, progress))), [reader.card]


def obedience(pictures: np.ndarray, words: list[str], reader: Network, progress: Progress) -> np.ndarray:
    """N: how well each of N x h x w x 3 (float32, perceptual RGB, 0..1) shows all of `words`; 0 is best."""
    looks = np.stack([resized(rgb, LOOK, LOOK) for rgb in pictures]).transpose(0, 3, 1, 2)
    sure = dict(zip(reader.card.facts["words"], reader.run({"image": looks}, progress)["words"].T, strict=True))
    pixels = (pictures * 255).round().astype(np.uint8)
    sure |= zip(COLOURS, (colour_shares(pixels) / COLOUR_SHARE).clip(0, 1).T, strict=True)
    sure |= zip(TONES, tones(pixels).T.astype(float), strict=True)
    return sum((np.log(sure[word] + DOUBT) for word in words if word in sure), np.zeros(len(pictures)))
