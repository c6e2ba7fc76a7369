"""TextSwap: a text made wrong by putting other terms of the same category for some of its own (hard negatives).

Manco et al., *Augment, Drop & Swap*, ISMIR 2024: keywords are replaced by others of the same category, and the
altered text is a negative for the audio. Guarantees here: what is put in is never one of the track's tags, an alias
of one, or a term close to one (broader, narrower, nearly the same), nor close to a term that the text has; outside
the replaced spans the text is unchanged; case, number and a/an are kept right. A term that the text denies (*no
drums*) is left alone: replacing it would keep the text true.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from adsw.augment.choice import Choice
from adsw.augment.denial import Denial
from adsw.augment.english import article_for, in_case_of
from adsw.augment.index import Hit
from adsw.augment.vocabulary import Reading, Vocabulary

_article_for = lru_cache(maxsize=4096)(article_for)
"""For what a vocabulary writes, which is little and comes again and again."""
_ARTICLES = frozenset({"a", "an"})
_SENTENCE_OPENS = re.compile(r"(?:^|[.!?\n])[\s\"'\u2018\u201c(\[]*\Z")
_WINDOW = 12
"""Characters looked at around a term."""


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


class Edit(NamedTuple):
    """A piece of text and what is put in its place."""

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
    """Replaced term and replacement, as the vocabulary calls them. A term that stands several times counts once."""
    categories: tuple[str, ...]
    """The category of each of `terms`."""
    edits: tuple[Edit, ...]
    """What was done to the original, from left to right."""

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
    replaced = Choice(reading, vocabulary, own_tags, rng).replacements(units, max_terms)
    if not replaced:
        return None
    edits: list[Edit] = []
    for index, new in replaced.items():
        for hit in units[index]:
            edits += _edits(hit, new, reading, vocabulary)
    edits.sort()
    terms = vocabulary.terms
    return Swap(
        _apply(text, edits),
        tuple([(terms[old].term, terms[new].term) for old, new in replaced.items()]),
        tuple([terms[old].category for old in replaced]),
        tuple(edits),
    )


def _units(reading: Reading, vocabulary: Vocabulary, categories: Collection[str] | None) -> dict[int, list[Hit]]:
    """What can be replaced: each term of the wanted categories with all its places, unless the text denies it."""
    units: dict[int, list[Hit]] = {}
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
    """The replacement, and the article before it where its sound asks for the other."""
    text = reading.text
    surface = text[hit.start : hit.end]
    new = vocabulary.written(chosen, hit.form.slot).surface
    if not (surface.islower() and new.islower()):
        new = in_case_of(surface, hit.form.surface, new, _starts_sentence(hit, text))
    edits = [Edit(hit.start, hit.end, new, vocabulary.terms[chosen].category)]
    before = reading.words.words[hit.first - 1] if hit.first else ""
    if before in _ARTICLES:
        edits += _article_edit(before, hit.start, new, text)
    return edits


def _starts_sentence(hit: Hit, text: str) -> bool:
    window = text[max(0, hit.start - _WINDOW) : hit.start]
    return _SENTENCE_OPENS.search(window) is not None


def _article_edit(article: str, start: int, new: str, text: str) -> list[Edit]:
    """The other article, where this one stands right before a replacement and does not suit it."""
    wanted = _article_for(new)
    if wanted == article:
        return []
    window = text[max(0, start - _WINDOW) : start]
    found = window.rstrip(" \t\n")
    written = found[-len(article) :]
    if written.lower() != article or len(found) == len(window):
        return []
    if written.isupper() and len(new) > 1 and new.isupper():
        wanted = wanted.upper()
    elif written[0].isupper():
        wanted = wanted.capitalize()
    end = start - len(window) + len(found)
    return [Edit(end - len(article), end, wanted, "article")]


def _apply(text: str, edits: Iterable[Edit]) -> str:
    """A text with its edits, given from left to right."""
    pieces: list[str] = []
    read = 0
    for start, end, new, _ in edits:
        pieces += (text[read:start], new)
        read = end
    pieces.append(text[read:])
    return "".join(pieces)
