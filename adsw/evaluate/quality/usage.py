"""What a group of texts talks about: its words, and the vocabulary's terms by category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adsw.augment.vocabulary import Vocabulary
from adsw.evaluate.words import content_of

SHOWN = 15
"""Words and terms that are named."""

Shares = tuple[tuple[str, float], ...]
"""A word or term and the share of the texts that have it, the most frequent first."""


@dataclass(frozen=True, slots=True)
class CategoryUse:
    """The terms of one category in some texts."""

    texts: float
    """Share of the texts that state one."""
    distinct: int
    """Different terms stated."""
    top: Shares

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"texts": self.texts, "distinct": self.distinct, "top": dict(self.top)}


@dataclass(frozen=True, slots=True)
class Usage:
    """The words and terms of some texts."""

    words: int
    """Words in all."""
    vocabulary: int
    """Different words; grows with the number of texts."""
    top_words: Shares
    """Content words."""
    categories: dict[str, CategoryUse]
    """By category, the one that most texts speak of first."""

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "words": self.words,
            "vocabulary": self.vocabulary,
            "top_words": dict(self.top_words),
            "categories": {name: use.document() for name, use in self.categories.items()},
        }


def usage(texts: Sequence[str], words: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Usage:
    """Count words and terms.

    Args:
        texts: at least one.
        words: of every text (`adsw.evaluate.words`).
        vocabulary: tells the terms.
    """
    repeated = Counter(texts)
    counted = Counter(word for found in words for word in found)
    holding = Counter(word for found in words for word in set(content_of(found)))
    terms: dict[str, Counter[str]] = {}
    speaking: Counter[str] = Counter()
    for text, times in repeated.items():
        found = {(match.category, match.term) for match in vocabulary.find(text)}
        for category, term in found:
            terms.setdefault(category, Counter())[term] += times
        for category in {category for category, _ in found}:
            speaking[category] += times
    ordered = sorted(terms, key=lambda category: (-speaking[category], category))
    return Usage(
        words=counted.total(),
        vocabulary=len(counted),
        top_words=top(holding, len(texts)),
        categories={
            name: CategoryUse(speaking[name] / len(texts), len(terms[name]), top(terms[name], len(texts)))
            for name in ordered
        },
    )


def top(counts: Counter[str], total: int) -> Shares:
    """The most frequent ones and their shares of a total; of two as frequent the first in the alphabet."""
    ordered = sorted(counts, key=lambda name: (-counts[name], name))[:SHOWN]
    return tuple((name, counts[name] / total) for name in ordered)
