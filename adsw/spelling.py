"""Spellings: when two strings are one text, and when they are one name.

Two strings that differ only in their Unicode form (*é* as one character or as two), in their blanks or in invisible
characters are one text. Two that differ in case as well are one name. Compatibility forms stay apart (NFC and not
NFKC): *x²* and *x2* are read differently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_ZERO_WIDTH_SPACE = "\u200b"
"""A blank, though an invisible one: it parts words (see also `adsw.augment.english`)."""

_NOTHING = re.compile("[\u00ad\u2060\ufeff]")
"""Soft hyphen, word joiner and byte-order mark, which change neither the look nor the meaning of a text."""

_UNSEEN = re.compile("[\u061c\u180e\u200c-\u200f\u202a-\u202e\u2061-\u206f\ufff9-\ufffb]")
"""Joiners, marks of direction and the like: they may matter in a text, but not to which name it is."""


def one_text(text: str) -> str:
    """Return a text in NFC, with one space for every run of blanks and none around it, without what cannot be seen.

    >>> one_text("  a caf\\u0065\\u0301\\u00a0waltz\\ufeff")
    'a café waltz'
    """
    if text.isascii():
        # Nearly all texts are clean, and there are millions of them.
        clean = text.isprintable() and "  " not in text
        return text.strip() if clean else " ".join(text.split())
    plain = _NOTHING.sub("", text.replace(_ZERO_WIDTH_SPACE, " "))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def folded(text: str) -> str:
    """Return the key by which names are compared: `one_text` whatever its case, without any invisible character.

    >>> folded("The\\u00a0Beatles") == folded("the beatles"), folded("Beyonc\\u00e9") == folded("BEYONCE\\u0301")
    (True, True)
    """
    if text.isascii():
        return one_text(text).casefold()
    # Canonical caseless matching (Unicode 3.13, D145): folding case may part characters, so NFC comes last.
    return one_text(unicodedata.normalize("NFD", _UNSEEN.sub("", one_text(text))).casefold())


def is_blank(text: str) -> bool:
    """Return whether nothing of a text can be seen: blanks, no-break and zero-width ones among them.

    >>> is_blank("\\u00a0\\u200b\\u200d"), is_blank("x")
    (True, False)
    """
    return not folded(text)


def commonest(counts: Mapping[str, int]) -> str:
    """Return the commonest of some spellings of one name; of equally common ones the last by code point.

    That is lower case before capitals.

    >>> commonest({"Jazz": 2, "jazz": 2, "JAZZ": 1})
    'jazz'
    """
    return max(counts, key=lambda spelling: (counts[spelling], spelling))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that differ, each in its first spelling.

    >>> distinct(["jazz", "swing", "Jazz"])
    ('jazz', 'swing')
    """
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(folded(name), name)
    return tuple(first.values())
