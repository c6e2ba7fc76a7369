"""Streams of a store's rows, read without a running Ray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.store.schema import TEXT, row_schema
from adsw.store.store import Store
from sweep.on_ray.data import COLUMNS, ShardSource, tables
from tests.sweep.conftest import write_store


class _Stream:
    """What the read tasks of a source give, as Ray Data hands it on."""

    def __init__(self, source: ShardSource) -> None:
        self._tasks = source.get_read_tasks(parallelism=1)

    def iter_batches(self, **options: Any) -> Iterator[pa.Table]:
        assert options["batch_format"] == "pyarrow"
        for task in self._tasks:
            yield from task()


def _rows(store: Store) -> list[dict[str, Any]]:
    stream: Any = _Stream(ShardSource(store, "train"))
    schema = row_schema(store.info.dimensions)
    read = list(tables(stream, store.info))
    assert all(table.schema == pa.schema([schema.field(name) for name in COLUMNS]) for table in read)
    return [row for table in read for row in table.to_pylist()]


@pytest.mark.parametrize("version", [3, 4])
def test_what_training_reads_is_there_whatever_the_stores_version(
    version: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = write_store(tmp_path_factory.mktemp("store"), {"train": 6, "valid": 2}, _with_claims)
    expected = store.table("train", COLUMNS).to_pylist()
    assert expected[0]["truths"] == ["calm", "jig"]
    if version == 3:
        store = _as_version_3(store)
        for row in expected:
            row["truths"] = None
            for text in row["texts"]:
                text["claims"] = text["swappable"] = None
    assert _rows(store) == expected


def _with_claims(row: dict[str, Any]) -> None:
    row["truths"] = ["calm", "jig"]
    row["texts"][0]["claims"] = ["jig"]


def _as_version_3(store: Store) -> Store:
    """The store as it was written before texts had claims."""
    text = pa.struct([field for field in TEXT if field.name not in ("claims", "swappable")])
    schema = row_schema(store.info.dimensions)
    fields = [pa.field("texts", pa.list_(text)) if field.name == "texts" else field for field in schema]
    shards = {}
    for split in store.splits:
        (path,), (shard,) = store.shards(split), store.info.shards[split]
        rows = store.table(split).to_pylist()
        older = pa.schema([field for field in fields if field.name != "truths"])
        pq.write_table(pa.Table.from_pylist(rows, schema=older), path, write_page_checksum=True)
        shards[split] = (shard.model_copy(update={"bytes": path.stat().st_size}),)
    info = store.info.model_copy(update={"schema_version": 3, "shards": shards})
    (store.path / "store.json").write_text(info.model_dump_json())
    return Store.open(store.path)
