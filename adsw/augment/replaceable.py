"""Which terms of a text can be replaced."""

from __future__ import annotations

from adsw.augment.denial import Denial
from adsw.augment.matcher import Hit
from adsw.augment.odds import SwapDraw
from adsw.augment.vocabulary import Reading, Replaceable, Vocabulary
from adsw.draws import key_of

_KEYS = 1 << 64
"""Number of keys of `adsw.draws.key_of`."""


def replaceable(reading: Reading, vocabulary: Vocabulary, draw: SwapDraw) -> Replaceable:
    """Return the terms of a text that can be replaced, each with all its places; found out once for a reading.

    Left out are a term that the text denies at one of its places; a term that another one implies, for what is put in
    its place would contradict that one (*harmonium, free reeds*); and, unless replacements are drawn evenly, a term of
    more than half of its category's counts in so many texts that it is true no oftener than false.
    """
    key = (vocabulary, draw)
    known = reading.replaceable.get(key)
    if known is None:
        known = reading.replaceable[key] = _replaceable(reading, vocabulary, draw)
    return known


def _replaceable(reading: Reading, vocabulary: Vocabulary, draw: SwapDraw) -> Replaceable:
    """Find out what `replaceable` returns."""
    units: dict[int, list[Hit]] = {}
    # Quicker than `setdefault`, which makes a list for every hit.
    for hit in reading.hits:
        term = hit.form.term
        if term in units:
            units[term].append(hit)
        else:
            units[term] = [hit]
    present = frozenset(units)
    kinship = vocabulary.kinship
    broader: dict[int, frozenset[int]] = {}
    # From the broad terms, which are few, to the narrower ones: of most terms nothing has to be read.
    for wide in kinship.broad & present:
        for term in kinship.below[wide] & present:
            broader[term] = broader.get(term, frozenset()) | {wide}
            units.pop(wide, None)
    if Denial.in_any(reading.words):
        denial = Denial(reading.words)
        for hit in reading.hits:
            if hit.start in denial:
                units.pop(hit.form.term, None)
    if draw != "uniform" and not (common := vocabulary.pools.common).keys().isdisjoint(units):
        terms = vocabulary.terms
        units = {
            term: hits
            for term, hits in units.items()
            if term not in common or key_of(f"{terms[term].term}/{reading.text}") < common[term] * _KEYS
        }
    return Replaceable(present, broader, units)
