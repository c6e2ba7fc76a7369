"""TextSwap: a text made wrong by putting other terms of the same category for some of its own (hard negatives).

Manco et al., *Augment, Drop & Swap*, ISMIR 2024: keywords are replaced by others of the same category, and the
altered text is a negative for the audio. Guarantees here: what is put in is never one of the track's tags, an alias
of one, or a term close to one (broader, narrower, nearly the same), nor close to a term that the text has; outside
the replaced spans the text is unchanged; case, number and a/an are kept right. A term that the text denies (*no
drums*) is left alone: replacing it would keep the text true.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from adsw.augment.english import article_for, in_case_of
from adsw.augment.index import Hit
from adsw.augment.vocabulary import Reading, Vocabulary

_NEGATIONS = frozenset({"no", "not", "non", "without", "never", "nor", "neither", "lacks", "lacking", "cannot", "t"})
_DENIAL = re.compile(
    r"(?:\b(?:no|not|non|without|never|nor|neither|lacks|lacking|cannot)|n['\u2019]t)\b"
    r"(?:(?!\b(?:but|with|only|just|instead|however|except)\b)[^.,;:!?()\n]){0,60}",
    re.IGNORECASE,
)
"""A negation and what it is taken to hold for: up to the next punctuation or turn, some words at most."""
_ARTICLES = frozenset({"a", "an"})
_ARTICLE = re.compile(r"(?<![^\W_])(an?)([ \t\n]+)\Z", re.IGNORECASE)
_ITEM_EDGES = frozenset(",;|\n")
_SENTENCE_OPENS = re.compile(r"(?:^|[.!?\n])[\s\"'\u2018\u201c(\[]*\Z")
_WINDOW = 12
"""Characters looked at around a term."""
_TRIES = 12
"""Draws before the candidates are counted out one by one."""


class Span(NamedTuple):
    """A replaced piece of text."""

    start: int
    end: int
    """Place in the original, end excluded."""
    new_start: int
    new_end: int
    """Place in the swapped text."""
    category: str
    """The category of the term; ``article`` for an a or an that follows it."""


class Swap(NamedTuple):
    """A swapped text."""

    text: str
    terms: tuple[tuple[str, str], ...]
    """Replaced term and replacement, as the vocabulary calls them. A term that stands several times counts once."""
    categories: tuple[str, ...]
    """The category of each of `terms`."""
    spans: tuple[Span, ...]
    """Every replaced piece, from left to right; outside of them the texts agree."""


class _Edit(NamedTuple):
    start: int
    end: int
    new: str
    category: str


def swap(
    text: str,
    vocabulary: Vocabulary,
    own_tags: Iterable[str],
    rng: np.random.Generator,
    max_terms: int = 3,
    categories: Collection[str] | None = None,
    reading: Reading | None = None,
) -> Swap | None:
    """Replace some of a text's terms by others of their category.

    The number of replaced terms is uniform on 1 .. min(max_terms, terms that can be replaced); which ones, and by
    what, is uniform too. A term is replaced wherever it stands. Replacements are the corpus's own terms of the
    category where at least two of them may be used, otherwise any.

    Args:
        text: any text.
        vocabulary: where terms and replacements come from.
        own_tags: the track's tags: nothing that could be true of them is put in.
        rng: decides; the result depends on its state and nothing else.
        max_terms: at most so many terms are replaced.
        categories: replace only terms of these; all for None.
        reading: `vocabulary.read(text)`, where it is at hand.

    Returns:
        The swapped text, or None where nothing can be swapped.
    """
    reading = reading or vocabulary.read(text)
    units = _units(reading, vocabulary, categories)
    if not units or max_terms < 1:
        return None
    choice = _Choice(reading, vocabulary, own_tags, rng)
    wanted = 1 + choice.below(min(max_terms, len(units)))
    edits: list[_Edit] = []
    terms: list[tuple[str, str]] = []
    replaced_categories: list[str] = []
    for index in choice.order(units):
        chosen = choice.replacement(index, units[index])
        if chosen is not None:
            for hit in units[index]:
                edits += _edits(hit, chosen, reading, vocabulary)
            terms.append((vocabulary.terms[index].term, vocabulary.terms[chosen].term))
            replaced_categories.append(vocabulary.terms[index].category)
            if len(terms) == wanted:
                break
    if not terms:
        return None
    new_text, spans = _apply(text, sorted(edits))
    return Swap(new_text, tuple(terms), tuple(replaced_categories), spans)


def _units(reading: Reading, vocabulary: Vocabulary, categories: Collection[str] | None) -> dict[int, list[Hit]]:
    """What can be replaced: each term of the wanted categories with all its places, unless the text denies it."""
    units: dict[int, list[Hit]] = {}
    for hit in reading.hits:
        if categories is None or vocabulary.terms[hit.form.term].category in categories:
            units.setdefault(hit.form.term, []).append(hit)
    if units and not _NEGATIONS.isdisjoint(reading.words):
        denied = _Ranges([found.span() for found in _DENIAL.finditer(reading.text)])
        for index in [index for index, hits in units.items() if any(hit.start in denied for hit in hits)]:
            del units[index]
    return units


class _Ranges:
    """Disjoint ranges of places, from left to right."""

    def __init__(self, ranges: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in ranges]
        self._ends = [end for _, end in ranges]

    def __contains__(self, place: int) -> bool:
        index = bisect_right(self._starts, place) - 1
        return index >= 0 and place < self._ends[index]


class _Choice:
    """Draws for one swap, and what must not be put in; grows with every replacement chosen."""

    def __init__(
        self, reading: Reading, vocabulary: Vocabulary, own_tags: Iterable[str], rng: np.random.Generator
    ) -> None:
        self._text = reading.text
        self._vocabulary = vocabulary
        self._rng = rng
        self._draws: Iterator[float] = iter(())
        self._own = vocabulary.forbidden_by(own_tags)
        self._present = {hit.form.term for hit in reading.hits}
        # Each word as its left and as its right neighbour sees it: a replacement may be several words.
        self._from_left = list(reading.words)
        self._from_right = list(reading.words)

    def below(self, count: int) -> int:
        """A uniform number in 0 .. count - 1."""
        draw = next(self._draws, None)
        if draw is None:
            self._draws = iter(self._rng.random(32).tolist())
            draw = next(self._draws)
        return int(draw * count)

    def order(self, units: Iterable[int]) -> Iterator[int]:
        """The units in a drawn order."""
        left = list(units)
        while left:
            place = self.below(len(left))
            left[place], left[-1] = left[-1], left[place]
            yield left.pop()

    def replacement(self, index: int, hits: list[Hit]) -> int | None:
        """What to put for a term in all its places, uniform over what may stand there; None where nothing may.

        In running text only terms that have the same forms may. An item of a list takes any term, those of the same
        forms first. At both, the corpus's terms come first where there are at least two of them.
        """
        vocabulary, category = self._vocabulary, self._vocabulary.terms[index].category
        alike = vocabulary.pool(category, _slots(hits))
        chosen = self._drawn(alike.corpus if self._at_least_two(alike.corpus) else (), hits)
        if chosen is None:
            bound = [hit for hit in hits if not _stands_alone(hit, self._text)]
            any_form = alike if len(bound) == len(hits) else vocabulary.pool(category, _slots(bound))
            own = any_form.corpus if self._at_least_two(any_form.corpus) else ()
            for pool in (own,) if own else (alike.all, any_form.all):
                chosen = self._drawn(pool, hits)
                if chosen is not None:
                    break
        if chosen is not None:
            self._put(chosen, hits)
        return chosen

    def _put(self, chosen: int, hits: list[Hit]) -> None:
        """Take note of a replacement, for those that follow."""
        self._present.add(chosen)
        for hit in hits:
            written = self._vocabulary.written(chosen, hit.form.slot)
            self._from_left[hit.first] = written.first
            self._from_right[hit.last - 1] = written.last

    def _at_least_two(self, candidates: tuple[int, ...]) -> bool:
        if len(candidates) < 2:
            return False
        allowed = (candidate for candidate in candidates if self._may(candidate))
        return next(allowed, None) is not None and next(allowed, None) is not None

    def _drawn(self, candidates: tuple[int, ...], hits: list[Hit]) -> int | None:
        """A candidate that may be put in and fits: by trying, and where that does not hit, by counting them out."""
        if not candidates:
            return None
        for _ in range(_TRIES):
            candidate = candidates[self.below(len(candidates))]
            if self._may(candidate) and all(self._fits(hit, candidate) for hit in hits):
                return candidate
        left = [c for c in candidates if self._may(c) and all(self._fits(hit, c) for hit in hits)]
        return left[self.below(len(left))] if left else None

    def _may(self, candidate: int) -> bool:
        """Whether a candidate is false of the track and new to the text."""
        return candidate not in self._own and self._present.isdisjoint(self._vocabulary.kinship.close[candidate])

    def _fits(self, hit: Hit, candidate: int) -> bool:
        """Whether no term arises at the seams: *rock* must not be put after *hard*."""
        written, makes_seam = self._vocabulary.written(candidate, hit.form.slot), self._vocabulary.makes_seam
        if hit.first and makes_seam(self._from_right[hit.first - 1], written.first):
            return False
        return hit.last == len(self._from_left) or not makes_seam(written.last, self._from_left[hit.last])


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


def _edits(hit: Hit, chosen: int, reading: Reading, vocabulary: Vocabulary) -> list[_Edit]:
    """The replacement, and the article before it where its sound asks for the other."""
    text = reading.text
    surface = text[hit.start : hit.end]
    new = vocabulary.written(chosen, hit.form.slot).surface
    starts_sentence = not surface.islower() and _starts_sentence(hit, text)
    new = in_case_of(surface, hit.form.surface, new, starts_sentence)
    edits = [_Edit(hit.start, hit.end, new, vocabulary.terms[hit.form.term].category)]
    if hit.first and reading.words[hit.first - 1] in _ARTICLES:
        edits += _article_edit(hit.start, new, text)
    return edits


def _starts_sentence(hit: Hit, text: str) -> bool:
    window = text[max(0, hit.start - _WINDOW) : hit.start]
    return _SENTENCE_OPENS.search(window) is not None


def _article_edit(start: int, new: str, text: str) -> list[_Edit]:
    """The other article, where one stands right before a replacement and does not suit it."""
    found = _ARTICLE.search(text[max(0, start - _WINDOW) : start])
    wanted = article_for(new)
    if found is None or found[1].lower() == wanted:
        return []
    start -= len(found[0])
    if found[1].isupper() and len(new) > 1 and new.isupper():
        wanted = wanted.upper()
    elif found[1][0].isupper():
        wanted = wanted.capitalize()
    return [_Edit(start, start + len(found[1]), wanted, "article")]


def _apply(text: str, edits: list[_Edit]) -> tuple[str, tuple[Span, ...]]:
    pieces: list[str] = []
    spans: list[Span] = []
    read = written = 0
    for edit in edits:
        pieces += [text[read : edit.start], edit.new]
        written += edit.start - read
        spans.append(Span(edit.start, edit.end, written, written + len(edit.new), edit.category))
        written += len(edit.new)
        read = edit.end
    pieces.append(text[read:])
    return "".join(pieces), tuple(spans)
