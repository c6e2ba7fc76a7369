"""The most frequent words of a group of texts, and the vocabulary's terms in them by category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adsw.augment.vocabulary import Vocabulary
from adsw.evaluate.words import content_of

SHOWN = 15
"""Most words or terms that are named."""

Shares = tuple[tuple[str, float], ...]
"""Words or terms with the share of the texts that have them, the most frequent first."""


@dataclass(frozen=True, slots=True)
class CategoryUse:
    """The terms of one category in some texts."""

    texts: float
    """Share of the texts that state a term of it."""
    distinct: int
    """Number of different terms stated."""
    top: Shares

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {"texts": self.texts, "distinct": self.distinct, "top": dict(self.top)}


@dataclass(frozen=True, slots=True)
class Usage:
    """The words and terms of some texts."""

    words: int
    """Number of words."""
    vocabulary: int
    """Number of different words; grows with the number of texts."""
    top_words: Shares
    """The most frequent content words."""
    categories: dict[str, CategoryUse]
    """Use of the terms by category, the category that most texts mention first."""

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {
            "words": self.words,
            "vocabulary": self.vocabulary,
            "top_words": dict(self.top_words),
            "categories": {name: use.document() for name, use in self.categories.items()},
        }


def usage(texts: Sequence[str], words: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Usage:
    """Count the words and the vocabulary's terms of some texts.

    Args:
        texts: at least one.
        words: the words of every text (`adsw.evaluate.words`).
        vocabulary: finds the terms.
    """
    repeated = Counter(texts)  # finding terms is slow, so each distinct text is read once
    counted = Counter(word for text_words in words for word in text_words)
    holding = Counter(word for text_words in words for word in set(content_of(text_words)))
    terms: dict[str, Counter[str]] = {}
    mentions: Counter[str] = Counter()
    for text, times in repeated.items():
        stated = {(match.category, match.term) for match in vocabulary.find(text)}
        for category, term in stated:
            terms.setdefault(category, Counter())[term] += times
        for category in {category for category, _ in stated}:
            mentions[category] += times
    ordered = sorted(terms, key=lambda category: (-mentions[category], category))
    return Usage(
        words=counted.total(),
        vocabulary=len(counted),
        top_words=top(holding, len(texts)),
        categories={
            name: CategoryUse(mentions[name] / len(texts), len(terms[name]), top(terms[name], len(texts)))
            for name in ordered
        },
    )


def top(counts: Counter[str], total: int) -> Shares:
    """Return the `SHOWN` most frequent names with their shares of a total, equally frequent ones by alphabet."""
    ordered = sorted(counts, key=lambda name: (-counts[name], name))[:SHOWN]
    return tuple((name, counts[name] / total) for name in ordered)
