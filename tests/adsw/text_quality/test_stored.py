from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adsw.errors import InputError
from adsw.store.store import Store
from adsw.text_quality.measure import measure_quality
from adsw.text_quality.stored import QUALITY_FILE, SCHEMA, quality_about, read_quality
from adsw.text_quality.values import COLUMNS


@pytest.fixture
def file(store: Store) -> Path:
    path = store.path / QUALITY_FILE
    measure_quality(store, out=path)
    return path


def test_the_file_holds_every_original_text_by_the_stores_names(store: Store, file: Path) -> None:
    table = read_quality(file)
    assert table.num_rows == 72
    by_name = {(row["track_id"], row["text_index"]): row for row in table.to_pylist()}
    for split in store.splits:
        for row in store.table(split, ["track_id", "texts"]).to_pylist():
            for index, text in enumerate(row["texts"]):
                found = by_name.pop((row["track_id"], index), None)
                assert (found is None) == (text["swap_of"] >= 0)
                if found is not None:
                    same = ("text", "source", "captioner", "kept", "coverage", "added", "attempts")
                    assert [found[name] for name in same] == [text[name] for name in same]
                    assert found["split"] == split
    assert by_name == {}


def test_groups_and_terms_are_in_it_and_what_was_not_measured_is_null(file: Path) -> None:
    rows = read_quality(file).to_pylist()
    wrong = next(row for row in rows if row["hallucinated"])
    assert (wrong["text"], wrong["added_terms"]) == ("Some jazz, dark and with a sitar.", ["sitar"])
    assert [row["track_id"] for row in rows if row["group"] == "stand-in by template@1"] == ["t05"]
    tags = next(row for row in rows if row["source"] == "tags")
    assert tags["coverage"] is None
    assert set(COLUMNS) < set(SCHEMA.names)


def test_it_says_what_it_was_measured_on_and_leaves_the_store_as_it_was(store: Store, file: Path) -> None:
    table = read_quality(store.path, store.info.fingerprint)
    about = {"store": "f" * 64, "captioner": "local:model@1", "splits": ["train", "test"], "seed": 0, "tracks": 12}
    assert quality_about(table) == about
    again = Store.open(store.path)
    assert again.info == store.info
    assert again.table("train").num_rows == 8
    assert file.exists()


def test_what_is_not_the_file_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_quality(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="must be of the store eeeeeeeeeeee"):
        read_quality(file, "e" * 64)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(InputError, match="written by adsw quality"):
        read_quality(tmp_path / "other.parquet")
    old = read_quality(file).replace_schema_metadata({b"adsw": b'{"kind": "adsw-quality", "version": 0}'})
    pq.write_table(old, tmp_path / "old.parquet")
    with pytest.raises(InputError, match="must have version 1"):
        read_quality(tmp_path / "old.parquet")
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read"):
        read_quality(file)
