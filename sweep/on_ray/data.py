"""Streams of a store's rows by Ray Data, in the store's order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray
from ray.data import DataContext, DataIterator, Dataset, Datasource, ExecutionOptions, ReadTask
from ray.data.block import BlockMetadata
from ray.train import DataConfig

from adsw.parquet_file import open_parquet
from adsw.store.schema import SCHEMA_VERSION, columns_held, row_schema, with_nulls
from adsw.store.store import Store, StoreInfo

READ_CPUS = 0
"""Ray's logical CPUs of one read task: none, as it must run on its cell's node, which cells may fill: it would wait
for ever there."""
READS_AT_ONCE = 2
"""Read tasks of one stream at a time."""
ROWS_READ = 4096
"""Rows of one piece of a shard."""

NODE_ID = "ray.io/node-id"
"""Ray's label of a node."""

COLUMNS = ["track_id", "track_key", "dataset", "tags", "truths", "audio", "texts", "text_embeddings"]


class ShardSource(Datasource):  # type: ignore[misc]
    """The shards of a split, one read task each.

    Ray Data's own Parquet source looks into some of the files beforehand, on any node of the cluster, also on one that
    lacks the store.
    """

    def __init__(self, store: Store, split: str) -> None:
        super().__init__()
        # Absolute, as processes of a cluster have working folders of their own.
        self._paths = [str(path.resolve()) for path in store.shards(split)]
        self._shards = store.info.shards[split]
        self._columns = columns_held(COLUMNS, store.info.schema_version)

    def get_name(self) -> str:
        """Return the name that Ray Data shows."""
        return "Shards"

    def estimate_inmemory_data_size(self) -> int:
        """Return the bytes of the shards, whose embeddings hardly compress."""
        return sum(shard.bytes for shard in self._shards)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: DataContext | None = None
    ) -> list[ReadTask]:
        """Return one task for each shard."""
        del parallelism, data_context
        return [
            ReadTask(
                partial(_read_shard, path, self._columns),
                BlockMetadata(num_rows=shard.rows, size_bytes=shard.bytes, input_files=[path], exec_stats=None),
                per_task_row_limit=per_task_row_limit,
            )
            for path, shard in zip(self._paths, self._shards, strict=True)
        ]


def _read_shard(path: str, columns: list[str]) -> Iterator[pa.Table]:
    """Yield the rows of a shard in pieces, some columns of them."""
    with open_parquet(Path(path)) as file:
        for batch in file.iter_batches(batch_size=ROWS_READ, columns=columns):
            yield pa.Table.from_batches([batch])


def dataset(store: Store, split: str) -> Dataset:
    """Return a split of the store as a Ray Data set, rows in shard order."""
    return ray.data.read_datasource(
        ShardSource(store, split),
        num_cpus=READ_CPUS,
        concurrency=READS_AT_ONCE,
        override_num_blocks=len(store.shards(split)),
    )


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


def tables(iterator: DataIterator, info: StoreInfo, rows: int = 512) -> Iterator[pa.Table]:
    """Yield the stream of a store as Arrow tables of at most `rows` rows."""
    batches: Any = iterator.iter_batches(batch_size=rows, batch_format="pyarrow", prefetch_batches=1)
    schema = row_schema(info.dimensions)
    schema = pa.schema([schema.field(name) for name in COLUMNS])
    for batch in batches:
        yield batch if info.schema_version == SCHEMA_VERSION else with_nulls(batch, schema)
