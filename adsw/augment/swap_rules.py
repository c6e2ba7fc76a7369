"""Detection of what a text denies: *no drums*, *it isn't sad at all*, *lacks a melody*, *far from calm*."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from adsw.augment.english import Key, Words, words_of
from adsw.augment.matcher import Claim, term_key
from adsw.augment.terms import Term

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


FAMILY = "family"


class Kinship:
    """For each term: itself, its broader terms, its narrower terms, and those that mean nearly the same."""

    def __init__(self, terms: Sequence[Term], claims: Mapping[Key, Sequence[Claim]]) -> None:
        owners = {key: [claim.form.term for claim in rivals] for key, rivals in claims.items()}
        self._terms = terms
        self._alike = _alike(terms, owners)
        above = [_broader(index, term, owners) for index, term in enumerate(terms)]
        self.above = [frozenset(_closure(index, above)) for index in range(len(terms))]
        """For each term, the broader ones."""
        self.below: list[set[int]] = [set() for _ in terms]
        """For each term, the narrower ones."""
        for index, broader in enumerate(self.above):
            for other in broader:
                self.below[other].add(index)
        self.close = [
            frozenset({index} | self._alike[index] | self.above[index] | self.below[index])
            for index in range(len(terms))
        ]

    def implied_by(self, index: int) -> frozenset[int]:
        """Return the term and all broader ones."""
        return self.above[index] | {index}

    def forbidden_by(self, given: Iterable[int]) -> frozenset[int]:
        """Return the terms that could be true of something of which the given terms are true.

        A family forbids all its instruments, unless one of them is named: where the woodwind is known to be a
        flute, an oboe would be wrong.
        """
        named = set(given)
        out: set[int] = set()
        for index in named:
            narrowed = self._terms[index].category == FAMILY and not named.isdisjoint(self.below[index])
            if narrowed:  # the family's other instruments are not close to what is known of it
                out |= {index} | self._alike[index] | self.above[index]
            else:
                out |= self.close[index]
        return frozenset(out)


def _alike(terms: Sequence[Term], owners: Mapping[Key, Sequence[int]]) -> list[set[int]]:
    """Return, for each term, those that share a form or a group with it, or are listed as near."""
    sets: list[set[int]] = [set() for _ in terms]
    circles: dict[str, set[int]] = {}
    for index, term in enumerate(terms):
        for group in term.groups:
            circles.setdefault(group, set()).add(index)
        for name in term.near:
            for other in owners.get(term_key(name), ()):
                sets[index].add(other)
                sets[other].add(index)
    # Terms of one form, such as a genre and an era called *baroque*, are as close as a group's.
    for circle in [*circles.values(), *map(set, owners.values())]:
        if len(circle) > 1:
            for index in circle:
                sets[index] |= circle
    return sets


def _broader(index: int, term: Term, owners: Mapping[Key, Sequence[int]]) -> set[int]:
    """Return a term's parents and the terms whose words lie inside its own: *rock* in *hard rock*."""
    broader = {other for name in term.parents for other in owners.get(term_key(name), ())}
    for surface in term.surfaces:
        words = words_of(surface)
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                if last - first < len(words):
                    broader.update(owners.get(words[first:last], ()))
    return broader - {index}


def _closure(index: int, above: Sequence[set[int]]) -> set[int]:
    """Return everything above a term, at any distance."""
    reached: set[int] = set()
    frontier = set(above[index])
    while frontier:
        reached |= frontier
        frontier = {broader for term in frontier for broader in above[term]} - reached
    return reached - {index}
