"""The distinct views of a corpus, so that each is captioned once, and which of them must still be asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adsw.augment.captions.cache import Answers
from adsw.augment.captions.captioner import Settler
from adsw.augment.captions.view_key import KEY_LENGTH

VIEWS = pa.schema([("key", pa.string()), ("view", pa.string())])

Mask = NDArray[np.bool_]


def views_file(folder: Path, shard: str) -> Path:
    """Return the file of the distinct views of a shard, sorted by key."""
    return folder / f"{shard}.parquet"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Views to ask for, by their rows in the shards' files."""

    rows: tuple[tuple[str, tuple[int, ...]], ...]
    """Shards, each with rows in its file."""
    known: pa.Table
    """Answers that some of them have already."""

    def views(self, folder: Path) -> list[dict[str, str]]:
        """Read key and view of each."""
        views: list[dict[str, str]] = []
        for shard, rows in self.rows:
            views += pq.read_table(views_file(folder, shard)).take(list(rows)).to_pylist()
        return views


class ViewIndex:
    """The distinct views of all shards: which shard has which, and where each one is first.

    Memory: a key per distinct view and a place per view of every shard; the views themselves stay on disk.
    """

    def __init__(self, folder: Path, shards: Sequence[str]) -> None:
        """Read the keys of all shards.

        Args:
            folder: of the shards' views.
            shards: their names, in order.
        """
        self.folder = folder
        self.shards = list(shards)
        keys = [pq.read_table(views_file(folder, shard), columns=["key"])["key"].to_pylist() for shard in shards]
        self._starts = np.cumsum([0, *map(len, keys)])
        flat = np.asarray([key for of_shard in keys for key in of_shard], dtype=f"U{KEY_LENGTH}")
        self.keys, self._first, self._places = np.unique(flat, return_index=True, return_inverse=True)

    def __len__(self) -> int:
        """Return the number of distinct views."""
        return len(self.keys)

    def keys_of(self, shard: int) -> list[str]:
        """Return the keys of a shard's views, by the shard's number."""
        keys: list[str] = self.keys[self._places_of(shard)].tolist()
        return keys

    def first(self, shard: int) -> Mask:
        """Return which views of a shard occur in none before it, bool [views]."""
        rows = np.arange(self._starts[shard], self._starts[shard + 1])
        is_first: Mask = self._first[self._places_of(shard)] == rows
        return is_first

    def unsettled(self, answers: Answers, settler: Settler) -> Mask:
        """Return which of the distinct views must still be asked for, bool [distinct views]."""
        missing = ~answers.has(self.keys.tolist())
        for number, shard in enumerate(self.shards):
            places = self._places_of(number)
            # Views with an answer: whether it settles the view shows only when it is read.
            rows = np.flatnonzero(self.first(number) & ~missing[places]).tolist()
            if not rows:
                continue
            views = pq.read_table(views_file(self.folder, shard), columns=["view"])["view"].take(rows).to_pylist()
            for row, view in zip(rows, views, strict=True):
                missing[places[row]] = settler.caption(view, answers.of(str(self.keys[places[row]]))) is None
        return missing

    def chunks(self, missing: Mask, size: int, known: Answers) -> Iterator[Chunk]:
        """Yield the views that must be asked for, in the order of the shards.

        Args:
            missing: bool [distinct views].
            size: views in a piece at most.
            known: answers that there are already.
        """
        wanted = (
            (shard, row, self._places_of(number)[row])
            for number, shard in enumerate(self.shards)
            for row in np.flatnonzero(missing[self._places_of(number)] & self.first(number)).tolist()
        )
        while piece := list(islice(wanted, size)):
            by_shard = groupby(piece, key=lambda view: view[0])
            rows = tuple((shard, tuple(row for _, row, _ in views)) for shard, views in by_shard)
            yield Chunk(rows, known.only([str(self.keys[place]) for _, _, place in piece]))

    def _places_of(self, shard: int) -> NDArray[np.int64]:
        """Return the places of a shard's views among the distinct ones, in the order of its file, int64 [views]."""
        places: NDArray[np.int64] = self._places[self._starts[shard] : self._starts[shard + 1]]
        return places
