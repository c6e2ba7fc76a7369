"""The question that a category puts to a probe: its tracks, its tags, and whether a track has one or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adsw.evaluate.tags.labels import Labels, TagLists, exclusive_categories

SINGLE, MULTI = "single-label", "multi-label"
LEAST = 5
"""Training tracks that must have a tag, and (of several per track) lack it, for the tag to be learnt."""


@dataclass(frozen=True)
class Question:
    """One category of tags over the tracks to learn from and those to be asked about.

    Attributes:
        category: its name.
        single: whether every track of either set that has a tag of it has exactly one.
        tags: the K tags that can be learnt, sorted; see `LEAST`.
        train_rows: int64 [n], rows of the tracks to learn from that have a tag of the category.
        train_truth: bool [n, K], which tags they have.
        rows: int64 [m], rows of the tracks asked about that have one.
        truth: bool [m, K], which tags they have; none if a track's tag could not be learnt.
        left_out: by reason, the tags that are no part of the question.
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
    """Build the question of every category that has one.

    Args:
        train: tags by category of the tracks to learn from.
        asked: the same of the tracks asked about.

    Returns:
        The questions, sorted by category, and the categories whose tags are too few or too rare for one.
    """
    exclusive = exclusive_categories([*train, *asked])
    built, without = [], []
    for category in sorted({category for track in asked for category in track}):
        question = _question(category, category in exclusive, train, asked)
        answerable = len(question.tags) > 1 if question.single else bool(question.tags)
        if answerable:
            built.append(question)
        else:
            without.append(category)
    return built, without


def _question(category: str, single: bool, train: Sequence[TagLists], asked: Sequence[TagLists]) -> Question:
    """Build the question of a category; it may have too few tags."""
    counts = Counter(tag for track in train for tag in set(track.get(category, ())))
    labelled = sum(category in track for track in train)
    occurring = {tag for track in asked for tag in track.get(category, ())}
    learnable = {tag for tag, count in counts.items() if count >= LEAST and (single or count <= labelled - LEAST)}
    # Each of several tags is judged by an area, which needs tracks with and without it; a single answer does not.
    usable = learnable if single else learnable & _told_apart(category, asked)
    tags = tuple(sorted(usable))
    left_out = {
        f"fewer than {LEAST} training tracks have it, or lack it": sorted(occurring - learnable),
        "no judged track has it, or all do": [] if single else sorted(learnable - usable),
    }
    train_rows, train_truth = _rows(category, tags, train)
    rows, truth = _rows(category, tags, asked)
    if single:
        # A softmax needs one class per training track: those of a tag too rare to learn are left out.
        taught = train_truth.any(axis=1)
        train_rows, train_truth = train_rows[taught], train_truth[taught]
    reasons = {reason: tuple(names) for reason, names in left_out.items() if names}
    return Question(category, single, tags, train_rows, train_truth, rows, truth, reasons)


def _told_apart(category: str, tracks: Sequence[TagLists]) -> set[str]:
    """Return the tags that some tracks labelled in a category have and others do not."""
    labels = Labels.of([{category: track.get(category, [])} for track in tracks if category in track])
    return {tag for (_, tag), keep in zip(labels.tags, labels.decidable, strict=True) if keep}


def _rows(
    category: str, tags: tuple[str, ...], tracks: Sequence[TagLists]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rows [n] of the tracks labelled in a category, and which of its K tags they have, [n, K]."""
    rows = np.array([row for row, track in enumerate(tracks) if category in track], dtype=np.int64)
    labels = Labels.of([tracks[row] for row in rows], [(category, tag) for tag in tags])
    return rows, labels.truth
