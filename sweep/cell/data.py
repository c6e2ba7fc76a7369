"""Data of one store for a cell: the training windows and the evaluation sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from adsw.retrieval.queries import QuerySet
from adsw.store.schema import Dimensions
from adsw.store.store import StoreInfo
from adsw.train.batches import WINDOW, DataConfig, steps_per_epoch, windows
from adsw.train.block import Block
from adsw.train.mixing import Census

VALID = "valid"
"""Name of the validation queries, which every store has."""
RESIDENT_BYTES = 2 << 30
"""A bank up to this size stays in a cell's memory."""


class Windows(Protocol):
    """The windows of the training split, epoch after epoch."""

    def __call__(self) -> Iterable[Block]:
        """Return the windows of one epoch."""
        ...

    def steps(self, data: DataConfig) -> int:
        """Return the number of steps of an epoch over them."""
        ...

    def census(self) -> Census:
        """Return the data sets of all their tracks."""
        ...


@dataclass(frozen=True, slots=True)
class CellData:
    """Windows and evaluation sets of one store of a run."""

    info: StoreInfo
    windows: Windows
    queries: QuerySet
    """Queries of the validation split."""
    sets: Mapping[str, QuerySet] = field(default_factory=dict)
    """Further evaluation sets by name."""

    def judged_on(self) -> dict[str, QuerySet]:
        """Return every set that an epoch is evaluated on by name, validation first."""
        return {VALID: self.queries, **self.sets}


class BankWindows:
    """The windows of a split, epoch after epoch: streamed, or kept where they fit the budget.

    The first epoch is always streamed. A bank within the budget stays resident from then on; a larger one is streamed
    again each epoch. Both give the same windows, so the same draws.

    Args:
        stream: begins a new pass over the split's rows.
        tracks: rows of a pass.
        dimensions: shapes of the embeddings.
        census: reads `adsw.train.mixing.CENSUS_COLUMNS` of the split's rows, once and only if a trial mixes data sets.
        limit: most tracks in a window.
        budget: most bytes to keep.
    """

    def __init__(
        self,
        stream: Callable[[], Iterable[pa.Table]],
        tracks: int,
        dimensions: Dimensions,
        census: Callable[[], pa.Table],
        limit: int = WINDOW,
        budget: int = RESIDENT_BYTES,
    ) -> None:
        self._stream = stream
        self._tracks = tracks
        self._dimensions = dimensions
        self._read_census = census
        self._census: Census | None = None
        self._limit = limit
        self._budget = budget
        self._kept: list[Block] | None = None
        self.passes = 0
        """Times the split was streamed."""

    def __call__(self) -> Iterable[Block]:
        """Return the windows of one epoch: the list that is kept, or else a stream."""
        return self._kept if self._kept is not None else self._pass()

    def steps(self, data: DataConfig) -> int:
        """Return the number of steps of an epoch over these windows."""
        return steps_per_epoch(self._tracks, data, self._limit)

    def census(self) -> Census:
        """Return the data sets of the split's tracks, window by window."""
        if self._census is None:
            self._census = Census.of_table(self._read_census(), self._limit)
        return self._census

    def _pass(self) -> Iterator[Block]:
        """Stream the split's windows, and keep them for later epochs if they all fit the budget."""
        self.passes += 1
        kept: list[Block] | None = []
        used = 0
        for window in windows(self._stream(), self._tracks, self._dimensions, self._limit):
            used += window.nbytes
            if used > self._budget:
                # Too large to keep: what was kept so far is freed at once.
                kept = None
            if kept is not None:
                kept.append(window)
            yield window
        # Only here, after the last window: a pass that was broken off holds too few.
        self._kept = kept
