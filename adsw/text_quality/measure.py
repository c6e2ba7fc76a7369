"""Measurement of the quality of a store's texts, from the store to the reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from adsw.augment.bank import vocabulary_of
from adsw.augment.vocabulary import Vocabulary
from adsw.augment.words import words_of
from adsw.stats.estimates import RESAMPLES
from adsw.store.plan import vocabulary_identity
from adsw.store.store import Store
from adsw.text_quality.diversity import BLOCK, MOST_BLOCKS, RANK_TEXTS, SELF_BLEU_TEXTS
from adsw.text_quality.likeness import CHRF_TEXTS, CLOSER_HUMANS, CLOSER_TEXTS, likeness
from adsw.text_quality.report import Example, GroupReport, Measurer, examples_of
from adsw.text_quality.sample import Group, QualitySample, by_kept, groups_of, sample_of
from adsw.text_quality.stored import write_quality
from adsw.text_quality.values import LIST_SHARE, Stated, Values, stated, values_of


def conventions() -> tuple[str, ...]:
    """Return the conventions, one paragraph each."""
    return (
        f"Intervals are 95 % percentile bootstraps of {RESAMPLES:,} resamples by track. Every text of the bank counts "
        "once; swaps are left out.",
        "Coverage: share of a view's tags that its caption states. Added: vocabulary terms that it states and the tags "
        "do not give. A human caption is held against the track's tags, so what it adds is not wrong, only untagged. "
        "Terms that the vocabulary does not know are not seen.",
        "distinct-1 and -2, self-BLEU and effective rank are taken on one text per track and on samples of a fixed "
        "size, so that corpora compare whatever their size and views; a star marks a smaller sample.",
        f"distinct-1 and -2: different n-grams over all, in blocks of {BLOCK} n-grams, mean of at most {MOST_BLOCKS} "
        "blocks. The interval is over blocks.",
        f"self-BLEU: BLEU-4 (sacreBLEU, sentence level) of each of {SELF_BLEU_TEXTS} texts against all others, 0 to 1, "
        "lower is more varied. From fewer texts it reads lower.",
        "Shared: also on another track, word for word. Near copy: another string of the source has the same content "
        f"words. List copy: {LIST_SHARE:.0%} of the words are the tags' own, or only list them.",
        "Fits: share of the other tracks whose tags include every tag that the text states: how generic it is.",
        "Pair cosine: mean over all pairs of texts of different tracks. Effective rank: of the centred embeddings of "
        f"{RANK_TEXTS} distinct texts; from fewer it reads lower.",
        "Human captions: mean cosine to those of the own track and of other tracks (a human caption: to the others "
        "of its track). Closer: share of others' captions further away than the own ones, chance 0.5, on at most "
        f"{CLOSER_TEXTS:,} texts against {CLOSER_HUMANS:,}. chrF: sacreBLEU's, against one caption of the own track "
        f"and one of another, on at most {CHRF_TEXTS:,} texts per source, 0 to 1.",
    )


def remarks(store: Store, sample: QualitySample, groups: Sequence[Group], vocabulary: Vocabulary) -> Iterator[str]:
    """Yield a remark for each peculiarity that applies.

    Args:
        store: the store.
        sample: the texts of it that were measured.
        groups: the sample's groups.
        vocabulary: the one that terms were read with.
    """
    total = sum(store.info.splits[split].tracks for split in set(sample.splits))
    if sample.tracks < total:
        yield (
            f"Measured on {sample.tracks:,} of {total:,} tracks: the first of each split, in the order of a hash of "
            "their names. Which texts stand on other tracks is counted among these."
        )
    if vocabulary_identity(vocabulary) != store.info.vocabulary:
        yield (
            "The vocabulary at hand is not the one that the store was made with (tracks were left out, a file of your "
            "own, or another version). Coverage and added terms are counted as the store has them; their names, and "
            "the terms by category, are read by the one at hand."
        )
    stand_ins = sum(len(group.members) for group in groups if group.stands_in)
    if stand_ins:
        captions = int(sample.of("caption").sum())
        yield (
            f"{stand_ins:,} of {captions:,} captions ({stand_ins / captions:.1%}) were worded by a stand-in, because "
            f"no answer of {store.info.captioner} was taken. They are counted apart."
        )
    if not sample.of("human").any():
        yield "There are no human captions, so nothing is compared with them."


TRACKS = 5000
"""Tracks of each split that are measured by default, enough for narrow intervals."""

Tell = Callable[[str, int, int], None]
"""Called with a stage (`read`, `state`, `measure`), the number of its steps done and the number of all."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a store's texts."""

    store: Store
    splits: tuple[str, ...]
    tracks: int
    """Number of tracks measured."""
    of: int
    """Number of tracks that the splits have."""
    seed: int
    groups: tuple[GroupReport, ...]
    levels: tuple[GroupReport, ...]
    """Reports of the groups of tag lists and captions, by kept count."""
    examples: tuple[Example, ...]
    remarks: tuple[str, ...]
    """Peculiarities of this store that matter for its figures."""
    conventions: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        info = self.store.info
        return {
            "store": str(self.store.path),
            "fingerprint": info.fingerprint,
            "captioner": info.captioner,
            "text_encoder": f"{info.text_encoder.name}@{info.text_encoder.revision}",
            "splits": list(self.splits),
            "tracks": self.tracks,
            "of_tracks": self.of,
            "seed": self.seed,
            "groups": [report.document() for report in self.groups],
            "by_kept": [report.document() for report in self.levels],
            "examples": [example.document() for example in self.examples],
            "remarks": list(self.remarks),
            "conventions": list(self.conventions),
        }

    def level_reports(self, group: Group) -> list[GroupReport]:
        """Return the reports of a group's levels of the kept count."""
        return [report for report in self.levels if report.group.name == group.name]


