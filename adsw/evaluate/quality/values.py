"""Figures of single texts, as columns over the texts of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from adsw.arrays import Floats
from adsw.evaluate.quality.groups import Group
from adsw.evaluate.quality.likeness import Likeness
from adsw.evaluate.quality.repetition import near_copies, other_tracks
from adsw.evaluate.quality.sample import QualitySample
from adsw.evaluate.quality.spread import typicality
from adsw.evaluate.quality.stated import LIST_SHARE, Stated

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
