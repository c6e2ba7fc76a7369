"""Reports with every figure of a group of texts and its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from adsw.augment.vocabulary import Vocabulary
from adsw.evaluate.quality.diversity import distinct, self_bleu
from adsw.evaluate.quality.groups import Group
from adsw.evaluate.quality.per_track import one_per_track
from adsw.evaluate.quality.sample import QualitySample
from adsw.evaluate.quality.spread import effective_rank, pair_cosine, same_embedding
from adsw.evaluate.quality.stated import Stated
from adsw.evaluate.quality.usage import Shares, Usage, top, usage
from adsw.evaluate.quality.values import Values
from adsw.stats.estimates import Estimate, means

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
"""Columns of `adsw.evaluate.quality.values.COLUMNS` whose mean over a group is reported."""

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
