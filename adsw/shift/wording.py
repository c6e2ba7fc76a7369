"""Differences between the texts of two sets: words and tags that only one has, length and style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.arrays import Floats
from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.augment.words import words_of
from adsw.draws import generator
from adsw.shift.sample import Sample
from adsw.spelling import folded
from adsw.stats.bootstrap import bootstrap_interval
from adsw.stats.interval import Interval, percentile_interval
from adsw.stats.resampling import numbered, resampled, weighted

_SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
RESAMPLES = 1000
"""Bootstrap resamples of the intervals."""
SHOWN = 12
"""Most unknown words or tags that are named."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Overlap of the words (or tags) of two sets, and those of the second that are unknown to the first."""

    sizes: tuple[int, int]
    """Distinct words of each set."""
    shared: float
    """Share of all distinct words that both have (Jaccard)."""
    unknown_types: float
    """Share of the second's distinct words that the first lacks."""
    unknown: Interval | None
    """Share of the second's occurrences that the first lacks, per text, mean over texts; None for tags."""
    unknown_uses: float
    """Share of all the second's occurrences that the first lacks."""
    examples: tuple[str, ...]
    """The most frequent unknown words."""

    def document(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {
            "sizes": list(self.sizes),
            "shared": self.shared,
            "unknown_types": self.unknown_types,
            "unknown_per_text": asdict(self.unknown) if self.unknown else None,
            "unknown_uses": self.unknown_uses,
            "examples": list(self.examples),
        }


@dataclass(frozen=True, slots=True)
class Style:
    """One property of the texts of both sets."""

    name: str
    means: tuple[float, float]
    """Mean over the texts of each set."""
    difference: Interval
    """Second less first."""
    effect: float
    """Cohen's d: the difference in units of the pooled standard deviation; 0 if nothing varies."""
    ks: float
    """Kolmogorov and Smirnov's largest gap between the two distributions (scipy)."""
    ks_p: float
    """P-value of that gap; texts of one group count as independent."""

    def document(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {
            "means": list(self.means),
            "difference": asdict(self.difference),
            "effect": self.effect,
            "ks": self.ks,
            "ks_p": self.ks_p,
        }


def word_overlap(first: Sequence[str], second: Sequence[str], groups: NDArray[np.str_], seed: int = 0) -> Overlap:
    """Compare the words of two lists of texts.

    Args:
        first: texts whose words are known.
        second: texts in which unknown words are counted.
        groups: leakage groups of the second's texts, for the interval.
        seed: of the bootstrap.
    """
    known = Counter(word for text in first for word in words_of(text))
    asked = [words_of(text) for text in second]
    lacking = np.array([np.mean([word not in known for word in words]) if words else 0.0 for words in asked])
    unknown = bootstrap_interval(lacking, groups, seed, RESAMPLES)
    return _overlap(known, Counter(word for words in asked for word in words), unknown)


def tag_overlap(first: Sample, second: Sample) -> dict[str, Overlap]:
    """Compare the tags of two sets, by category, whatever their spelling, for categories that either has."""
    categories = sorted(first.tags.keys() | second.tags.keys())
    empty: Counter[str] = Counter()
    return {
        name: _overlap(_folded(first.tags.get(name, empty)), _folded(second.tags.get(name, empty)), None)
        for name in categories
    }


def _folded(counts: Counter[str]) -> Counter[str]:
    """Add up the counts of names that differ only in their spelling."""
    together: Counter[str] = Counter()
    for tag, count in counts.items():
        together[folded(tag)] += count
    return together


def _overlap(known: Counter[str], asked: Counter[str], unknown: Interval | None) -> Overlap:
    """Compare two counts of names, with the interval of the unknown share per text, if there is one."""
    lacking = {name: count for name, count in asked.items() if name not in known}
    ordered = sorted(lacking, key=lambda name: (-lacking[name], name))
    both = len(known.keys() | asked.keys())
    return Overlap(
        sizes=(len(known), len(asked)),
        shared=len(known.keys() & asked.keys()) / both if both else 1.0,
        unknown_types=len(lacking) / len(asked) if asked else 0.0,
        unknown=unknown,
        unknown_uses=sum(lacking.values()) / asked.total() if asked else 0.0,
        examples=tuple(ordered[:SHOWN]),
    )


Groups = tuple[NDArray[np.str_], NDArray[np.str_]]
"""Leakage groups of the texts of either set."""


def styles(first: Sequence[str], second: Sequence[str], groups: Groups) -> list[Style]:
    """Compare the length and style of two lists of texts, property by property.

    Args:
        first: texts of one set.
        second: texts of the other.
        groups: leakage groups of both, for the intervals.
    """
    vocabulary = builtin()
    compared = []
    for name, measure in _MEASURES.items():
        one, other = (np.array([measure(text, vocabulary) for text in texts]) for texts in (first, second))
        compared.append(_style(name, one, other, groups))
    return compared


def _per_word(count: Callable[[str], float]) -> Callable[[str, Vocabulary], float]:
    """Return a measure that divides a count by the number of words."""

    def measure(text: str, vocabulary: Vocabulary) -> float:
        del vocabulary
        return count(text) / max(len(words_of(text)), 1)

    return measure


_MEASURES: dict[str, Callable[[str, Vocabulary], float]] = {
    "words": lambda text, _: float(len(words_of(text))),
    "sentences": lambda text, _: float(max(len(_SENTENCE.findall(text)), 1)),
    "letters per word": _per_word(lambda text: sum(map(len, words_of(text)))),
    "commas per word": _per_word(lambda text: text.count(",")),
    "distinct words per word": _per_word(lambda text: len(set(words_of(text)))),
    "terms of the built-in vocabulary": lambda text, vocabulary: float(len(vocabulary.find(text))),
}


def _style(name: str, one: Floats, other: Floats, groups: Groups) -> Style:
    """Compare one property of two sets of texts, float64 [n] and [m]."""
    from scipy.stats import ks_2samp

    difference = float(other.mean() - one.mean())
    draws = _means(other, groups[1], name) - _means(one, groups[0], name)
    freedom = max(len(one) + len(other) - 2, 1)
    pooled = np.sqrt((((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()) / freedom)
    ks = ks_2samp(one, other)
    return Style(
        name=name,
        means=(float(one.mean()), float(other.mean())),
        difference=percentile_interval(difference, draws),
        effect=difference / float(pooled) if pooled > 0 else 0.0,
        ks=float(ks.statistic),
        ks_p=float(ks.pvalue),
    )


def _means(values: Floats, groups: NDArray[np.str_], name: str) -> Floats:
    """Compute the mean on bootstrap resamples of the groups, [RESAMPLES]."""
    code = numbered(groups)
    rng = generator("shift", name, len(values))
    return resampled(weighted(values, code, "mean"), int(code.max()) + 1, RESAMPLES, rng)
