"""Ray Data: the store's shards as streams of rows, in the store's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from adsw.align.block import Block
from adsw.align.windows import windows
from adsw.encode.schema import Dimensions
from adsw.encode.store import Store

if TYPE_CHECKING:
    from ray.data import DataIterator, Dataset
    from ray.train import DataConfig

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
        ray_remote_args={"num_cpus": READ_CPUS},
        override_num_blocks=len(paths),
        shuffle=None,
    )


def whole_for_every_worker() -> DataConfig:
    """Every worker of a cell sees the whole stream in order and takes its share of each batch itself."""
    from ray.data import ExecutionOptions
    from ray.train import DataConfig

    options = ExecutionOptions(preserve_order=True)
    return DataConfig(datasets_to_split=[], execution_options=options)


def tables(iterator: DataIterator, rows: int = 512) -> Iterator[pa.Table]:
    """The stream as Arrow tables."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    yield from batches


class StreamedWindows:
    """The windows of a split, epoch after epoch: streamed, or kept where they fit the budget.

    The first epoch is always streamed. A bank within the budget stays resident from then on; a larger one is streamed
    again each epoch. Both give the same windows, so the same draws.
    """

    def __init__(
        self, stream: Callable[[], Iterable[pa.Table]], tracks: int, dimensions: Dimensions, limit: int, budget: int
    ) -> None:
        self._stream = stream
        self._tracks = tracks
        self._dimensions = dimensions
        self._limit = limit
        self._budget = budget
        self._kept: list[Block] | None = None
        self.streamed_epochs = 0

    def __call__(self) -> Iterator[Block]:
        """One epoch's windows."""
        if self._kept is not None:
            yield from self._kept
            return
        self.streamed_epochs += 1
        kept: list[Block] | None = []
        used = 0
        for window in windows(self._stream(), self._tracks, self._dimensions, self._limit):
            used += window.nbytes
            if kept is not None:
                kept = [*kept, window] if used <= self._budget else None
            yield window
        self._kept = kept
