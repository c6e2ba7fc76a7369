"""Figures of single texts, as columns over the texts of a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.augment.captions.checks import CaptionChecker
from adsw.augment.vocabulary import Vocabulary
from adsw.augment.words import content_of, words_of
from adsw.text_quality.diversity import typicality
from adsw.text_quality.likeness import Likeness
from adsw.text_quality.sample import Group, QualitySample, Tags


def other_tracks(texts: Sequence[str], track_M: Ints) -> Floats:
    """Count the other tracks that have the same string, float64 [M].

    Args:
        texts: the M texts.
        track_M: the track of each.
    """
    holders: dict[str, set[int]] = {}
    for text, track in zip(texts, track_M.tolist(), strict=True):
        holders.setdefault(text, set()).add(track)
    return np.array([len(holders[text]) - 1 for text in texts], dtype=np.float64)


def near_copies(texts: Sequence[str], words: Sequence[Sequence[str]]) -> Floats:
    """Return 1 for a text whose set of content words is that of another string, else 0, float64 [M].

    Order, case, punctuation, repeats and function words do not matter. A text without content words is no copy.

    Args:
        texts: the M texts.
        words: the words of every text (`adsw.augment.words`).
    """
    keys: list[Hashable] = [frozenset(content_of(text_words)) for text_words in words]
    wordings: dict[Hashable, set[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        wordings.setdefault(key, set()).add(text)
    return np.array([float(bool(key) and len(wordings[key]) > 1) for key in keys], dtype=np.float64)


LIST_SHARE = 0.9
"""Share of a caption's words, the tags' own or words that only list them, from which it is a copy of its tag list."""

_LISTING = frozenset({"and", "or", "with", "tag", "tags", "caption"})
"""Words that only list tags."""

_TOLD = 5000
"""Texts between two calls that report progress."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What M texts state.

    Attributes:
        added: names of the vocabulary's terms that a caption states beyond its tags, [M].
        fits: share of the other tracks whose tags include all the tags that the text states, [M]; 1 for a text that
            states none of its tags, NaN with a single track.
        listed: share of a caption's words that are its tags' words, or only list them; NaN for other sources, [M].
    """

    added: tuple[tuple[str, ...], ...]
    fits: Floats
    listed: Floats


def stated(
    sample: QualitySample,
    words: Sequence[Sequence[str]],
    vocabulary: Vocabulary,
    tell: Callable[[int, int], None] | None = None,
) -> Stated:
    """Read every caption of a sample.

    Args:
        sample: the texts.
        words: the words of every text (`adsw.augment.words`).
        vocabulary: finds the terms; should be the one that the store was made with.
        tell: called with the number of texts read and the number of all.
    """
    holders = _Holders(sample.tags)
    is_list, is_caption = sample.of("tags"), sample.of("caption")
    added: list[tuple[str, ...]] = []
    fits, listed = np.full(len(sample), np.nan), np.full(len(sample), np.nan)
    for place, text in enumerate(sample.texts):
        tags = sample.words_for[place]
        extra: tuple[str, ...] = ()
        if not is_list[place] and tags:
            checked = CaptionChecker({"tags": tags}, vocabulary).check(text)
            extra = checked.added
            tags = tuple(tag for tag in tags if tag not in checked.missing)
        added.append(extra)
        fits[place] = holders.share(tags)
        if is_caption[place] and words[place]:
            track_tags = sample.tags[int(sample.track[place])]
            listed[place] = _listed(words[place], sample.words_for[place], track_tags)
        if tell is not None and (place + 1) % _TOLD == 0:
            tell(place + 1, len(sample))
    if tell is not None:
        tell(len(sample), len(sample))
    return Stated(tuple(added), fits, listed)


def _listed(words: Sequence[str], tags: Sequence[str], track_tags: Tags) -> float:
    """Compute the share of words that are in the tags, name a category of the track, or only list tags."""
    known = {word for tag in tags for word in words_of(tag)}
    known |= {word for category in track_tags for word in words_of(category)} | _LISTING
    return sum(word in known for word in words) / len(words)


class _Holders:
    """The tracks that have each tag, as bits of one integer: intersecting is one operation for all tracks."""

    def __init__(self, tags: Sequence[Tags]) -> None:
        holders: dict[str, list[int]] = {}
        for track, track_tags in enumerate(tags):
            for tag in {tag for given in track_tags.values() for tag in given}:
                holders.setdefault(tag, []).append(track)
        self._tracks = len(tags)
        self._bits = {tag: self._as_bits(tracks) for tag, tracks in holders.items()}

    def _as_bits(self, tracks: Sequence[int]) -> int:
        """Return an integer with the bits of some tracks set."""
        flags = np.zeros(self._tracks, dtype=np.uint8)
        flags[tracks] = 1
        return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")

    def share(self, tags: Sequence[str]) -> float:
        """Return the share of the other tracks that have all of some tags of a track; NaN if there are no others."""
        if self._tracks < 2:
            return float("nan")
        if not tags:
            return 1.0
        common = self._bits[tags[0]]
        for tag in tags[1:]:
            common &= self._bits[tag]
        return (common.bit_count() - 1) / (self._tracks - 1)


COLUMNS: Final[dict[str, str]] = {
    "coverage": "share of its tags that it states",
    "complete": "1 where it states all of them",
    "hallucinated": "1 where it states a vocabulary term that its tags do not give",
    "added": "how many such terms it states",
    "words": "its length in words",
    "attempts": "how often it was asked for",
    "retried": "1 where it was asked for more than once",
    "listed": "share of its words that are its tags' words, or only list them",
    "list_copy": f"1 where that is at least {LIST_SHARE}",
    "other_tracks": "on how many other tracks the same string stands",
    "shared": "1 where there is such a track",
    "near_copy": "1 where another string of its source has the same content words",
    "fits": "share of the other tracks whose tags include all the tags that it states",
    "typicality": "mean cosine to the texts of its group on other tracks",
    "human_own": "mean cosine to its track's human captions",
    "human_others": "mean cosine to other tracks' human captions",
    "human_margin": "the difference of the two",
    "human_closer": "share of other tracks' human captions that are further away than its own; chance 0.5",
    "chrf_own": "chrF against a human caption of its track, 0 to 1",
    "chrf_others": "chrF against a human caption of another track",
    "chrf_margin": "the difference of the two",
}
"""What each column says of one text, by name. NaN (null in a file) if it was not measured."""


@dataclass(frozen=True, slots=True)
class Values:
    """Figures of M texts."""

    columns: dict[str, Floats]
    """By the names of `COLUMNS`, float64 [M] each."""

    def matrix(self, names: Sequence[str], members: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
        """Return some columns at some texts, float64 [texts, names]."""
        return np.stack([self.columns[name][members] for name in names], axis=1)


def values_of(
    sample: QualitySample, words: Sequence[Sequence[str]], groups: Sequence[Group], said: Stated, like: Likeness
) -> Values:
    """Collect and derive every column.

    Args:
        sample: M texts.
        words: the words of every text.
        groups: groups of the sample; a text's typicality is that in the last group that holds it.
        said: what the texts state.
        like: how similar they are to human captions.
    """
    columns = {name: np.full(len(sample), np.nan) for name in COLUMNS}
    columns["coverage"], columns["added"], columns["attempts"] = sample.coverage, sample.added, sample.attempts
    columns["complete"] = _where(sample.coverage, sample.coverage >= 1)
    columns["hallucinated"] = _where(sample.added, sample.added > 0)
    columns["retried"] = _where(sample.attempts, sample.attempts > 1)
    columns["words"] = np.array([len(text_words) for text_words in words], dtype=np.float64)
    columns["listed"] = said.listed
    columns["list_copy"] = _where(said.listed, said.listed >= LIST_SHARE)
    columns["fits"] = said.fits
    _fill_by_source(columns, sample, words)
    for group in groups:
        members = group.members
        columns["typicality"][members] = typicality(sample.vectors[members], sample.track[members])
    columns["human_own"], columns["human_others"], columns["human_closer"] = like.own, like.others, like.closer
    columns["human_margin"] = like.own - like.others
    columns["chrf_own"], columns["chrf_others"] = like.chrf_own, like.chrf_others
    columns["chrf_margin"] = like.chrf_own - like.chrf_others
    return Values(columns)


def _fill_by_source(columns: dict[str, Floats], sample: QualitySample, words: Sequence[Sequence[str]]) -> None:
    """Fill the columns that compare a text with the others of its source."""
    for source in np.unique(sample.source):
        members = np.flatnonzero(sample.source == source)
        texts = [sample.texts[place] for place in members]
        columns["other_tracks"][members] = other_tracks(texts, sample.track[members])
        columns["near_copy"][members] = near_copies(texts, [words[place] for place in members])
    columns["shared"] = _where(columns["other_tracks"], columns["other_tracks"] > 0)


def _where(measured: Floats, holds: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """Return 1 or 0 for whether a condition holds, NaN if nothing was measured, float64 [M]."""
    return np.where(np.isfinite(measured), holds.astype(np.float64), np.nan)


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
        words: the words of every text (`adsw.augment.words`).
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
