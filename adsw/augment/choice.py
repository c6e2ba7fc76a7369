"""Which terms of a text a swap replaces, and by what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from adsw.augment.index import Hit
from adsw.augment.vocabulary import Reading, Vocabulary

_ITEM_EDGES = frozenset(",;|\n")
_WINDOW = 12
"""Characters looked at on both sides of a term."""
_DRAWS = 12
"""Draws taken from the generator at once: about what a swap needs."""
_TRIES = 12
"""Draws before the candidates are counted out one by one."""


class Choice:
    """Draws for one swap, and what must not be put in; grows with every replacement chosen."""

    def __init__(
        self, reading: Reading, vocabulary: Vocabulary, own_tags: Iterable[str], rng: np.random.Generator
    ) -> None:
        self._text = reading.text
        self._vocabulary = vocabulary
        self._draw = _uniforms(rng).__next__
        self._close = vocabulary.kinship.close
        self._own = vocabulary.forbidden_by(own_tags)
        self._present = {hit.form.term for hit in reading.hits}
        # Each word as its left and as its right neighbour sees it: a replacement may be several words.
        self._from_left = [*reading.words.words, ""]
        self._from_right = ["", *reading.words.words]

    def replacements(self, units: Mapping[int, list[Hit]], max_terms: int) -> dict[int, int]:
        """Term -> replacement, in the order drawn; none where nothing can be put for any.

        Args:
            units: what can be replaced: each term with all its places.
            max_terms: at most so many are, at least 1.
        """
        wanted = 1 + self._below(min(max_terms, len(units)))
        chosen: dict[int, int] = {}
        for index in self._order(units):
            replacement = self._replacement(index, units[index])
            if replacement is not None:
                chosen[index] = replacement
                if len(chosen) == wanted:
                    break
                self._note(replacement, units[index])
        return chosen

    def _below(self, count: int) -> int:
        """A uniform number in 0 .. count - 1."""
        return int(self._draw() * count)

    def _order(self, units: Iterable[int]) -> Iterator[int]:
        """The units in a drawn order."""
        left = list(units)
        while left:
            place = self._below(len(left))
            left[place], left[-1] = left[-1], left[place]
            yield left.pop()

    def _replacement(self, index: int, hits: list[Hit]) -> int | None:
        """What to put for a term in all its places, uniform over the first pool in which something may stand
        there; None where nothing may."""
        for pool in self._pools(self._vocabulary.terms[index].category, hits):
            chosen = self._drawn(pool, hits)
            if chosen is not None:
                return chosen
        return None

    def _note(self, chosen: int, hits: list[Hit]) -> None:
        """Take note of a replacement, for those that follow."""
        self._present.add(chosen)
        for hit in hits:
            written = self._vocabulary.written(chosen, hit.form.slot)
            self._from_left[hit.first] = written.first
            self._from_right[hit.last] = written.last

    def _pools(self, category: str, hits: list[Hit]) -> Iterator[tuple[int, ...]]:
        """Where to look for a replacement, in this order.

        In running text only terms that have the same forms may be put. An item of a list takes any term, those of
        the same forms first. At both, the corpus's terms come first where there are at least two of them.
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
        """The candidates, where at least two of them may be put in."""
        allowed = (candidate for candidate in candidates if self._may(candidate))
        return candidates if next(allowed, None) is not None and next(allowed, None) is not None else ()

    def _drawn(self, candidates: tuple[int, ...], hits: list[Hit]) -> int | None:
        """A candidate that may be put in and fits: by trying, and where that does not hit, by counting them out."""
        if not candidates:
            return None
        count, draw, may, fits = len(candidates), self._draw, self._may, self._fits
        for _ in range(_TRIES):
            candidate = candidates[int(draw() * count)]
            if may(candidate) and fits(hits, candidate):
                return candidate
        left = [candidate for candidate in candidates if may(candidate) and fits(hits, candidate)]
        return left[self._below(len(left))] if left else None

    def _may(self, candidate: int) -> bool:
        """Whether a candidate is false of the track and new to the text."""
        return candidate not in self._own and self._present.isdisjoint(self._close[candidate])

    def _fits(self, hits: list[Hit], candidate: int) -> bool:
        """Whether no term arises at the seams: *rock* must not be put after *hard*."""
        seams = self._vocabulary.seams
        for hit in hits:
            written = self._vocabulary.written(candidate, hit.form.slot)
            if (self._from_right[hit.first], written.first) in seams:
                return False
            if (written.last, self._from_left[hit.last]) in seams:
                return False
        return True


def _uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Uniform draws in [0, 1) without end."""
    while True:
        yield from rng.random(_DRAWS).tolist()


def _slots(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The grammatical slots of some places, each once, in order."""
    if len(hits) == 1:
        return (hits[0].form.slot,)
    return tuple(sorted({hit.form.slot for hit in hits}))


def _stands_alone(hit: Hit, text: str) -> bool:
    """Whether a term is a whole item of a list of tags: any form can take its place."""
    after = text[hit.end : hit.end + _WINDOW].lstrip(" \t")
    if after and after[0] not in _ITEM_EDGES:
        return False
    before = text[max(0, hit.start - _WINDOW) : hit.start].rstrip(" \t")
    return not before or before[-1] in _ITEM_EDGES
