"""Ray Data: the store's shards as streams of rows, in the store's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from adsw.align.batches import DataConfig, steps_per_epoch
from adsw.align.block import Block
from adsw.align.windows import WINDOW, windows
from adsw.encode.schema import Dimensions
from adsw.encode.store import Store
from sweep.plan import RESIDENT_BYTES

if TYPE_CHECKING:
    from ray.data import DataIterator, Dataset
    from ray.train import DataConfig as Ingest

READ_CPUS = 0.25
"""Logical processors of one read task: little, so that reads start beside cells on a small node (a read that asks for a
whole one waits for ever there)."""

COLUMNS = ["track_id", "track_key", "dataset", "tags", "audio", "texts", "text_embeddings"]


def dataset(store: Store, split: str) -> Dataset:
    """A split of the store as a Ray Data set, rows in shard order."""
    import ray

    paths = [str(path) for path in store.shards(split)]
    return ray.data.read_parquet(
        paths,
        columns=COLUMNS,
        num_cpus=READ_CPUS,
        override_num_blocks=len(paths),
        shuffle=None,
    )


def whole_for_every_worker() -> Ingest:
    """Every worker of a cell sees the whole stream in order and takes its share of each batch itself."""
    from ray.data import ExecutionOptions
    from ray.train import DataConfig as Ingest

    options = ExecutionOptions(preserve_order=True)
    return Ingest(datasets_to_split=[], execution_options=options)


def tables(iterator: DataIterator, rows: int = 512) -> Iterator[pa.Table]:
    """The stream as Arrow tables."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    yield from batches


class BankWindows:
    """The windows of a split, epoch after epoch: streamed, or kept where they fit the budget.

    The first epoch is always streamed. A bank within the budget stays resident from then on; a larger one is streamed
    again each epoch. Both give the same windows, so the same draws.

    Args:
        stream: begins a new pass over the split's rows.
        tracks: rows of a pass.
        dimensions: shapes of the embeddings.
        limit: most tracks in a window.
        budget: most bytes to keep.
    """

    def __init__(
        self,
        stream: Callable[[], Iterable[pa.Table]],
        tracks: int,
        dimensions: Dimensions,
        limit: int = WINDOW,
        budget: int = RESIDENT_BYTES,
    ) -> None:
        self._stream = stream
        self._tracks = tracks
        self._dimensions = dimensions
        self._limit = limit
        self._budget = budget
        self._kept: list[Block] | None = None
        self.passes = 0
        """Times the split was streamed."""

    def __call__(self) -> Iterable[Block]:
        """One epoch's windows: a list where they are kept, a stream where not."""
        return self._kept if self._kept is not None else self._pass()

    def steps(self, data: DataConfig) -> int:
        """Steps of an epoch over these windows."""
        return steps_per_epoch(self._tracks, data, self._limit)

    def _pass(self) -> Iterator[Block]:
        self.passes += 1
        kept: list[Block] | None = []
        used = 0
        for window in windows(self._stream(), self._tracks, self._dimensions, self._limit):
            used += window.nbytes
            if used > self._budget:
                kept = None
            if kept is not None:
                kept.append(window)
            yield window
        self._kept = kept
