"""What one category asks of a probe: which tracks, which classes, one answer or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.evaluate.tags.labels import Labels, TagLists, exclusive_categories

SINGLE, MULTI = "single-label", "multi-label"
LEAST = 5
"""Training tracks that a tag needs to be learnt."""


@dataclass(frozen=True)
class Question:
    """One category of tags over the tracks to learn from and those to be asked about.

    Attributes:
        category: its name.
        single: whether every track of both has exactly one tag of it.
        tags: the K tags that can be learnt: those of at least `LEAST` tracks to learn from.
        train_rows: int64 [n], the tracks to learn from that have a tag of the category.
        train_truth: bool [n, K].
        rows: int64 [m], the tracks asked about that do.
        truth: bool [m, K]; a row without any is of a tag that could not be learnt.
        left_out: reason -> tags.
    """

    category: str
    single: bool
    tags: tuple[str, ...]
    train_rows: NDArray[np.int64]
    train_truth: NDArray[np.bool_]
    rows: NDArray[np.int64]
    truth: NDArray[np.bool_]
    left_out: dict[str, tuple[str, ...]]

    @property
    def kind(self) -> str:
        """`SINGLE` or `MULTI`."""
        return SINGLE if self.single else MULTI


def questions(train: Sequence[TagLists], asked: Sequence[TagLists]) -> tuple[list[Question], list[str]]:
    """The questions that can be put, by category, and the categories of which none can."""
    exclusive = exclusive_categories([*train, *asked])
    found, without = [], []
    for category in sorted({category for track in asked for category in track}):
        question = _question(category, category in exclusive, train, asked)
        answerable = len(question.tags) > 1 if question.single else bool(question.tags)
        if answerable:
            found.append(question)
        else:
            without.append(category)
    return found, without


def _question(category: str, single: bool, train: Sequence[TagLists], asked: Sequence[TagLists]) -> Question:
    counts = Counter(tag for track in train for tag in set(track.get(category, ())))
    labelled = sum(category in track for track in train)
    there = {tag for track in asked for tag in track.get(category, ())}
    learnable = {tag for tag, count in counts.items() if count >= LEAST and (single or count <= labelled - LEAST)}
    usable = learnable if single else learnable & _told_apart(category, asked)
    tags = tuple(sorted(usable))
    left_out = {
        f"fewer than {LEAST} training tracks have it, or lack it": sorted(there - learnable),
        "no judged track has it, or all do": [] if single else sorted(learnable - usable),
    }
    train_rows, train_truth = _rows(category, tags, train)
    rows, truth = _rows(category, tags, asked)
    if single:
        taught = train_truth.any(axis=1)
        train_rows, train_truth = train_rows[taught], train_truth[taught]
    reasons = {reason: tuple(names) for reason, names in left_out.items() if names}
    return Question(category, single, tags, train_rows, train_truth, rows, truth, reasons)


def _told_apart(category: str, tracks: Sequence[TagLists]) -> set[str]:
    """The tags that some tracks of a category have and others do not."""
    labels = Labels.of([{category: track.get(category, [])} for track in tracks if category in track])
    return {tag for (_, tag), keep in zip(labels.tags, labels.decidable, strict=True) if keep}


def _rows(
    category: str, tags: tuple[str, ...], tracks: Sequence[TagLists]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    rows = np.array([row for row, track in enumerate(tracks) if category in track], dtype=np.int64)
    labels = Labels.of([tracks[row] for row in rows], [(category, tag) for tag in tags])
    return rows, labels.truth
