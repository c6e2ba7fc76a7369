"""Reports with every figure of a group of texts and its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from adsw.arrays import Floats, Ints
from adsw.augment.vocabulary import Vocabulary
from adsw.draws import generator
from adsw.stats.estimates import Estimate, means
from adsw.text_quality.diversity import distinct, effective_rank, one_per_track, pair_cosine, same_embedding, self_bleu
from adsw.text_quality.sample import Group, QualitySample
from adsw.text_quality.values import Shares, Stated, Usage, Values, top, usage

MEANS: Final = (
    "coverage",
    "complete",
    "hallucinated",
    "added",
    "words",
    "attempts",
    "retried",
    "list_copy",
    "shared",
    "near_copy",
    "fits",
    "human_own",
    "human_others",
    "human_margin",
    "human_closer",
    "chrf_own",
    "chrf_others",
    "chrf_margin",
)
"""Columns of `adsw.text_quality.values.COLUMNS` whose mean over a group is reported."""

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the length that are reported."""


@dataclass(frozen=True, slots=True)
class GroupReport:
    """The figures of one group, or of one level of it."""

    group: Group
    texts: int
    """Number of texts."""
    distinct: int
    """Number of different strings."""
    tracks: int
    """Number of tracks that have one."""
    figures: dict[str, Estimate | None]
    """The means of `MEANS`, and distinct_1, distinct_2, self_bleu, pair_cosine, effective_rank; None if there is
    nothing to measure."""
    same_embedding: float | None
    """Share of the distinct texts whose embedding is that of another; None without texts."""
    length: tuple[float, ...]
    """Number of words at `QUANTILES`."""
    lengths: tuple[int, ...]
    """Number of texts with 0, 1, 2, ... words."""
    usage: Usage | None
    """Words and terms; None for a level."""
    added_terms: Shares
    """Terms that captions state beyond their tags, with the share of the texts that do; empty for a level."""

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        document: dict[str, Any] = {
            "group": self.group.name,
            "source": self.group.source,
            "captioner": self.group.captioner,
            "stands_in": self.group.stands_in,
            "texts": self.texts,
            "distinct_texts": self.distinct,
            "tracks": self.tracks,
            **{name: None if figure is None else figure.document() for name, figure in self.figures.items()},
            "same_embedding": self.same_embedding,
            "words_quantiles": {str(share): words for share, words in zip(QUANTILES, self.length, strict=True)},
        }
        if self.group.level is not None:
            return {"kept": self.group.level, **document}
        usage_document = {} if self.usage is None else {"usage": self.usage.document()}
        return {**document, "lengths": list(self.lengths), **usage_document, "added_terms": dict(self.added_terms)}


class Measurer:
    """Computes the reports of groups of one sample."""

    def __init__(
        self,
        sample: QualitySample,
        words: Sequence[Sequence[str]],
        said: Stated,
        values: Values,
        vocabulary: Vocabulary,
        seed: int = 0,
    ) -> None:
        """Keep what the reports are computed from.

        Args:
            sample: M texts.
            words: the words of every text.
            said: what the texts state.
            values: the figures of every text.
            vocabulary: finds their terms.
            seed: of samples and resamples.
        """
        self._sample = sample
        self._words = words
        self._said = said
        self._values = values
        self._vocabulary = vocabulary
        self._seed = seed

    def measure(self, group: Group) -> GroupReport:
        """Compute the report of a group, without usage and added terms for a level of one."""
        members = group.members
        texts = [self._sample.texts[place] for place in members]
        words = [self._words[place] for place in members]
        counts = self._values.columns["words"][members]
        whole = group.level is None
        return GroupReport(
            group=group,
            texts=len(texts),
            distinct=len(set(texts)),
            tracks=len(np.unique(self._sample.track[members])),
            figures=self._figures(group, texts, words),
            same_embedding=same_embedding(texts, self._sample.vectors[members]),
            length=tuple(np.quantile(counts, QUANTILES).tolist()),
            lengths=tuple(np.bincount(counts.astype(np.int64)).tolist()),
            usage=usage(texts, words, self._vocabulary) if whole else None,
            added_terms=self._added(group) if whole else (),
        )

    def _figures(
        self, group: Group, texts: Sequence[str], words: Sequence[Sequence[str]]
    ) -> dict[str, Estimate | None]:
        """Compute the figures of a group with intervals; `texts` and `words` are those of its members."""
        members = group.members
        tracks, vectors = self._sample.track[members], self._sample.vectors[members]
        averages = means(self._values.matrix(MEANS, members), tracks, self._seed)
        # Diversity falls with the number of texts per track, so it is measured on one text of each.
        drawn = one_per_track(tracks, self._seed)
        drawn_words = [words[place] for place in drawn]
        return {
            **dict(zip(MEANS, averages, strict=True)),
            "distinct_1": distinct(drawn_words, 1, self._seed),
            "distinct_2": distinct(drawn_words, 2, self._seed),
            "self_bleu": self_bleu(drawn_words, self._seed),
            "pair_cosine": pair_cosine(vectors, tracks, self._seed),
            "effective_rank": effective_rank([texts[place] for place in drawn], vectors[drawn]),
        }

    def _added(self, group: Group) -> Shares:
        """Return the most frequent terms that the texts of a group add."""
        counts = Counter(term for place in group.members for term in self._said.added[place])
        return top(counts, len(group.members))


