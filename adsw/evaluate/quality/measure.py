"""Measurement of the quality of a store's texts, from the store to the reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from adsw.augment.vocabulary import Vocabulary, builtin
from adsw.encode.store import Store
from adsw.evaluate.quality.conventions import conventions
from adsw.evaluate.quality.examples import Example, examples_of
from adsw.evaluate.quality.groups import Group, by_kept, groups_of
from adsw.evaluate.quality.likeness import likeness
from adsw.evaluate.quality.remarks import remarks
from adsw.evaluate.quality.report import GroupReport, Measurer
from adsw.evaluate.quality.sample import QualitySample, sample_of
from adsw.evaluate.quality.stated import Stated, stated
from adsw.evaluate.quality.stored import write_quality
from adsw.evaluate.quality.values import Values, values_of
from adsw.evaluate.words import words_of

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
        out: file for the figures of every text (`adsw.evaluate.quality.stored`); None to write none.
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
    tags: dict[str, set[str]] = {}
    for split in store.splits:
        for table in store.tables(split, ["tags"]):
            for row in table["tags"].to_pylist():
                for category, given in json.loads(row).items():
                    tags.setdefault(category, set()).update(given)
    return (base or builtin()).extended({name: sorted(tags[name]) for name in sorted(tags)})
