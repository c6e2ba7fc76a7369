"""How text is cut into words for matching: case, accents, hyphens, apostrophes and symbols made alike.

A token is a run of letters and digits, or one of ``&`` and ``/`` (R&B, 3/4). Between the tokens of one term
may stand spaces, hyphens, apostrophes or underscores, but no other punctuation: *hip-hop* is *hip hop*, *hip,
hop* is not.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

_SPLIT = re.compile(r"([^\W_](?:[^\W_]|[\u0300-\u036f])*|[&/])")
_SPLIT_ASCII = re.compile(r"([a-z0-9]+|[&/])")
_COMMON_GAPS = frozenset({"", " ", "-", "'", "\u2019"})
_JOINING = re.compile(r"\s{1,3}|[-\u2010-\u2013_]|\s?['\u2018\u2019`\u00b4]\s?")


class Tokens:
    """A text's words, folded, with their places.

    Attributes:
        words: the folded tokens, length n.
        gaps: what stands around them, length n + 1.
        starts, ends: each token's place in the text.
    """

    __slots__ = ("ends", "gaps", "starts", "words")

    def __init__(self, text: str) -> None:
        if text.isascii():
            parts = _SPLIT_ASCII.split(text.lower())
            self.words = parts[1::2]
        else:
            parts = _SPLIT.split(text)
            self.words = [fold(word) for word in parts[1::2]]
        self.gaps = parts[0::2]
        offsets = list(accumulate(map(len, parts)))
        self.starts = offsets[0:-1:2]
        self.ends = offsets[1::2]


def fold(word: str) -> str:
    """One spelling for one word: lower case, without accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def joins(gap: str) -> bool:
    """Whether two tokens with this between them may belong to one term."""
    return gap in _COMMON_GAPS or _JOINING.fullmatch(gap) is not None


def words_of(text: str) -> tuple[str, ...]:
    """The folded tokens of a term."""
    return tuple(Tokens(text).words)