SHOWN = 5
"""Examples of each kind per group."""


@dataclass(frozen=True, slots=True)
class Example:
    """One caption with its tags."""

    group: str
    kind: str
    """``random``, ``states least``, ``adds most``, ``on most tracks``, ``least like its human captions``."""
    track_id: str
    text: str
    tags: tuple[str, ...]
    """The tags that it should state."""
    added: tuple[str, ...]
    """The terms that it states beyond them."""
    figure: float | None
    """The figure that makes it stand out; None for a random one."""

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {
            "group": self.group,
            "kind": self.kind,
            "track_id": self.track_id,
            "text": self.text,
            "tags": list(self.tags),
            "added": list(self.added),
            "figure": self.figure,
        }


_KINDS = (
    ("states least", "coverage", False, 1.0),
    ("adds most", "added", True, 0.0),
    ("on most tracks", "other_tracks", True, 0.0),
    ("least like its human captions", "human_margin", False, np.inf),
)
"""Kind, column, whether the largest values stand out (else the smallest), and the value that does not."""


def examples_of(
    sample: QualitySample, groups: Sequence[Group], values: Values, said: Stated, seed: int = 0
) -> list[Example]:
    """Choose up to `SHOWN` captions of every kind from every group of captions, each string once per kind.

    If captions are grouped by captioner, the group of all captions has no examples.
    """
    examples: list[Example] = []
    told_apart = any(group.captioner for group in groups)
    for group in groups:
        if group.source != "caption" or (told_apart and group.captioner is None):
            continue
        members = generator(seed, "quality examples").permutation(group.members)
        for place in _different(sample, members):
            examples.append(_example(sample, said, group, "random", place, None))
        # Members in random order: of equal figures a random one is shown.
        for kind, column, largest, usual in _KINDS:
            figures = values.columns[column]
            for place in _different(sample, _outstanding(members, figures, largest, usual)):
                examples.append(_example(sample, said, group, kind, place, float(figures[place])))
    return examples


def _outstanding(members: Ints, figures: Floats, largest: bool, usual: float) -> Ints:
    """Return the members with a figure other than the usual one, the most extreme first."""
    known = members[np.isfinite(figures[members]) & (figures[members] != usual)]
    order = np.argsort(-figures[known] if largest else figures[known], kind="stable")
    chosen: Ints = known[order]
    return chosen


def _different(sample: QualitySample, places: Ints) -> list[int]:
    """Return the first `SHOWN` rows with different strings."""
    chosen: dict[str, int] = {}
    for place in places.tolist():
        chosen.setdefault(sample.texts[place], place)
        if len(chosen) == SHOWN:
            break
    return list(chosen.values())


def _example(sample: QualitySample, said: Stated, group: Group, kind: str, place: int, figure: float | None) -> Example:
    """Build the example of the text at a row of the sample."""
    return Example(
        group=group.name,
        kind=kind,
        track_id=sample.track_ids[int(sample.track[place])],
        text=sample.texts[place],
        tags=sample.words_for[place],
        added=said.added[place],
        figure=figure,
    )
