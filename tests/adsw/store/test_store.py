"""A store that is complete opens; anything else says what is wrong with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.corpus.track import Track
from adsw.draws import key_of
from adsw.errors import InputError
from adsw.store.schema import SCHEMA_VERSION, TEXT, row_schema
from adsw.store.store import Store, StoreInfo

from ..tiny_encoders import TinyText, contents


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"root": tmp_path_factory.mktemp("made")}


@pytest.fixture
def store(made: dict[str, Path], build: Callable[..., StoreInfo], tmp_path: Path) -> Path:
    """A copy of one store, to be damaged."""
    if "store" not in made:
        build(made["root"] / "store")
        made["store"] = made["root"] / "store"
    return Path(shutil.copytree(made["store"], tmp_path / "store"))


def test_rows_are_what_the_schema_says(store: Path, tones: list[Track]) -> None:
    opened = Store.open(store)
    assert opened.splits == ["train", "valid", "test"]
    table = opened.table("train")
    assert table.schema == row_schema(opened.info.dimensions)
    ids = table["track_id"].to_pylist()
    expected = {track.track_id: track for track in tones if track.split == "train"}
    assert ids == sorted(expected, key=key_of)
    assert table["track_key"].to_pylist() == [key_of(name) for name in ids]
    for row in table.slice(0, 3).to_pylist():
        track = expected[row["track_id"]]
        assert json.loads(row["tags"]) == {name: list(tags) for name, tags in track.tags.items()}
        assert (row["dataset"], row["group"], row["audio_path"]) == ("tones", track.group, track.audio)
        texts = [text["text"] for text in row["texts"]]
        given = np.frombuffer(row["text_embeddings"], "<f2").reshape(len(texts), 8)
        assert np.array_equal(given, TinyText().encode(texts)[:, 0].astype("<f2"))


def test_counts_and_sizes_are_right(store: Path) -> None:
    opened = Store.open(store)
    assert opened.info.tracks == 60
    for split, info in opened.info.splits.items():
        paths = opened.shards(split)
        assert info.shards == len(paths)
        assert info.bytes == sum(path.stat().st_size for path in paths)
        assert info.tracks == sum(pq.read_metadata(path).num_rows for path in paths)
        assert info.texts == sum(map(len, opened.table(split, ["texts"])["texts"].to_pylist()))
    assert [shard.rows for shard in opened.info.shards["train"]] == [16, 16, 4]


def test_columns_come_as_asked(store: Path) -> None:
    opened = Store.open(store)
    assert opened.table("test", ["tags", "track_id"]).column_names == ["tags", "track_id"]
    with pytest.raises(InputError, match="Did you mean 'track_id'"):
        opened.table("test", ["trackid"])
    with pytest.raises(InputError, match="Did you mean 'valid'"):
        opened.shards("validation")


def fault(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        Store.open(path)
    assert caught.value.faults[0].fix
    return str(caught.value)


def test_no_folder(tmp_path: Path) -> None:
    assert "must be a folder" in fault(tmp_path / "none")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    assert "store.json: is missing" in fault(tmp_path)


def test_half_written(store: Path) -> None:
    (store / "store.json").unlink()
    assert "is half-written" in fault(store)
    assert "--resume" in fault(store)


@pytest.mark.parametrize("text", ["{", "", "\x00\x01", '{"kind": "adsw-store",}'])
def test_damaged_json(store: Path, text: str) -> None:
    (store / "store.json").write_text(text)
    assert "cannot be read" in fault(store)


@pytest.mark.parametrize("document", [[], {}, {"kind": "cash-and-carry", "schema_version": SCHEMA_VERSION}])
def test_a_foreign_store_file(store: Path, document: Any) -> None:
    (store / "store.json").write_text(json.dumps(document))
    assert "must be written by adsw prepare" in fault(store)


def change(store: Path, **changes: Any) -> None:
    document = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps({**document, **changes}))


def test_audio_inside_the_store_moves_with_it(store: Path) -> None:
    opened = Store.open(store)
    assert opened.audio_file("corpus/a.flac") == str(store.resolve() / "corpus" / "a.flac")
    assert opened.audio_file("/music/a.flac") == "/music/a.flac"
    assert opened.audio_file("s3://bucket/a.flac") == "s3://bucket/a.flac"
    assert opened.audio_file(None) is None


def test_shards_are_read_one_by_one_as_well(store: Path) -> None:
    opened = Store.open(store)
    for split in opened.splits:
        parts = list(opened.tables(split, ["track_id"]))
        assert len(parts) == opened.info.splits[split].shards
        assert pa.concat_tables(parts) == opened.table(split, ["track_id"])


def test_another_schema_version(store: Path) -> None:
    change(store, schema_version=SCHEMA_VERSION + 1)
    assert f"must have schema version 3 or {SCHEMA_VERSION}" in fault(store)


def test_a_store_of_version_3_is_read_with_nulls_for_what_it_lacks(store: Path) -> None:
    opened = Store.open(store)
    expected = {split: opened.table(split).to_pylist() for split in opened.splits}
    document = json.loads((store / "store.json").read_text())
    for split in opened.splits:
        for place, path in enumerate(opened.shards(split)):
            rows = pq.read_table(path, partitioning=None).to_pylist()
            older = pa.Table.from_pylist(rows, schema=_version_3(row_schema(opened.info.dimensions)))
            pq.write_table(older, path, write_page_checksum=True)
            document["shards"][split][place]["bytes"] = path.stat().st_size
    (store / "store.json").write_text(json.dumps({**document, "schema_version": 3}))
    old = Store.open(store)
    for split, rows in expected.items():
        table = old.table(split)
        assert table.schema == row_schema(old.info.dimensions)
        for row in rows:
            assert row["truths"] is not None
            row["truths"] = None
            for text in row["texts"]:
                text["claims"] = text["swappable"] = None
        assert table.to_pylist() == rows
    assert old.table("train", ["track_id", "truths"])["truths"].null_count == len(expected["train"])


def _version_3(schema: pa.Schema) -> pa.Schema:
    """The columns and fields that version 3 had."""
    text = pa.struct([field for field in TEXT if field.name not in ("claims", "swappable")])
    fields = [pa.field("texts", pa.list_(text)) if field.name == "texts" else field for field in schema]
    return pa.schema([field for field in fields if field.name != "truths"])


def test_fields_that_do_not_belong_or_are_wrong(store: Path) -> None:
    change(store, fingerprnt="x", captioner=7)
    with pytest.raises(InputError) as caught:
        Store.open(store)
    assert len(caught.value.faults) == 2
    assert "Did you mean 'fingerprint'" in str(caught.value)


def test_missing_and_cut_shards_are_all_told(store: Path) -> None:
    first, second, _ = Store.open(store).shards("train")
    first.unlink()
    second.write_bytes(second.read_bytes()[:-10])
    with pytest.raises(InputError) as caught:
        Store.open(store)
    assert len(caught.value.faults) == 2
    assert "is missing" in str(caught.value)
    assert "bytes" in str(caught.value)


def test_flipped_bits_are_found_when_read(store: Path) -> None:
    path = Store.open(store).shards("test")[0]
    damaged = bytearray(path.read_bytes())
    group = pq.read_metadata(path).row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    (column,) = [column for column in columns if column.path_in_schema == "audio"]
    damaged[column.data_page_offset + column.total_compressed_size - 5] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="cannot be read"):
        Store.open(store).table("test")


def test_a_shard_with_other_rows(store: Path) -> None:
    path = Store.open(store).shards("test")[0]
    pq.write_table(pq.read_table(path).slice(0, 5), path)
    document = json.loads((store / "store.json").read_text())
    document["shards"]["test"][0]["bytes"] = path.stat().st_size
    change(store, shards=document["shards"])
    with pytest.raises(InputError, match="must have 12 rows"):
        Store.open(store).table("test")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"a": list(range(12))}), "cannot be read"),
        (pa.table({name: list(range(12)) for name in ["audio", "texts"]}), "must hold audio as fixed"),
    ],
)
def test_a_shard_of_another_schema(store: Path, table: pa.Table, said: str) -> None:
    path = Store.open(store).shards("test")[0]
    pq.write_table(table, path)
    document = json.loads((store / "store.json").read_text())
    document["shards"]["test"][0]["bytes"] = path.stat().st_size
    change(store, shards=document["shards"])
    with pytest.raises(InputError, match=said):
        Store.open(store).table("test", ["audio"])


def test_quarantine_of_a_store_without_one(store: Path) -> None:
    assert Store.open(store).quarantine() == []


def test_a_store_can_be_moved(store: Path) -> None:
    before = contents(store)
    moved = store.rename(store.parent / "elsewhere")
    assert contents(moved) == before
    assert Store.open(moved).table("valid").num_rows == 12


def test_quarantine_lines_end_at_line_feeds(store: Path) -> None:
    tracks = [
        {"track_id": f"a{mark}b", "kind": "damaged", "detail": mark} for mark in ("\u2028", "\x85", "\x0c", "\x1c")
    ]
    text = "".join(json.dumps(track, ensure_ascii=False) + "\n" for track in tracks)
    (store / "quarantine.jsonl").write_text(text, encoding="utf-8")
    assert Store.open(store).quarantine() == tracks


def test_quarantine_lines_that_cannot_be_read_are_told(store: Path) -> None:
    lines = ['{"kind": "a"}', '{"kind": "a", "kind": "b"}', "[1]", '{"kind": "a"', '{"kind": "\\ud800"}']
    (store / "quarantine.jsonl").write_text("\n".join(lines))
    with pytest.raises(InputError) as caught:
        Store.open(store).quarantine()
    told = [fault.where.rpartition(" ")[2] + " " + fault.rule for fault in caught.value.faults]
    assert told[:2] == ["2 has the key 'kind' twice", "3 must be an object with a kind"]
    assert told[2].startswith("4 is no JSON")
    assert told[3].startswith("5 has half a surrogate pair")


@pytest.mark.parametrize(
    "text", ['{"kind": "a", "kind": "b"}', "[" * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": NaN}']
)
def test_a_store_file_that_would_fail_later_is_told(store: Path, text: str) -> None:
    (store / "store.json").write_text(text)
    assert "store.json: cannot be read" in fault(store)
