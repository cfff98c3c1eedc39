"""The text model: words to a picture of 32 pixels, which the engine enlarges into a soft backdrop."""

from export.flow import Flow
from export.text.words import WORDS

SIDE = 32


def text_net() -> Flow:
    """Works on 2x2 pixel blocks; its deepest level sees the whole picture."""
    return Flow(len(WORDS), patch=2, widths=(64, 128, 192), wrap=False)
