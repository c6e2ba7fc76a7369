"""Streams of a store's rows by Ray Data, in the store's order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import ray
from ray.data import DataIterator, Dataset, ExecutionOptions
from ray.train import DataConfig

from adsw.store.schema import SCHEMA_VERSION, SINCE_4, row_schema, with_nulls
from adsw.store.store import Store, StoreInfo

READ_CPUS = 0.25
"""Ray's logical CPUs of one read task: few, so that reads start beside cells on a small node, where a read that asks
for a whole one waits for ever."""

COLUMNS = ["track_id", "track_key", "dataset", "tags", "truths", "audio", "texts", "text_embeddings"]


def dataset(store: Store, split: str) -> Dataset:
    """Return a split of the store as a Ray Data set, rows in shard order."""
    paths = [str(path) for path in store.shards(split)]
    return ray.data.read_parquet(
        paths,
        columns=[name for name in COLUMNS if store.info.schema_version == SCHEMA_VERSION or name not in SINCE_4],
        num_cpus=READ_CPUS,
        override_num_blocks=len(paths),  # one read per shard
        shuffle=None,
    )


def whole_for_every_worker() -> DataConfig:
    """Return the configuration that gives every worker of a cell the whole stream, in order."""
    # Workers take their shares of each batch themselves, so that a batch does not depend on their number.
    options = ExecutionOptions(preserve_order=True)
    return DataConfig(datasets_to_split=[], execution_options=options)


def tables(iterator: DataIterator, info: StoreInfo, rows: int = 512) -> Iterator[pa.Table]:
    """Yield the stream of a store as Arrow tables of at most `rows` rows."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    schema = row_schema(info.dimensions)
    schema = pa.schema([schema.field(name) for name in COLUMNS])
    for batch in batches:
        yield batch if info.schema_version == SCHEMA_VERSION else with_nulls(batch, schema)
