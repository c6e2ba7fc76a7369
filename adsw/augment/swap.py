"""TextSwap: replacement of some terms of a text by others of their category, which makes the text wrong.

Manco et al., *Augment, Drop & Swap*, ISMIR 2024: keywords are replaced by others of the same category, and the
altered text is a hard negative for the audio. Guarantees: a replacement is never one of the track's tags, an alias
of one, or a term close to one (broader, narrower, nearly the same), nor close to a term that the text has; outside
the replaced spans the text is unchanged; case, number and a/an are kept right. A term that the text denies (*no
drums*) is left alone: replacing it would keep the text true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from adsw.augment.english import article_for, in_case_of
from adsw.augment.matcher import Hit
from adsw.augment.odds import SwapDraw
from adsw.augment.replaceable import replaceable
from adsw.augment.replacement import Choice
from adsw.augment.vocabulary import Reading, Vocabulary

_article_for = lru_cache(maxsize=4096)(article_for)
"""Cached, since a vocabulary writes few different forms and each of them often."""

_ARTICLES = frozenset({"a", "an"})

_ORDERS = 4
"""Number of orders of the terms tried where exactly so many are to be replaced."""

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
    exactly: int | None = None,
    draw: SwapDraw = "frequency",
) -> Swap | None:
    """Replace some of a text's terms by others of their category.

    The number of replaced terms is uniform on 1 .. min(max_terms, terms that can be replaced), or as many as asked for
    by `exactly`; given the number, every set of terms is as likely. A term is replaced wherever it stands. Replacements
    are the corpus's own terms of the category where at least two of them may be used, otherwise any.

    Args:
        text: any text.
        vocabulary: where terms and replacements come from.
        own_tags: the track's tags: nothing that could be true of them is put in.
        rng: decides; the result depends on its state and nothing else.
        max_terms: the largest number of replaced terms.
        categories: replace only terms of these; all for None.
        reading: `vocabulary.read(text)`, if it was made already.
        exactly: the number of replaced terms, in place of `max_terms`.
        draw: how replacements are drawn.

    Returns:
        The swapped text; None if nothing can be swapped, or not exactly as many terms.
    """
    reading = reading or vocabulary.read(text)
    terms = vocabulary.terms
    found = replaceable(reading, vocabulary, draw)
    units = found.units
    if categories is not None:
        units = {term: hits for term, hits in units.items() if terms[term].category in categories}
    if not units or max_terms < 1 or (exactly is not None and not 1 <= exactly <= len(units)):
        return None
    choice = Choice(reading, found, vocabulary, own_tags, rng, draw)
    wanted = exactly or 1 + choice.below(min(max_terms, len(units)))
    replaced = choice.replacements(units, wanted, orders=1 if exactly is None else _ORDERS)
    if not replaced or (exactly is not None and len(replaced) < exactly):
        return None
    edits: list[Edit] = []
    for index, new in replaced.items():
        for hit in units[index]:
            _edit(hit, new, reading, vocabulary, edits)
    edits.sort()  # units come in the order drawn
    return Swap(
        _apply(text, edits),
        tuple([(terms[old].term, terms[new].term) for old, new in replaced.items()]),
        tuple([terms[old].category for old in replaced]),
        tuple(edits),
    )


def swappable(
    reading: Reading, vocabulary: Vocabulary, own_tags: Iterable[str], draw: SwapDraw = "frequency"
) -> tuple[str, ...]:
    """Return the category of each term of a text that can be replaced, in order of their first places."""
    found = replaceable(reading, vocabulary, draw)
    choice = Choice(reading, found, vocabulary, own_tags, None, draw)
    return tuple(
        vocabulary.terms[term].category for term, hits in found.units.items() if choice.has_replacement(term, hits)
    )


def _edit(hit: Hit, chosen: int, reading: Reading, vocabulary: Vocabulary, edits: list[Edit]) -> None:
    """Add the replacement of a hit, and of the article before it if the new sound asks for the other one."""
    text = reading.text
    surface = text[hit.start : hit.end]
    written = vocabulary.pools.written[chosen, hit.form.slot]
    new = written.surface
    # Nearly all terms are lower case on both sides, which needs no rule.
    if not (written.is_lower and surface.islower()):
        new = in_case_of(surface, new)
    edits.append(Edit(hit.start, hit.end, new, hit.form.category))  # one category for both
    before = reading.words.words[hit.first - 1] if hit.first else ""
    if before in _ARTICLES:
        edits += _article_edit(before, hit.start, new, text)


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
