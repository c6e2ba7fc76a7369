"""Choice of the terms of a text that a swap replaces, and of their replacements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from adsw.augment.index import Hit
from adsw.augment.vocabulary import Reading, Vocabulary

_ITEM_EDGES = frozenset(",;|\n")
_WINDOW = 12
"""Number of characters examined on both sides of a term."""
_DRAWS = 12
"""Number of draws taken from the generator at once, about as many as a swap needs."""
_TRIES = 12
"""Number of candidates drawn before all candidates are tested."""


class Choice:
    """The random choices of one swap, with the terms that the text must not gain (more with every replacement)."""

    def __init__(
        self, reading: Reading, vocabulary: Vocabulary, own_tags: Iterable[str], rng: np.random.Generator
    ) -> None:
        self._text = reading.text
        self._vocabulary = vocabulary
        self._draw = _uniforms(rng).__next__
        self._close = vocabulary.kinship.close
        self._own = vocabulary.forbidden_by(own_tags)
        self._present = {hit.form.term for hit in reading.hits}
        # The word that the left and the right neighbour of each word see: a replacement may be several words.
        self._from_left = [*reading.words.words, ""]
        self._from_right = ["", *reading.words.words]

    def replacements(self, units: Mapping[int, list[Hit]], max_terms: int) -> dict[int, int]:
        """Choose what is replaced: term -> replacement, in the order drawn; empty if no term can be replaced.

        Args:
            units: each term that can be replaced -> all its places.
            max_terms: the largest number of replaced terms, at least 1.
        """
        wanted = 1 + self._below(min(max_terms, len(units)))
        chosen: dict[int, int] = {}
        for index in self._order(units):
            replacement = self._replacement(index, units[index])
            if replacement is not None:
                chosen[index] = replacement
                if len(chosen) == wanted:
                    break
                self._note(replacement, units[index])  # not after the last: nothing follows it
        return chosen

    def _below(self, count: int) -> int:
        """Draw a uniform number in 0 .. count - 1."""
        return int(self._draw() * count)

    def _order(self, units: Iterable[int]) -> Iterator[int]:
        """Yield the units in a random order (Fisher-Yates, drawn as far as it is read)."""
        left = list(units)
        while left:
            place = self._below(len(left))
            left[place], left[-1] = left[-1], left[place]
            yield left.pop()

    def _replacement(self, index: int, hits: list[Hit]) -> int | None:
        """Draw a replacement of a term in all its places, uniform over the first pool that has one, or None."""
        for pool in self._pools(self._vocabulary.terms[index].category, hits):
            chosen = self._drawn(pool, hits)
            if chosen is not None:
                return chosen
        return None

    def _note(self, chosen: int, hits: list[Hit]) -> None:
        """Record a replacement, for the choice of those that follow."""
        self._present.add(chosen)
        for hit in hits:
            written = self._vocabulary.written(chosen, hit.form.slot)
            self._from_left[hit.first] = written.first
            self._from_right[hit.last] = written.last

    def _pools(self, category: str, hits: list[Hit]) -> Iterator[tuple[int, ...]]:
        """Yield the pools of terms from which a replacement is drawn, the preferred first.

        In running text only terms that have the same forms fit. An item of a list takes any term, those of
        the same forms first. In both, the corpus's terms come first if there are at least two of them.
        """
        alike = self._vocabulary.pool(category, _slots(hits))
        yield self._two_or_none(alike.corpus) if alike.has_corpus else alike.all
        bound = [hit for hit in hits if not _stands_alone(hit, self._text)]
        if len(bound) < len(hits):
            any_form = self._vocabulary.pool(category, _slots(bound))
            yield self._two_or_none(any_form.corpus)
            yield alike.all
            yield any_form.all
        elif alike.has_corpus:
            yield alike.all

    def _two_or_none(self, candidates: tuple[int, ...]) -> tuple[int, ...]:
        """Return the candidates if at least two of them are allowed, else none."""
        allowed = (candidate for candidate in candidates if self._may(candidate))
        return candidates if next(allowed, None) is not None and next(allowed, None) is not None else ()

    def _drawn(self, candidates: tuple[int, ...], hits: list[Hit]) -> int | None:
        """Draw a candidate that is allowed and fits, or return None if there is none."""
        if not candidates:
            return None
        # Nearly all candidates fit, so that drawing again is quicker than testing all of them first.
        count, draw, may, fits = len(candidates), self._draw, self._may, self._fits
        for _ in range(_TRIES):
            candidate = candidates[int(draw() * count)]
            if may(candidate) and fits(hits, candidate):
                return candidate
        left = [candidate for candidate in candidates if may(candidate) and fits(hits, candidate)]
        return left[self._below(len(left))] if left else None

    def _may(self, candidate: int) -> bool:
        """Return whether a candidate is false of the track and new to the text."""
        return candidate not in self._own and self._present.isdisjoint(self._close[candidate])

    def _fits(self, hits: list[Hit], candidate: int) -> bool:
        """Return whether no other term arises at the seams: *rock* must not be put after *hard*."""
        seams = self._vocabulary.seams
        for hit in hits:
            written = self._vocabulary.written(candidate, hit.form.slot)
            if (self._from_right[hit.first], written.first) in seams:
                return False
            if (written.last, self._from_left[hit.last]) in seams:
                return False
        return True


def _uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Yield uniform draws in [0, 1) without end."""
    # One call for a dozen draws is much quicker than a call for each.
    while True:
        yield from rng.random(_DRAWS).tolist()


def _slots(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the grammatical slots of some places, each once, in order."""
    if len(hits) == 1:
        return (hits[0].form.slot,)
    return tuple(sorted({hit.form.slot for hit in hits}))


def _stands_alone(hit: Hit, text: str) -> bool:
    """Return whether a term is a whole item of a list of tags: any form can take its place."""
    after = text[hit.end : hit.end + _WINDOW].lstrip(" \t")
    if after and after[0] not in _ITEM_EDGES:
        return False
    before = text[max(0, hit.start - _WINDOW) : hit.start].rstrip(" \t")
    return not before or before[-1] in _ITEM_EDGES
