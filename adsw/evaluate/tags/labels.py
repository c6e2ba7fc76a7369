"""The tags of a set's tracks as matrices of booleans."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Tag = tuple[str, str]
"""Category and tag."""
TagLists = Mapping[str, Sequence[str]]
"""The tags of one track by category."""


@dataclass(frozen=True)
class Labels:
    """K tags of N tracks.

    Attributes:
        tags: the K tags, by category and then by name.
        truth: bool [N, K], whether the track has the tag.
        labelled: bool [N, K], whether the track has any tag of that tag's category, be it one of `tags` or not. Of a
            track without one it is not known whether the tag fits, so it counts neither for nor against.
    """

    tags: tuple[Tag, ...]
    truth: NDArray[np.bool_]
    labelled: NDArray[np.bool_]

    @classmethod
    def of(cls, tracks: Sequence[TagLists], tags: Iterable[Tag] | None = None) -> Labels:
        """Build the matrices from the tags of every track.

        Args:
            tracks: the tags of each of N tracks, by category.
            tags: the tags wanted; None for all that occur.
        """
        given = [{(category, tag) for category, names in track.items() for tag in names} for track in tracks]
        wanted = tuple(sorted(set().union(*given) if tags is None else set(tags)))
        place = {tag: column for column, tag in enumerate(wanted)}
        columns: dict[str, list[int]] = {}
        for (category, _), column in place.items():
            columns.setdefault(category, []).append(column)
        truth = np.zeros((len(tracks), len(wanted)), dtype=bool)
        labelled = np.zeros_like(truth)
        for row, track_tags in enumerate(given):
            truth[row, [place[tag] for tag in track_tags if tag in place]] = True
            for category in {category for category, _ in track_tags} & columns.keys():
                labelled[row, columns[category]] = True
        return cls(wanted, truth, labelled)

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.truth)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories of the tags, sorted."""
        return tuple(dict.fromkeys(category for category, _ in self.tags))

    @cached_property
    def positives(self) -> NDArray[np.int64]:
        """Number of tracks that have the tag, int64 [K]."""
        counts: NDArray[np.int64] = self.truth.sum(axis=0)
        return counts

    @cached_property
    def negatives(self) -> NDArray[np.int64]:
        """Number of tracks labelled in the tag's category that do not have it, int64 [K]."""
        counts: NDArray[np.int64] = (self.labelled & ~self.truth).sum(axis=0)
        return counts

    @property
    def decidable(self) -> NDArray[np.bool_]:
        """Whether a tag has positives and negatives, so that an area is defined, bool [K]."""
        return (self.positives > 0) & (self.negatives > 0)

    def where(self, chosen: NDArray[np.bool_]) -> Labels:
        """Return the labels of the tags chosen by a mask, bool [K], for all tracks."""
        tags = tuple(tag for tag, keep in zip(self.tags, chosen, strict=True) if keep)
        return Labels(tags, self.truth[:, chosen], self.labelled[:, chosen])

    def of_category(self, category: str) -> NDArray[np.bool_]:
        """Return which of the tags are of a category, bool [K]."""
        return np.array([name == category for name, _ in self.tags], dtype=bool)

    def closed(self) -> Labels:
        """Return the same labels with every track labelled in every category: a tag that is not given is false."""
        return Labels(self.tags, self.truth, np.ones_like(self.labelled))


def tags_of(table: pa.Table) -> list[dict[str, list[str]]]:
    """Return the tags of every row of a store's table, by category, without empty categories."""
    given = (json.loads(tags) for tags in table.column("tags").to_pylist())
    return [{category: names for category, names in tags.items() if names} for tags in given]


def exclusive_categories(tracks: Sequence[TagLists]) -> frozenset[str]:
    """Return the categories in which every track that has a tag has exactly one."""
    categories = {category for track in tracks for category in track}
    several = {category for track in tracks for category, names in track.items() if len(set(names)) > 1}
    return frozenset(categories - several)


def names_of(tags: Collection[Tag]) -> tuple[str, ...]:
    """Return tags as ``category: tag``, sorted."""
    return tuple(f"{category}: {tag}" for category, tag in sorted(tags))
