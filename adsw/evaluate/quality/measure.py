"""Measure the quality of a store's texts: from the store to the report."""

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
"""Tracks of each split that are measured, by default: enough for narrow intervals."""
Tell = Callable[[str, int, int], None]
"""Called with a stage (`read`, `state`, `measure`), how much of it is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a store's texts."""

    store: Store
    splits: tuple[str, ...]
    tracks: int
    """Tracks measured."""
    of: int
    """Tracks that the splits have."""
    seed: int
    groups: tuple[GroupReport, ...]
    levels: tuple[GroupReport, ...]
    """The groups of tag lists and captions by kept count."""
    examples: tuple[Example, ...]
    remarks: tuple[str, ...]
    """What must be known to read the figures of this store."""
    conventions: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
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
        """The levels of a group."""
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
        splits: which of its splits, together; all by default.
        most: tracks of each split at most (0: all); memory and time grow with it.
        vocabulary: what the store's terms were read with before the corpus's tags joined it; the built-in one by
            default. Coverage and added terms are the store's own, whatever it is.
        seed: of samples and resamples.
        out: where the figures of every text go (`adsw.evaluate.quality.stored`); nowhere by default.
        tell: is told of progress.

    Raises:
        InputError: no such split, a damaged shard, or not one text.
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
    """The texts of a store and the figures of each."""

    sample: QualitySample
    words: list[list[str]]
    groups: list[Group]
    said: Stated
    values: Values


def _read(store: Store, splits: Sequence[str], most: int, terms: Vocabulary, seed: int, say: Tell) -> _Read:
    sample = sample_of(store, splits, most, partial(say, "read"))
    words = [words_of(text) for text in sample.texts]
    groups = groups_of(sample, store.info.captioner)
    said = stated(sample, words, terms, partial(say, "state"))
    return _Read(sample, words, groups, said, values_of(sample, words, groups, said, likeness(sample, seed)))


def _measured(measurer: Measurer, groups: Sequence[Group], say: Tell) -> list[GroupReport]:
    found = []
    for group in groups:
        found.append(measurer.measure(group))
        say("measure", len(found), len(groups))
    return found


def _silent(stage: str, done: int, total: int) -> None:
    """Tells nobody."""


def store_vocabulary(store: Store, base: Vocabulary | None = None) -> Vocabulary:
    """A vocabulary (the built-in one by default) with the tags of all tracks of a store."""
    tags: dict[str, set[str]] = {}
    for split in store.splits:
        for table in store.tables(split, ["tags"]):
            for row in table["tags"].to_pylist():
                for category, given in json.loads(row).items():
                    tags.setdefault(category, set()).update(given)
    return (base or builtin()).extended({name: sorted(tags[name]) for name in sorted(tags)})
