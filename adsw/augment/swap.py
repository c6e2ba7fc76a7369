"""TextSwap: replacement of some terms of a text by others of their category, which makes the text wrong.

Manco et al., *Augment, Drop & Swap*, ISMIR 2024: keywords are replaced by others of the same category, and the
altered text is a hard negative for the audio. Guarantees: a replacement is never one of the track's tags, an alias
of one, or a term close to one (broader, narrower, nearly the same), nor close to a term that the text has; outside
the replaced spans the text is unchanged; case, number and a/an are kept right. A term that the text denies (*no
drums*) is left alone: replacing it would keep the text true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from adsw.augment.english import article_for, in_case_of
from adsw.augment.matcher import Hit
from adsw.augment.swap_rules import Denial
from adsw.augment.vocabulary import Reading, Vocabulary

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
    after = text[hit.end : hit.end + _CHOICE_WINDOW].lstrip(" \t")
    if after and after[0] not in _ITEM_EDGES:
        return False
    before = text[max(0, hit.start - _CHOICE_WINDOW) : hit.start].rstrip(" \t")
    return not before or before[-1] in _ITEM_EDGES


_article_for = lru_cache(maxsize=4096)(article_for)
"""Cached, since a vocabulary writes few different forms and each of them often."""

_ARTICLES = frozenset({"a", "an"})

_SENTENCE_OPENS = re.compile(r"(?:^|[.!?\n])[\s\"'\u2018\u201c(\[]*\Z")

_WINDOW = 12
"""Number of characters examined before a term."""


ARTICLE = "article"


class Span(NamedTuple):
    """A replaced piece of text."""

    start: int
    end: int
    """Place in the original, end excluded."""
    new_start: int
    new_end: int
    """Place in the swapped text."""
    category: str
    """The category of the term; `ARTICLE` for an a or an that follows it."""


class Edit(NamedTuple):
    """A piece of text and its replacement."""

    start: int
    end: int
    """Place in the original, end excluded."""
    new: str
    category: str
    """As in `Span`."""


class Swap(NamedTuple):
    """A swapped text."""

    text: str
    terms: tuple[tuple[str, str], ...]
    """(replaced term, replacement), as the vocabulary calls them. A term that occurs several times counts once."""
    categories: tuple[str, ...]
    """The category of each of `terms`."""
    edits: tuple[Edit, ...]
    """The edits of the original, from left to right."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every replaced piece, from left to right; outside of them the texts agree."""
        spans: list[Span] = []
        grown = 0
        for edit in self.edits:
            start = edit.start + grown
            spans.append(Span(edit.start, edit.end, start, start + len(edit.new), edit.category))
            grown += len(edit.new) - (edit.end - edit.start)
        return tuple(spans)


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
        max_terms: the largest number of replaced terms.
        categories: replace only terms of these; all for None.
        reading: `vocabulary.read(text)`, if it was made already.

    Returns:
        The swapped text, or None if nothing can be swapped.
    """
    reading = reading or vocabulary.read(text)
    units = _units(reading, vocabulary, categories)
    if not units or max_terms < 1:
        return None
    replaced = Choice(reading, vocabulary, own_tags, rng).replacements(units, max_terms)
    if not replaced:
        return None
    edits: list[Edit] = []
    for index, new in replaced.items():
        for hit in units[index]:
            edits += _edits(hit, new, reading, vocabulary)
    edits.sort()  # units come in the order drawn
    terms = vocabulary.terms
    return Swap(
        _apply(text, edits),
        tuple([(terms[old].term, terms[new].term) for old, new in replaced.items()]),
        tuple([terms[old].category for old in replaced]),
        tuple(edits),
    )


def swappable(reading: Reading, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the category of each term of a text that can be replaced, in order of their first places."""
    return tuple(vocabulary.terms[term].category for term in _units(reading, vocabulary, None))


def _units(reading: Reading, vocabulary: Vocabulary, categories: Collection[str] | None) -> dict[int, list[Hit]]:
    """Return the terms of the wanted categories that can be replaced, each with all its places.

    A term that the text denies at one of its places is left out.
    """
    units: dict[int, list[Hit]] = {}
    # Quicker than `setdefault`, which makes a list for every hit: this runs for every swap of every text.
    for hit in reading.hits:
        term = hit.form.term
        if term in units:
            units[term].append(hit)
        else:
            units[term] = [hit]
    if categories is not None:
        units = {term: hits for term, hits in units.items() if vocabulary.terms[term].category in categories}
    if Denial.in_any(reading.words):
        denial = Denial(reading.words)
        units = {term: hits for term, hits in units.items() if not any(hit.start in denial for hit in hits)}
    return units


def _edits(hit: Hit, chosen: int, reading: Reading, vocabulary: Vocabulary) -> list[Edit]:
    """Return the replacement of a hit, and the article before it if the new sound asks for the other one."""
    text = reading.text
    surface = text[hit.start : hit.end]
    new = vocabulary.written(chosen, hit.form.slot).surface
    # Nearly all terms are lower case on both sides, which needs no rule.
    if not (surface.islower() and new.islower()):
        new = in_case_of(surface, hit.form.surface, new, _starts_sentence(hit, text))
    edits = [Edit(hit.start, hit.end, new, vocabulary.terms[chosen].category)]
    before = reading.words.words[hit.first - 1] if hit.first else ""
    if before in _ARTICLES:
        edits += _article_edit(before, hit.start, new, text)
    return edits


def _starts_sentence(hit: Hit, text: str) -> bool:
    """Return whether a hit is the first word of a sentence."""
    window = text[max(0, hit.start - _WINDOW) : hit.start]
    return _SENTENCE_OPENS.search(window) is not None


def _article_edit(article: str, start: int, new: str, text: str) -> list[Edit]:
    """Return the edit of an article that stands right before a replacement and does not suit it."""
    wanted = _article_for(new)
    if wanted == article:
        return []
    window = text[max(0, start - _WINDOW) : start]
    before = window.rstrip(" \t\n")
    written = before[-len(article) :]
    # Punctuation between the two, or no space, would make it no article of this term.
    if written.lower() != article or len(before) == len(window):
        return []
    if written.isupper() and len(new) > 1 and new.isupper():
        wanted = wanted.upper()
    elif written[0].isupper():
        wanted = wanted.capitalize()
    end = start - len(window) + len(before)
    return [Edit(end - len(article), end, wanted, ARTICLE)]


def _apply(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits, given from left to right, applied."""
    pieces: list[str] = []
    read = 0
    for start, end, new, _ in edits:
        pieces += (text[read:start], new)
        read = end
    pieces.append(text[read:])
    return "".join(pieces)
