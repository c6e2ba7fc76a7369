"""TextSwap: a text made wrong by putting other terms of the same category for some of its own (hard
negatives).

Manco et al., *Augment, Drop & Swap*, ISMIR 2024, section 3: keywords are replaced by others of the same
category, and the altered text is a negative for the audio. Guarantees here: what is put in is never one of
the track's tags, an alias of one, or a term close to one (broader, narrower, nearly the same), nor close to a
term that the text has; outside the replaced spans the text is unchanged; case, number and a/an are kept
right. A term that the text denies (*no drums*) is left alone: replacing it would keep the text true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from adsw.augment.english import article_for, in_case_of
from adsw.augment.index import Hit
from adsw.augment.tokens import Tokens
from adsw.augment.vocabulary import Reading, Vocabulary

_NEGATIONS = frozenset(
    ["no", "not", "non", "without", "never", "nor", "neither", "lacks", "lacking", "cannot"]
    + ["isn", "aren", "doesn", "don", "wasn", "weren"]
)
_TURNS = frozenset({"but", "with", "only", "just", "instead", "however", "except"})
_REACH = 6
"""Tokens over which a negation is taken to hold."""
_BREAKS = frozenset(".,;:!?()\n")
_ITEM_EDGES = frozenset(",;|\n")
_SENTENCE_ENDS = frozenset(".!?\n")
_ARTICLES = frozenset({"a", "an"})


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
    """Replaced term and replacement, as the vocabulary calls them. A term that stands several times counts
    once."""
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

    The number of replaced terms is uniform on 1 .. min(max_terms, terms that can be replaced); which ones,
    and by what, is uniform too. Replacements are the corpus's own terms of the category where at least two of
    them may be used, otherwise any.

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
    banned = _banned(reading, vocabulary, own_tags)
    draws = iter(rng.random(1 + 3 * len(units)).tolist())
    order = sorted(units, key=lambda _: next(draws))
    wanted = 1 + int(next(draws) * min(max_terms, len(units)))
    edits: list[_Edit] = []
    terms: list[tuple[str, str]] = []
    chosen_categories: list[str] = []
    for index in order:
        chosen = _choose(units[index], index, reading, vocabulary, banned, next(draws))
        if chosen is None:
            continue
        category = vocabulary.terms[index].category
        edits += [edit for hit in units[index] for edit in _edits(hit, chosen, reading, vocabulary)]
        terms.append((vocabulary.terms[index].term, vocabulary.terms[chosen].term))
        chosen_categories.append(category)
        banned |= vocabulary.kinship.close[chosen]
        if len(terms) == wanted:
            break
    if not terms:
        return None
    new_text, spans = _apply(text, sorted(edits))
    return Swap(new_text, tuple(terms), tuple(chosen_categories), spans)


def _units(
    reading: Reading, vocabulary: Vocabulary, categories: Collection[str] | None
) -> dict[int, list[Hit]]:
    """What can be replaced: each term of the wanted categories with all its places, unless the text denies it
    somewhere."""
    units: dict[int, list[Hit]] = {}
    for hit in reading.hits:
        if categories is None or vocabulary.terms[hit.form.term].category in categories:
            units.setdefault(hit.form.term, []).append(hit)
    denied = _denied(reading.tokens)
    if denied:
        return {
            index: hits
            for index, hits in units.items()
            if not any(start <= hit.first < end for hit in hits for start, end in denied)
        }
    return units


def _denied(tokens: Tokens) -> list[tuple[int, int]]:
    """Ranges of tokens under a negation: up to the next punctuation or turn, at most a few tokens."""
    ranges = []
    for place, word in enumerate(tokens.words):
        if word in _NEGATIONS:
            end = place + 1
            while end < len(tokens.words) and end <= place + _REACH:
                if not _BREAKS.isdisjoint(tokens.gaps[end]) or tokens.words[end] in _TURNS:
                    break
                end += 1
            ranges.append((place, end))
    return ranges


def _banned(reading: Reading, vocabulary: Vocabulary, own_tags: Iterable[str]) -> frozenset[int]:
    close = vocabulary.kinship.close
    return vocabulary.forbidden_by(own_tags).union(*(close[hit.form.term] for hit in reading.hits))


def _choose(
    hits: list[Hit], index: int, reading: Reading, vocabulary: Vocabulary, banned: frozenset[int], draw: float
) -> int | None:
    """A replacement for all places of a term, uniform over those that may stand there."""
    category = vocabulary.terms[index].category
    slots = frozenset(hit.form.slot for hit in hits if not _stands_alone(hit, reading.tokens))
    allowed = vocabulary.allowed(category, slots, banned)
    while allowed:
        place = int(draw * len(allowed))
        if all(_fits(hit, allowed[place], reading.tokens, vocabulary) for hit in hits):
            return allowed[place]
        allowed.pop(place)
    return None


def _stands_alone(hit: Hit, tokens: Tokens) -> bool:
    """Whether a term is a whole item of a list of tags: any form can take its place."""
    before, after = tokens.gaps[hit.first], tokens.gaps[hit.last]
    opens = hit.first == 0 or not _ITEM_EDGES.isdisjoint(before)
    closes = hit.last == len(tokens.words) or not _ITEM_EDGES.isdisjoint(after)
    return opens and closes


def _written(hit: Hit, chosen: int, vocabulary: Vocabulary) -> str:
    """The replacement in the slot of what it replaces, or as it is called where it has no such form."""
    return vocabulary.form_in(chosen, hit.form.slot) or vocabulary.terms[chosen].term


def _fits(hit: Hit, chosen: int, tokens: Tokens, vocabulary: Vocabulary) -> bool:
    """Whether no term arises at the seams: *rock* must not be put after *hard*."""
    new = Tokens(_written(hit, chosen, vocabulary)).words
    before = tokens.words[hit.first - 1] if hit.first else ""
    after = tokens.words[hit.last] if hit.last < len(tokens.words) else ""
    return not (vocabulary.makes_seam(before, new[0]) or vocabulary.makes_seam(new[-1], after))


def _edits(hit: Hit, chosen: int, reading: Reading, vocabulary: Vocabulary) -> list[_Edit]:
    """The replacement, and the article before it where its sound asks for the other."""
    tokens, text = reading.tokens, reading.text
    start, end = tokens.starts[hit.first], tokens.ends[hit.last - 1]
    surface, gap = text[start:end], tokens.gaps[hit.first]
    starts_sentence = hit.first == 0 or not _SENTENCE_ENDS.isdisjoint(gap)
    new = in_case_of(surface, hit.form.surface, _written(hit, chosen, vocabulary), starts_sentence)
    edits = [_Edit(start, end, new, vocabulary.terms[hit.form.term].category)]
    if hit.first and gap.isspace() and tokens.words[hit.first - 1] in _ARTICLES:
        place = hit.first - 1
        article = text[tokens.starts[place] : tokens.ends[place]]
        wanted = article_for(new)
        if article.lower() != wanted:
            upper = new.isupper() and len(new) > 1 and article.isupper()
            cased = wanted.upper() if upper else wanted.capitalize() if article[0].isupper() else wanted
            edits.append(_Edit(tokens.starts[place], tokens.ends[place], cased, "article"))
    return edits


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
