"""Which terms are close in meaning: broader, narrower, nearly the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adsw.augment.english import Key, words_of
from adsw.augment.matcher import Claim, term_key
from adsw.augment.terms import Term

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
        below: list[set[int]] = [set() for _ in terms]
        for index, broader in enumerate(self.above):
            for other in broader:
                below[other].add(index)
        self.below = [frozenset(narrower) for narrower in below]
        """For each term, the narrower ones."""
        self.broad = frozenset(index for index, narrower in enumerate(self.below) if narrower)
        """The terms that are broader than any."""
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
