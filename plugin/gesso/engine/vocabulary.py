"""The words that a user may give: one vocabulary, that of the text model's card, with its synonyms in two languages."""

import re
from collections.abc import Collection

from gesso.contract.errors import BadInput
from gesso.engine.cards import Card


def read_words(card: Card, text: str, known: Collection[str]) -> list[str]:
    """The words of `text` in order, each once, synonyms of the card translated.

    Raises BadInput that names what is not among the `known`, and lists these.
    """
    synonyms = card.facts["synonyms"]
    given = re.findall(r"\w+", text.lower())
    words = [synonyms.get(word, word) for word in given]
    unknown = [word for word, meant in zip(given, words, strict=True) if meant not in known]
    if unknown:
        raise BadInput(f"These words are not known: {', '.join(unknown)}.", f"Known are: {', '.join(known)}.")
    if not words:
        raise BadInput("There are no words.", f"Known are: {', '.join(known)}.")
    return list(dict.fromkeys(words))
