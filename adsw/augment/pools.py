"""Pools: the terms that may stand in for one another, by category, form and case, with the odds of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from adsw.augment.english import Words, case_of
from adsw.augment.odds import Candidates, SwapDraw, balanced
from adsw.augment.terms import Term

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SYNONYM = 0.9
"""Cosine of two terms' embeddings from which they count as synonyms, which a hard draw leaves out."""

NEAREST = 8
"""Number of terms, the nearest to the replaced one, that a hard draw chooses from."""


class Written(NamedTuple):
    """A term as it is written in a slot."""

    surface: str
    is_lower: bool
    first: str
    last: str
    """Its first and last word, folded."""
    never_after: frozenset[str]
    never_before: frozenset[str]
    """Words that must not stand before and after it, folded: with them other terms may arise (*rock* must not be put
    after *hard*), or the same word would stand twice."""


class Pool(NamedTuple):
    """The terms of a category that have a form for some slots, written in some case."""

    corpus: Candidates
    """Those of the corpus."""
    all: Candidates
    """All of them."""
    has_corpus: bool
    """Whether any term of the category is of the corpus, whatever its forms."""


class _Writings(dict[tuple[int, str], Written]):
    """Index of a term and slot -> the term as written in it, or under its name if it has no such form."""

    def __init__(self, terms: Sequence[Term], seams: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self._terms = terms
        self._before: dict[str, set[str]] = {}
        self._after: dict[str, set[str]] = {}
        for before, after in seams:
            self._before.setdefault(after, set()).add(before)
            self._after.setdefault(before, set()).add(after)

    def __missing__(self, key: tuple[int, str]) -> Written:
        index, slot = key
        surface = self._terms[index].forms.get(slot, (self._terms[index].term,))[0]
        words = Words(surface).words
        first, last = words[0], words[-1]
        never_after = frozenset(self._before.get(first, ())) | {first}
        never_before = frozenset(self._after.get(last, ())) | {last}
        made = self[key] = Written(surface, surface.islower(), first, last, never_after, never_before)
        return made


class Pools:
    """The pools of a vocabulary's terms, each made at its first use."""

    def __init__(
        self,
        terms: Sequence[Term],
        seams: Iterable[tuple[str, str]] = (),
        vectors: NDArray[np.float32] | None = None,
    ) -> None:
        """Take a vocabulary's terms.

        Args:
            terms: with their counts.
            seams: neighbouring words that could lie inside one form.
            vectors: unit vectors of the terms by a text encoder, [terms, D], if they may be drawn by nearness.
        """
        self._terms = terms
        self._vectors = vectors
        self._pools: dict[tuple[str, tuple[str, ...], str, SwapDraw], Pool] = {}
        self.written = _Writings(terms, seams)
        """``written[index, slot]``: a term as written in a slot, or under its name if it has no such form."""
        self._nearest: dict[tuple[int, Candidates], Candidates] = {}

    @cached_property
    def common(self) -> dict[int, float]:
        """Each term of more than half of its category's counts -> the share of its texts in which it may be replaced.

        The others have the rest of the counts, and it cannot come more often in their place.
        """
        totals: Counter[str] = Counter()
        for term in self._terms:
            totals[term.category] += term.count
        return {
            index: (totals[term.category] - term.count) / term.count
            for index, term in enumerate(self._terms)
            if totals[term.category] / 2 < term.count < totals[term.category]
        }

    def pool(self, category: str, slots: tuple[str, ...], case: str, draw: SwapDraw = "uniform") -> Pool:
        """Return a category's terms that have a form for all of some slots, with the odds of a draw.

        Args:
            category: of the terms.
            slots: all terms for none.
            case: only terms written so (`adsw.augment.english.case_of`), unless one of the cases has a single term: it
                would never be replaced by its like.
            draw: gives the odds.
        """
        key = (category, slots, case, draw)
        known = self._pools.get(key)
        if known is None:
            usable = [i for i, term in enumerate(self._terms) if term.category == category and not term.tag_only]
            members = [i for i in usable if self._terms[i].forms.keys() >= set(slots)]
            corpus = [i for i in members if self._terms[i].in_corpus]
            has_corpus = any(self._terms[i].in_corpus for i in usable)
            made = [self._candidates(some, slots, case, draw) for some in (corpus, members)]
            known = self._pools[key] = Pool(made[0], made[1], has_corpus)
        return known

    def nearest(self, index: int, candidates: Candidates) -> Candidates:
        """Return those of some candidates that are nearest to a term and no synonyms of it, with their odds.

        Raises:
            ValueError: the vocabulary was made without vectors.
        """
        import numpy as np  # the help of the commands, which load a vocabulary's module, needs none

        key = (index, candidates)
        known = self._nearest.get(key)
        if known is None:
            if self._vectors is None:
                raise ValueError("hard draws need a vocabulary with vectors of its terms")
            members = np.array(candidates.members, dtype=np.int64)
            cosines = self._vectors[members] @ self._vectors[index]
            # Rounded: the last bits may differ between machines, and must not decide.
            places = np.flatnonzero(cosines < SYNONYM)
            order = places[np.lexsort((places, -cosines[places].round(4)))][:NEAREST]
            chosen = sorted(order.tolist())
            odds = [candidates.odds_of(place) for place in chosen]
            known = self._nearest[key] = Candidates(tuple(candidates.members[place] for place in chosen), odds)
        return known

    def _candidates(self, members: Sequence[int], slots: tuple[str, ...], case: str, draw: SwapDraw) -> Candidates:
        """Return those of some terms that are written in a case, with their odds."""
        cases = [case_of(self.written[i, slots[0] if slots else ""].surface) for i in members]
        if min(Counter(cases).values(), default=0) > 1:
            members = [i for i, of_member in zip(members, cases, strict=True) if of_member == case]
        if draw == "uniform":
            return Candidates(tuple(members))
        return Candidates(tuple(members), balanced([self._terms[i].count for i in members]))
