"""How text is cut into words for matching: case, accents, hyphens, apostrophes and symbols made alike.

A word is a run of letters and digits, in lower case and without accents. Between the words of one term may
stand a space, a hyphen, an apostrophe or an underscore, but no other punctuation: *hip-hop* is *hip hop*, *hip,
hop* is not. ``&`` and ``/`` belong to a term that is written with them (R&B, 3/4) and are kept in its key, before
the word that follows.
"""

from __future__ import annotations

import re
import unicodedata

Key = tuple[str, ...]
"""The words of a term: ``("drum", "and", "bass")``, ``("r", "&b")``, ``("3", "/4", "time")``."""

_JOINING = re.compile(r"\s{0,3}|[-\u2010-\u2013_]|\s?['\u2018\u2019`\u00b4]\s?")
_COMMON_JOINING = frozenset({" ", "-", "'", "\u2019"})


class _Folding(dict[int, str]):
    """Code point -> its folded character, a space for what is no letter or digit, nothing for a combining mark."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = " "
        if unicodedata.combining(char):
            folded = ""
        elif char.isalnum():
            parts = unicodedata.normalize("NFKD", char.casefold())
            base = "".join(part for part in parts if not unicodedata.combining(part))
            folded = base if len(base) == 1 and base.isalnum() else char
        self[code] = folded
        return folded


_FOLDING = _Folding()
_ASCII_FOLDING = {code: _FOLDING[code] for code in range(128)}


class Words:
    """A text cut into folded words.

    Attributes:
        text: as given.
        folded: the folded text, words apart by spaces; as long as the text but for combining marks.
        words: its words.
        places: the place in the text of every place in the folded text; None where they are the same.
    """

    __slots__ = ("folded", "places", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = text.translate(_ASCII_FOLDING if text.isascii() else _FOLDING)
        self.words = self.folded.split()
        self.places: list[int] | None = None
        if len(self.folded) != len(text):
            self.places = [place for place, char in enumerate(text) if _FOLDING[ord(char)]] + [len(text)]

    def next_word(self, end: int) -> int:
        """Where the word after a folded place begins; there must be one."""
        while self.folded[end] == " ":
            end += 1
        return end

    def gap(self, end: int, start: int) -> str:
        """What stands in the text between two words, by their folded places."""
        if self.places is not None:
            end, start = self.places[end], self.places[start]
        return self.text[end:start]


def mark_of(gap: str, before: str) -> str | None:
    """How two words with this between them may follow each other in a term.

    Args:
        gap: what stands between them in the text.
        before: the first of them; after a single letter may stand a full stop (*J. S. Bach*).

    Returns:
        ``""`` for words of one term, ``"&"`` or ``"/"`` for words joined by it, None for words apart.
    """
    if gap in _COMMON_JOINING or _JOINING.fullmatch(gap):
        return ""
    if len(before) == 1 and gap in (".", ". "):
        return ""
    symbol = gap.strip()
    return symbol if symbol == "&" or gap == "/" else None


def words_of(text: str) -> Key:
    """The key of a term.

    >>> words_of("Drum & Bass"), words_of("3/4 time"), words_of("Étude")
    (('drum', '&bass'), ('3', '/4', 'time'), ('etude',))
    """
    found = Words(text)
    key: list[str] = []
    before, end = "", 0
    for word in found.words:
        start = found.next_word(end)
        mark = mark_of(found.gap(end, start), before) if key else ""
        key.append((mark or "") + word)
        before, end = word, start + len(word)
    return tuple(key)
