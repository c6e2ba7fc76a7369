"""Ray Data: the store's shards as streams of rows, in the store's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import ray
from ray.data import DataIterator, Dataset, ExecutionOptions
from ray.train import DataConfig

from adsw.encode.store import Store

READ_CPUS = 0.25
"""Logical processors of one read task: little, so that reads start beside cells on a small node (a read that asks for a
whole one waits for ever there)."""

COLUMNS = ["track_id", "track_key", "dataset", "tags", "audio", "texts", "text_embeddings"]


def dataset(store: Store, split: str) -> Dataset:
    """A split of the store as a Ray Data set, rows in shard order."""
    paths = [str(path) for path in store.shards(split)]
    return ray.data.read_parquet(
        paths,
        columns=COLUMNS,
        num_cpus=READ_CPUS,
        override_num_blocks=len(paths),
        shuffle=None,
    )


def whole_for_every_worker() -> DataConfig:
    """Every worker of a cell sees the whole stream in order and takes its share of each batch itself."""
    options = ExecutionOptions(preserve_order=True)
    return DataConfig(datasets_to_split=[], execution_options=options)


def tables(iterator: DataIterator, rows: int = 512) -> Iterator[pa.Table]:
    """The stream as Arrow tables."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    yield from batches
