"""quality.parquet: the figures of every text, which a study can join with retrieval results.

One row per original text of the store (swaps are left out). `track_id` and `text_index` (its place among the track's
`texts`) name it as the store does, so it joins with the store and, by its string, with the queries of an evaluation.
The file is no part of the store: nothing else reads it, and the store's fingerprint does not change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adsw.errors import Fault, InputError
from adsw.files import publishing
from adsw.parquet_file import read_parquet
from adsw.store.schema import SOURCES
from adsw.text_quality.sample import Group, QualitySample
from adsw.text_quality.values import COLUMNS, Values

KIND = "adsw-quality"
VERSION = 1
QUALITY_FILE = "quality.parquet"
_KEY = b"adsw"

SCHEMA = pa.schema(
    [
        ("split", pa.string()),
        ("track_id", pa.string()),
        ("text_index", pa.int32()),  # place among the track's texts in the store
        ("text", pa.string()),
        ("source", pa.string()),  # tags, caption or human
        ("captioner", pa.string()),  # what wrote a view's caption; null for other texts
        ("group", pa.string()),  # name of its group; a stand-in's begins with "stand-in by"
        ("kept", pa.int16()),  # kept count of its view; 0 for a human caption
        ("added_terms", pa.list_(pa.string())),  # the terms behind `added`, as the vocabulary at hand reads them
        *((name, pa.float32()) for name in COLUMNS),
    ]
)


def write_quality(
    path: Path,
    sample: QualitySample,
    groups: list[Group],
    values: Values,
    added: tuple[tuple[str, ...], ...],
    about: Mapping[str, Any],
) -> None:
    """Write the figures of every text to a file, atomically.

    Args:
        path: the file; its folder is made.
        sample: M texts.
        groups: their groups; the last that holds a text names it.
        values: their figures.
        added: the terms that each of them adds, [M].
        about: what they were measured on, kept in the file's metadata: at least the store's fingerprint as `store`.
    """
    columns = {**_columns(sample, groups), "added_terms": added}
    measured = {name: pa.array(values.columns[name], pa.float32(), from_pandas=True) for name in COLUMNS}
    arrays = [
        measured[field.name] if field.name in measured else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    metadata = json.dumps({"kind": KIND, "version": VERSION, **about}, ensure_ascii=False).encode()
    table = pa.Table.from_arrays(arrays, schema=SCHEMA).replace_schema_metadata({_KEY: metadata})
    with publishing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def _columns(sample: QualitySample, groups: list[Group]) -> dict[str, Any]:
    """Return the columns of `SCHEMA` that describe every text, without its figures."""
    names = [""] * len(sample)
    for group in groups:
        for place in group.members.tolist():
            names[place] = group.name
    owners = sample.track.tolist()
    return {
        "split": [sample.splits[track] for track in owners],
        "track_id": [sample.track_ids[track] for track in owners],
        "text_index": sample.index,
        "text": sample.texts,
        "source": [SOURCES[code] for code in sample.source.tolist()],
        "captioner": sample.captioner,
        "group": names,
        "kept": sample.kept,
    }


def read_quality(path: Path, store: str | None = None) -> pa.Table:
    """Read a file that `adsw quality` wrote.

    Args:
        path: the file, or the store's folder that holds it.
        store: fingerprint of the store that it must be of; None for any.

    Returns:
        The table of `SCHEMA`; `quality_about` returns what it was measured on.

    Raises:
        InputError: the file is missing, of another kind, damaged, of another version, or of another store.
    """
    file = path / QUALITY_FILE if path.is_dir() else path
    try:
        table = read_parquet(file, checked=True)
    except FileNotFoundError:
        raise _refused(file, "does not exist", None, "Make it with: adsw quality STORE") from None
    except (OSError, pa.ArrowException) as error:
        raise _refused(file, f"cannot be read: {error}", None, "Make it again with: adsw quality STORE") from error
    about = _about(table)
    if about.get("kind") != KIND:
        raise _refused(file, "must be written by adsw quality", None, "Name another file.")
    if about.get("version") != VERSION or not table.schema.remove_metadata().equals(SCHEMA):
        fix = "Make it again with: adsw quality STORE"
        raise _refused(file, f"must have version {VERSION}", about.get("version"), fix)
    if store is not None and about.get("store") != store:
        rule = f"must be of the store {store[:12]}"
        raise _refused(file, rule, str(about.get("store"))[:12], "Measure this store with: adsw quality STORE")
    return table


def quality_about(table: pa.Table) -> dict[str, Any]:
    """Return what a table of `read_quality` was measured on: store (fingerprint), splits, tracks, seed, captioner."""
    return {name: value for name, value in _about(table).items() if name not in ("kind", "version")}


def _about(table: pa.Table) -> dict[str, Any]:
    """Return the metadata of a table; empty if it has none of this kind."""
    metadata: dict[str, Any] = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
    return metadata


def _refused(file: Path, rule: str, value: object, fix: str) -> InputError:
    """Return the error that refuses a file."""
    return InputError(f"{file} cannot be used", [Fault(str(file), rule, value, fix)])