def measure_quality(
    store: Store,
    splits: Sequence[str] | None = None,
    most: int = TRACKS,
    vocabulary: Vocabulary | None = None,
    seed: int = 0,
    out: Path | None = None,
    tell: Tell | None = None,
) -> Quality:
    """Measure every group of texts of a store.

    Args:
        store: the store.
        splits: names of its splits, measured together; None for all.
        most: tracks of each split at most (0: all); memory and time grow with it.
        vocabulary: the one that the store was made with, without the corpus's tags; None for the built-in one. Coverage
            and the number of added terms are read from the store and do not depend on it.
        seed: of samples and resamples.
        out: file for the figures of every text (`adsw.text_quality.stored`); None to write none.
        tell: called with progress.

    Raises:
        InputError: a split is missing, a shard is damaged, or there is no text.
    """
    chosen = tuple(splits) if splits is not None else tuple(store.splits)
    say = tell or _silent
    terms = store_vocabulary(store, vocabulary)
    read = _read(store, chosen, most, terms, seed, say)
    if out is not None:
        about = {"store": store.info.fingerprint, "captioner": store.info.captioner, "splits": chosen, "seed": seed}
        about |= {"tracks": read.sample.tracks}
        write_quality(out, read.sample, read.groups, read.values, read.said.added, about)
    levels = [level for group in read.groups for level in by_kept(group, read.sample.kept)]
    measurer = Measurer(read.sample, read.words, read.said, read.values, terms, seed)
    reports = _measured(measurer, [*read.groups, *levels], say)
    return Quality(
        store=store,
        splits=chosen,
        tracks=read.sample.tracks,
        of=sum(store.info.splits[split].tracks for split in chosen),
        seed=seed,
        groups=tuple(reports[: len(read.groups)]),
        levels=tuple(reports[len(read.groups) :]),
        examples=tuple(examples_of(read.sample, read.groups, read.values, read.said, seed)),
        remarks=tuple(remarks(store, read.sample, read.groups, terms)),
        conventions=conventions(),
    )


class _Read(NamedTuple):
    """The texts of a store, their words and groups, and the figures of each."""

    sample: QualitySample
    words: list[list[str]]
    groups: list[Group]
    said: Stated
    values: Values


def _read(store: Store, splits: Sequence[str], most: int, terms: Vocabulary, seed: int, say: Tell) -> _Read:
    """Read the texts of some splits and compute the figures of each."""
    sample = sample_of(store, splits, most, partial(say, "read"))
    words = [words_of(text) for text in sample.texts]
    groups = groups_of(sample, store.info.captioner)
    said = stated(sample, words, terms, partial(say, "state"))
    return _Read(sample, words, groups, said, values_of(sample, words, groups, said, likeness(sample, seed)))


def _measured(measurer: Measurer, groups: Sequence[Group], say: Tell) -> list[GroupReport]:
    """Compute the reports of some groups."""
    reports = []
    for group in groups:
        reports.append(measurer.measure(group))
        say("measure", len(reports), len(groups))
    return reports


def _silent(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


def store_vocabulary(store: Store, base: Vocabulary | None = None) -> Vocabulary:
    """Return a vocabulary (the built-in one by default) extended by the tags of all tracks of a store."""
    tables = (table for split in store.splits for table in store.tables(split, ["tags"]))
    return vocabulary_of([json.loads(row) for table in tables for row in table["tags"].to_pylist()], base)
