"""The choice of what replaces the terms of one text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from adsw.augment.matcher import Hit
from adsw.augment.odds import Candidates, SwapDraw
from adsw.augment.vocabulary import Reading, Replaceable, Vocabulary

_ITEM_EDGES = frozenset(",;|\n")

_CHOICE_WINDOW = 12
"""Number of characters examined on both sides of a term."""

_DRAWS = 12
"""Number of draws taken from the generator at once, about as many as a swap needs."""

_TRIES = 12
"""Number of candidates drawn before all candidates are tested."""


class Choice:
    """The random choices of one swap, with the terms that the text must not gain (more with every replacement)."""

    def __init__(
        self,
        reading: Reading,
        found: Replaceable,
        vocabulary: Vocabulary,
        own_tags: Iterable[str],
        rng: np.random.Generator | None,
        draw: SwapDraw,
    ) -> None:
        """Take the text and how replacements are drawn; without a generator nothing may be drawn."""
        self._reading = reading
        self._kind = draw
        self._draw = _uniforms(rng)
        self._pools_of = vocabulary.pools
        self._written = vocabulary.pools.written
        self._close, self._below = vocabulary.kinship.close, vocabulary.kinship.below
        self._own = vocabulary.forbidden_by(own_tags)
        self._found = found
        self._begin()

    def _begin(self) -> None:
        """Forget all replacements."""
        self._present = self._found.present
        self._broader = _NO_TERMS
        self._among: frozenset[int] | None = None
        # The word that the left and the right neighbour of each word see: a replacement may be several words.
        words = self._reading.words.words
        self._from_left = [*words, ""]
        self._from_right = ["", *words]

    def replacements(self, units: Mapping[int, list[Hit]], wanted: int, orders: int = 1) -> dict[int, int]:
        """Choose what is replaced: term -> replacement, in the order drawn.

        Args:
            units: each term that can be replaced -> all its places.
            wanted: the number of replaced terms; fewer are, if no more can be.
            orders: number of orders of the terms tried until there are as many: one replacement may hinder another.
        """
        best: dict[int, int] = {}
        for attempt in range(orders):
            if attempt:
                self._begin()
            chosen: dict[int, int] = {}
            left = list(units)
            while left:  # in a random order (Fisher-Yates, drawn as far as it is needed)
                place = self.below(len(left))
                left[place], left[-1] = left[-1], left[place]
                index = left.pop()
                replacement = self._replacement(index, units[index])
                if replacement is not None:
                    chosen[index] = replacement
                    if len(chosen) == wanted:
                        return chosen
                    self._note(replacement, units[index])  # not after the last: nothing follows it
            if len(chosen) > len(best):
                best = chosen
            if len(units) < 2 or not chosen:
                break
        return best

    def below(self, count: int) -> int:
        """Draw a uniform number in 0 .. count - 1."""
        return int(self._draw() * count)

    def has_replacement(self, index: int, hits: list[Hit]) -> bool:
        """Return whether any term can replace this one, alone, in all its places."""
        self._keep_true(index)
        return any(
            self._may(candidate) and self._fits(hits, candidate)
            for pool in self._pools(hits)
            for candidate in (self._pools_of.nearest(index, pool) if self._kind == "hard" else pool).members
        )

    def _keep_true(self, index: int) -> None:
        """Record a term to be replaced: what the text says of it in broader words stays, and must be true again."""
        # A replacement is not close to what stays, so that none made before is a broader term.
        self._broader = self._found.broader.get(index, _NO_TERMS)
        self._among = None
        if self._broader:
            self._among = frozenset.intersection(*[self._below[term] for term in self._broader])

    def _replacement(self, index: int, hits: list[Hit]) -> int | None:
        """Draw a replacement of a term in all its places from the first pool that has one, or return None."""
        self._keep_true(index)
        for pool in self._pools(hits):
            chosen = self._drawn(self._pools_of.nearest(index, pool) if self._kind == "hard" else pool, hits)
            if chosen is not None:
                return chosen
        return None

    def _note(self, chosen: int, hits: list[Hit]) -> None:
        """Record a replacement, for the choice of those that follow."""
        self._present |= {chosen}
        for hit in hits:
            written = self._written[chosen, hit.form.slot]
            self._from_left[hit.first] = written.first
            self._from_right[hit.last] = written.last

    def _pools(self, hits: list[Hit]) -> Iterator[Candidates]:
        """Yield the pools of terms from which a replacement is drawn, the preferred first.

        In running text only terms that have the same forms fit. An item of a list takes any term, those of
        the same forms first. In both, the corpus's terms come first if there are at least two of them.
        """
        like = hits[0].form
        alike = self._pools_of.pool(like.category, _slots(hits), like.case, self._kind)
        yield self._two_or_none(alike.corpus) if alike.has_corpus else alike.all
        bound = [hit for hit in hits if not _stands_alone(hit, self._reading.text)]
        if len(bound) < len(hits):
            any_form = self._pools_of.pool(like.category, _slots(bound), like.case, self._kind)
            yield self._two_or_none(any_form.corpus)
            yield alike.all
            yield any_form.all
        elif alike.has_corpus:
            yield alike.all

    def _two_or_none(self, candidates: Candidates) -> Candidates:
        """Return the candidates if at least two of them are allowed, else none."""
        allowed = (candidate for candidate in candidates.members if self._may(candidate))
        return candidates if next(allowed, None) is not None and next(allowed, None) is not None else _NONE

    def _drawn(self, candidates: Candidates, hits: list[Hit]) -> int | None:
        """Draw a candidate that is allowed and fits, by its odds, or return None if there is none."""
        members, cumulative = candidates.members, candidates.cumulative
        if not members:
            return None
        # Nearly all candidates fit, so that drawing again is quicker than testing all of them first.
        count, last, draw, may, fits = len(members), len(members) - 1, self._draw, self._may, self._fits
        for _ in range(_TRIES):
            if cumulative is None:
                candidate = members[int(draw() * count)]
            else:
                candidate = members[min(bisect_right(cumulative, draw() * candidates.total), last)]
            if may(candidate) and fits(hits, candidate):
                return candidate
        if self._among is None:
            left = [place for place, member in enumerate(members) if may(member) and fits(hits, member)]
        else:  # few of many
            here = self._among & candidates.places.keys()
            left = sorted([candidates.places[member] for member in here if may(member) and fits(hits, member)])
        if not left:
            return None
        if cumulative is None:
            return members[left[self.below(len(left))]]
        odds = Candidates(tuple(members[place] for place in left), [candidates.odds_of(place) for place in left])
        if odds.cumulative is None:
            return odds.members[self.below(len(left))]
        return odds.members[min(bisect_right(odds.cumulative, draw() * odds.total), len(left) - 1)]

    def _may(self, candidate: int) -> bool:
        """Return whether a candidate is false of the track, new to the text, and true of the text's broader terms."""
        if self._among is None:
            return candidate not in self._own and self._present.isdisjoint(self._close[candidate])
        if candidate not in self._among or candidate in self._own:
            return False
        return self._present & self._close[candidate] <= self._broader

    def _fits(self, hits: list[Hit], candidate: int) -> bool:
        """Return whether a candidate stands well between its neighbours."""
        for hit in hits:
            written = self._written[candidate, hit.form.slot]
            if self._from_right[hit.first] in written.never_after or self._from_left[hit.last] in written.never_before:
                return False
        return True


_NONE = Candidates(())

_NO_TERMS: frozenset[int] = frozenset()


def _uniforms(rng: np.random.Generator | None) -> Callable[[], float]:
    """Return what gives a uniform draw in [0, 1) at every call; nothing may be drawn without a generator."""
    # One call for a dozen draws is much quicker than a call for each.
    dozens = iter(lambda: rng.random(_DRAWS).tolist(), None) if rng is not None else ()
    return chain.from_iterable(dozens).__next__


def _slots(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the grammatical slots of some places, each once, in order."""
    if len(hits) == 1:
        return (hits[0].form.slot,)
    return tuple(sorted({hit.form.slot for hit in hits}))


def _stands_alone(hit: Hit, text: str) -> bool:
    """Return whether a term is a whole item of a list of tags: any form can take its place."""
    after = text[hit.end : hit.end + _CHOICE_WINDOW].lstrip(" \t")
    if after and after[0] not in _ITEM_EDGES:
        return False
    before = text[max(0, hit.start - _CHOICE_WINDOW) : hit.start].rstrip(" \t")
    return not before or before[-1] in _ITEM_EDGES
