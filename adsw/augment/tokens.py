"""Cutting of text into words for matching: case, accents, hyphens, apostrophes and symbols are made alike.

A word is a run of letters and digits, in lower case and without accents. The words of one term may be joined by
a space, a hyphen, an apostrophe or an underscore, but no other punctuation: *hip-hop* is *hip hop*, *hip,
hop* is not. ``&`` (or ``+``) and ``/`` belong to a term that is written with them (R&B, 3/4) and are kept in its
key, before the word that follows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

Key = tuple[str, ...]
"""The words of a term: ``("drum", "and", "bass")``, ``("r", "&b")``, ``("3", "/4", "time")``."""

_JOINING = re.compile(r"\s{0,3}|[-\u2010-\u2013_]|\s?['\u2018\u2019`\u00b4]\s?")
_PLUS = frozenset({"&", "+"})
"""Symbols of one meaning: drum & bass, drum + bass."""
_BREAK = "\u200b"
"""The zero-width space, the one invisible character that separates words."""
_COMMON_JOINING = frozenset({" ", "-", "'", "\u2019"})


class _Folding(dict[int, str]):
    """Code point -> its folded character, filled as characters are met.

    A space for what is neither letter nor digit, nothing for a combining mark or an invisible character such as a soft
    hyphen.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = " "
        if unicodedata.combining(char) or (unicodedata.category(char) == "Cf" and char != _BREAK):
            folded = ""
        elif char.isalnum():
            parts = unicodedata.normalize("NFKD", char.casefold())
            base = "".join(part for part in parts if not unicodedata.combining(part))
            # One character for one, so that places in the folded text are places in the text (*ß* is kept).
            folded = base if len(base) == 1 and base.isalnum() else char
        self[code] = folded
        return folded


_FOLDING = _Folding()
# `str.translate` is quicker with a plain dict than with one that has `__missing__`.
_ASCII_FOLDING = {code: _FOLDING[code] for code in range(128)}


class Words:
    """A text cut into folded words.

    Attributes:
        text: as given.
        folded: the folded text, words separated by spaces; as long as the text but for combining marks.
        padded: the folded text between two spaces, so that every word has a space on both sides.
        words: its words.
        places: the place in the text of every place in the folded text; None if they are the same.
    """

    __slots__ = ("folded", "padded", "places", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = text.translate(_ASCII_FOLDING if text.isascii() else _FOLDING)
        self.padded = f" {self.folded} "
        self.words = self.folded.split()
        self.places: list[int] | None = None
        if len(self.folded) != len(text):
            self.places = [place for place, char in enumerate(text) if _FOLDING[ord(char)]] + [len(text)]

    def where(self, word: str) -> Iterator[int]:
        """Yield the places in the text where a folded word, or several separated by single spaces, begins."""
        padded = f" {word} "
        place = self.padded.find(padded)
        while place >= 0:
            yield place if self.places is None else self.places[place]
            place = self.padded.find(padded, place + len(padded) - 1)  # the space after one may be before the next

    def next_word(self, end: int) -> tuple[int, str]:
        """Return where the word after a folded place begins, and the text before it; there must be one."""
        start = end
        while self.folded[start] == " ":
            start += 1
        if self.places is None:
            return start, self.text[end:start]
        return start, self.text[self.places[end] : self.places[start]]


def mark_of(gap: str, before: str) -> str | None:
    """Return how two words with this text between them follow each other in a term.

    Args:
        gap: the text between them.
        before: the first of them; a full stop may follow a single letter (*J. S. Bach*).

    Returns:
        ``""`` for words of one term, ``"&"`` or ``"/"`` for words joined by it, None for words apart.
    """
    if gap in _COMMON_JOINING or _JOINING.fullmatch(gap):
        return ""
    if len(before) == 1 and gap in (".", ". "):
        return ""
    symbol = gap.strip()
    if symbol in _PLUS:
        return "&"
    return "/" if gap == "/" else None


def words_of(text: str) -> Key:
    """Return the key of a term.

    >>> words_of("Drum & Bass"), words_of("3/4 time"), words_of("Étude")
    (('drum', '&bass'), ('3', '/4', 'time'), ('etude',))
    """
    words = Words(text)
    key: list[str] = []
    before, end = "", 0
    for word in words.words:
        start, gap = words.next_word(end)
        mark = mark_of(gap, before) if key else ""
        key.append((mark or "") + word)
        before, end = word, start + len(word)
    return tuple(key)
