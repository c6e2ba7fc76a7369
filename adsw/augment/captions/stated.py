"""Whether a text states a tag by its own words."""

from __future__ import annotations

_ENDINGS = ("s", "es", "ly")
"""Endings with which a tag still counts as stated: *guitars*, *slowly*."""


def states(text: str, tag: str) -> bool:
    """Return whether a text contains a tag as separate words, both casefolded; *trap* does not state *rap*.

    >>> states("two guitars", "guitar"), states("a trap beat", "rap")
    (True, False)
    """
    at = text.find(tag)
    while at >= 0:
        end = at + len(tag)
        # Letters or digits on both sides of the tag's first place mean that it begins inside a word.
        before = text[at - 1 : at] + tag[:1]
        if not (len(before) == 2 and before.isalnum()) and _ends(text, end, tag):
            return True
        at = text.find(tag, at + 1)
    return False


def _ends(text: str, end: int, tag: str) -> bool:
    """Return whether a word of the text ends at a place, with or without one of `_ENDINGS`."""
    if not tag[-1:].isalnum() or not text[end : end + 1].isalnum():
        return True
    return any(text.startswith(ending, end) and not text[end + len(ending) :][:1].isalnum() for ending in _ENDINGS)
