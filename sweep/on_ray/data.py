"""Streams of a store's rows by Ray Data, in the store's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import ray
from ray.data import DataContext, DataIterator, Dataset, ExecutionOptions
from ray.train import DataConfig

from adsw.store.store import Store

READ_CPUS = 0
"""Ray's logical CPUs of one read task: none, as it must run on its cell's node, which cells may fill, and would wait for
ever there."""
READS_AT_ONCE = 2
"""Read tasks of one stream at a time."""

NODE_ID = "ray.io/node-id"
"""Ray's label of a node."""

COLUMNS = ["track_id", "track_key", "dataset", "tags", "audio", "texts", "text_embeddings"]


def dataset(store: Store, split: str) -> Dataset:
    """Return a split of the store as a Ray Data set, rows in shard order.

    What is looked up in the files beforehand is looked up on this node: another one may lack the store.
    """
    # Absolute, as processes of a cluster have working folders of their own.
    paths = [str(path.resolve()) for path in store.shards(split)]
    context = DataContext.get_current()
    before = context.execution_options
    here = ray.get_runtime_context().get_node_id()
    context.execution_options = ExecutionOptions(label_selector={NODE_ID: here})
    try:
        return ray.data.read_parquet(
            paths,
            columns=COLUMNS,
            num_cpus=READ_CPUS,
            concurrency=READS_AT_ONCE,
            override_num_blocks=len(paths),  # one read per shard
            shuffle=None,
        )
    finally:
        context.execution_options = before


def whole_for_every_worker() -> DataConfig:
    """Return the configuration that gives every worker of a cell the whole stream, in order."""
    # Workers take their shares of each batch themselves, so that a batch does not depend on their number.
    options = ExecutionOptions(preserve_order=True)
    return DataConfig(datasets_to_split=[], execution_options=options)


def read_here(iterator: DataIterator) -> DataIterator:
    """Let a worker's stream be read on its own node, which its cell has checked: another one may lack the store."""
    here = ray.get_runtime_context().get_node_id()
    iterator.get_context().execution_options.label_selector = {NODE_ID: here}
    return iterator


def tables(iterator: DataIterator, rows: int = 512) -> Iterator[pa.Table]:
    """Yield the stream as Arrow tables of at most `rows` rows."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    yield from batches
