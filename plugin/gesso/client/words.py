"""gettext for the client. Message ids are the English sentences; the catalogues are in `locale` beside gesso.py."""

import gettext
import re
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "locale"
LISTS = {"likely", "colours"}  # fields of a sentence that are lists of words and how sure each is: "sea 90 %, sky 80 %"
_catalogue = gettext.translation("gesso", FOLDER, fallback=True)


def _(message: str) -> str:
    return _catalogue.gettext(message) if message else ""


def plain(label: str) -> str:
    """A translated menu label or field label as a title: without mnemonic and dots."""
    return re.sub(r"\(_\w\)|_|\.\.\.$", "", label)


@lru_cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Message ids with fields, as patterns that match a finished sentence, and their translations."""
    pairs = getattr(_catalogue, "_catalog", {}).items()
    found = []
    for message, translated in pairs:
        if isinstance(message, str) and "{" in message:
            parts = re.split(r"\{(\w+)\}", message)
            fields = (f"(?P<{part}>.*)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
            found.append((re.compile("".join(fields), re.DOTALL), translated))
    return found


def sentence(finished: str) -> str:
    """The translation of a sentence made elsewhere, values filled in: an error of the engine. English where unknown."""
    translated = _(finished)
    if translated != finished:
        return translated
    for pattern, template in _templates():
        if match := pattern.fullmatch(finished):
            fields = match.groupdict()
            return template.format(**fields | {name: listed(fields[name]) for name in LISTS & fields.keys()})
    return finished


def listed(words: str) -> str:
    """A list of words, each translated by itself."""
    return ", ".join(re.sub(r"^\D+(?= \d)", lambda word: _(word[0]), one) for one in words.split(", "))
