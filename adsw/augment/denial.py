"""Detection of what a text denies: *no drums*, *it isn't sad at all*, *lacks a melody*, *far from calm*."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from adsw.augment.tokens import Words

_NEGATIONS = frozenset(
    {
        "no",
        "not",
        "non",
        "without",
        "never",
        "nor",
        "neither",
        "lack",
        "lacks",
        "lacking",
        "absence",
        "devoid",
        "cannot",
    }
    | {
        "far",
        "rather",
        "instead",
        "isnt",
        "arent",
        "wasnt",
        "werent",
        "doesnt",
        "dont",
        "didnt",
        "hasnt",
        "havent",
        "wont",
        "cant",
        "t",
    }
)
"""Folded words; some count only with their neighbour: *isn't*, *far from*, *rather than*, *instead of*."""
_WITH_NEXT = {"far": "from", "rather": "than", "instead": "of"}
_SCOPE = re.compile(
    r"[^\W_]+(?:(?!\b(?:but|with|only|just|instead|however|except)\b)[^.,;:!?()\n]){0,60}", re.IGNORECASE
)
"""A negation and its scope: up to the next punctuation, a word such as *but*, or 60 characters."""
_CONTRACTED = frozenset({"n'", "n\u2019", "N'", "N\u2019"})


class Denial:
    """The places of a text that it denies; test one with `in`."""

    def __init__(self, words: Words) -> None:
        negations = _NEGATIONS.intersection(words.words)
        self._starts = sorted(place for negation in negations for place in _places_of(negation, words))
        # Of two scopes the one that begins later never ends earlier: a place lies in the last before it or in none.
        self._ends = [_end_of_scope(words.text, place) for place in self._starts]

    @staticmethod
    def in_any(words: Words) -> bool:
        """Return whether a text has any word that may deny; quicker than finding out where."""
        return not _NEGATIONS.isdisjoint(words.words)

    def __contains__(self, place: int) -> bool:
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]


def _places_of(negation: str, words: Words) -> Iterator[int]:
    """Yield the places in the text where a negation stands, together with its neighbour if it needs one."""
    if negation in _WITH_NEXT:
        yield from words.where(f"{negation} {_WITH_NEXT[negation]}")
        return
    for place in words.where(negation):
        # Folding cuts *isn't* into "isn" and "t".
        if negation != "t" or words.text[max(0, place - 2) : place] in _CONTRACTED:
            yield place


def _end_of_scope(text: str, place: int) -> int:
    """Return the place where the scope of a negation ends."""
    scope = _SCOPE.match(text, place)
    return place if scope is None else scope.end()
