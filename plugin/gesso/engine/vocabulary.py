"""The words that a user may give: one vocabulary, that of the text model's card, with its synonyms in two languages."""

import re
from collections.abc import Collection
from difflib import get_close_matches

from gesso.contract.errors import BadInput
from gesso.engine.cards import Card

HAN = "[\\u4e00-\\u9fff]"
EMPTY = {"a", "an", "the", "of", "in", "on", "at", "over", "with", "and"}  # say nothing that a network was taught
SHOWN = 100  # letters of what is not known: a whole page may have been pasted


def read_words(card: Card, text: str, known: Collection[str]) -> list[str]:
    """The words of `text` in order, each once, synonyms of the card translated.

    Chinese needs no spaces between words. Raises BadInput that names what is not among the `known`, lists these, and
    says which may have been meant.
    """
    synonyms = card.facts["synonyms"]
    given = [word for part in re.findall(r"\w+", text.lower()) for word in split_chinese(part, synonyms)]
    given = [word for word in given if word in known or word not in EMPTY]
    words = [synonyms.get(word, word) for word in given]
    if strange := [word for word, meant in zip(given, words, strict=True) if meant not in known]:
        unknown = ", ".join(dict.fromkeys(strange))
        unknown = unknown if len(unknown) <= SHOWN else f"{unknown[:SHOWN]} ..."
        message = f"These words are not known: {unknown}."
        near = [close for word in strange for close in get_close_matches(word, [*known, *synonyms], n=1)]
        if near:
            raise BadInput(message, f"Did you mean {', '.join(near)}? Known are: {', '.join(known)}.")
        raise BadInput(message, f"Known are: {', '.join(known)}.")
    if not words:
        raise BadInput("There are no words.", f"Known are: {', '.join(known)}.")
    return list(dict.fromkeys(words))


def split_chinese(text: str, vocabulary: Collection[str]) -> list[str]:
    """The words of the vocabulary that `text` is a chain of, the longest first at each place, without the particle 的.

    What is between them stays in one piece, and so does a text in other letters.
    """
    if not re.search(HAN, text):
        return [text]
    longest_first = sorted((word for word in vocabulary if re.search(HAN, word)), key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))}|的)", text)
    return [piece for piece in pieces if piece not in ("", "的")]
