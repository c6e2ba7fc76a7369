"""Reading and writing of rows as Parquet, CSV or JSONL, the formats of a manifest.

Rows are plain dicts; their meaning is read in `adsw.corpus.manifest`.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from adsw.corpus.delimited import csv_records, length_fault, name_faults
from adsw.corpus.plain_forms import separator_of
from adsw.errors import Fault, Faults, InputError, unknown
from adsw.files import publish_text, publishing
from adsw.json_text import DEEPEST, JsonError, json_lines, parse_json
from adsw.parquet_file import read_parquet, read_schema
from adsw.text_file import NoTextError, read_text

SUFFIXES = (".parquet", ".csv", ".jsonl")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file of rows holds."""

    names: tuple[str, ...]
    """The columns of the file; of JSONL, the keys of all rows."""
    rows: tuple[tuple[int, Row], ...]
    """Every row with its number, counted from 1 (a CSV's header not counted)."""
    separator: str = ","
    """What separates the cells of a CSV."""


def read_rows(path: Path, faults: Faults, columns: Sequence[str]) -> Rows:
    """Return the rows of a file.

    Args:
        path: the manifest.
        faults: rows that cannot be read are noted here and left out; so are columns that stand twice.
        columns: those wanted; whether others are read depends on the format.

    Raises:
        InputError: the file itself cannot be read, or is of no known kind.
    """
    check_suffix(path)
    if not path.is_file():
        faults.add(str(path), "does not exist or is no file", None, "Give the path of a manifest.")
        faults.raise_if_any()
    try:
        if path.suffix == ".parquet":
            return _parquet(path, faults, columns)
        text = read_text(path)
    except (OSError, NoTextError) as error:
        told = f"it {error}" if isinstance(error, NoTextError) else str(error)
        kind = "a whole Parquet file" if path.suffix == ".parquet" else f"{path.suffix[1:].upper()} in UTF-8"
        faults.add(str(path), f"cannot be read: {told}", None, f"It must be {kind}.")
        raise InputError(faults.title, faults.found) from error
    return _csv(text, path, faults) if path.suffix == ".csv" else _jsonl(text, path, faults)


def write_rows(rows: Sequence[Row], path: Path) -> None:
    """Write the rows of a manifest, atomically, in the format of the suffix.

    Raises:
        InputError: the suffix is of no known kind.
    """
    check_suffix(path)
    if path.suffix == ".jsonl":
        publish_text(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))
    elif path.suffix == ".csv":
        _write_csv(rows, path)
    else:
        _write_parquet(rows, path)


def check_suffix(path: Path) -> None:
    """Check that a path ends in a suffix that a manifest can have.

    Raises:
        InputError: with the nearest suffix.
    """
    if path.suffix not in SUFFIXES:
        raise InputError("The manifest cannot be read", [unknown(str(path), path.suffix, SUFFIXES, "suffix")])


def _parquet(path: Path, faults: Faults, columns: Sequence[str]) -> Rows:
    """Return the rows of a Parquet file, of the wanted columns."""
    try:
        schema = read_schema(path)
        found = [*name_faults(schema.names, path.name), *_type_faults(schema, columns, path.name)]
        if found:
            raise InputError(faults.title, [*faults.found, *found])
        wanted = [name for name in columns if name in schema.names]
        table = read_parquet(path, wanted)
    except pa.ArrowException as error:
        faults.add(str(path), f"cannot be read: {error}", None, "It must be a whole Parquet file.")
        raise InputError(faults.title, faults.found) from error
    rows: list[Row] = [{} for _ in range(table.num_rows)]
    for name in wanted:
        for number, value in enumerate(_values(table[name], name, faults)):
            rows[number][name] = value
    return Rows(tuple(schema.names), tuple(enumerate(rows, start=1)))


def _values(column: Any, name: str, faults: Faults) -> list[Any]:
    """Return a column's values as Python's; note those that Python has no value for."""
    with contextlib.suppress(ValueError, OverflowError):
        return list(column.to_pylist())
    values: list[Any] = []
    for number, cell in enumerate(column, start=1):
        try:
            values.append(cell.as_py())
        except (ValueError, OverflowError) as error:  # a time beyond the year 9999, bytes that are no UTF-8
            faults.add(f"row {number} {name}", f"cannot be read as {column.type}: {error}")
            values.append(None)
    return values


def _type_faults(schema: pa.Schema, columns: Sequence[str], file: str) -> Iterator[Fault]:
    """Yield a fault for every wanted column that is nested too deep, or has a field twice in it."""
    for field in schema:
        types = [field.type] if field.name in columns else []
        for _ in range(DEEPEST):
            for each in types:
                names = [each.field(place).name for place in range(each.num_fields)] if pa.types.is_struct(each) else []
                twice = sorted({name for name in names if names.count(name) > 1})
                yield from (Fault(f"{file}: {field.name}.{name}", "stands twice", None, "Keep one.") for name in twice)
            types = [each.field(place).type for each in types for place in range(each.num_fields)]
        if types:
            yield Fault(f"{file}: column {field.name!r}", f"is nested deeper than {DEEPEST} levels")


def _csv(text: str, path: Path, faults: Faults) -> Rows:
    """Return the rows of a CSV file; empty cells are None."""
    separator = separator_of(text.lstrip().partition("\n")[0])
    records = csv_records(text, path.name, faults, separator)
    _, names = next(records, (0, []))
    faults.extend(name_faults(names, path.name))
    rows = []
    for number, (line, cells) in enumerate(records, start=1):
        if fault := length_fault(f"row {number} (line {line})", cells, len(names)):
            faults.extend([fault])
        else:
            rows.append((number, {name: cell or None for name, cell in zip(names, cells, strict=True)}))
    return Rows(tuple(names), tuple(rows), separator)


def _jsonl(text: str, path: Path, faults: Faults) -> Rows:
    """Return the objects of a JSONL file with their line numbers."""
    rows = []
    for number, line in json_lines(text):
        try:
            row = parse_json(line, any_strings=True)
        except JsonError as error:
            faults.add(f"row {number}", str(error), line.strip())
            continue
        if isinstance(row, dict):
            rows.append((number, row))
        else:
            faults.add(f"row {number}", "must be a JSON object", row)
    names = tuple(dict.fromkeys(name for _, row in rows for name in row))
    faults.extend(name_faults(names, path.name))
    return Rows(names, tuple(rows))


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    """Write rows as CSV, lists and mappings as JSON."""
    with publishing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {
                    name: json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else cell
                    for name, cell in row.items()
                }
            )


def _write_parquet(rows: Sequence[Row], path: Path) -> None:
    """Write rows as Parquet, tags as a map."""

    kinds = {
        "start_s": pa.float64(),
        "duration_s": pa.float64(),
        # A map and not a struct: a struct has every category in every row.
        "tags": pa.map_(pa.string(), pa.list_(pa.string())),
        "captions": pa.list_(pa.string()),
    }
    names = list(rows[0]) if rows else []
    columns = {
        name: pa.array(
            [list(row[name].items()) if name == "tags" else row[name] for row in rows], kinds.get(name, pa.string())
        )
        for name in names
    }
    with publishing(path) as temporary:
        pq.write_table(pa.table(columns), temporary)


_QUOTED = ("file://", "http://", "https://")
"""Addresses in which special characters of a name are percent-encoded; object stores take names unchanged."""


def is_address(place: str | Path) -> bool:
    """Return whether a place is a URI rather than a path.

    >>> is_address("s3://bucket/a.wav"), is_address("music/a.wav")
    (True, False)
    """
    return isinstance(place, str) and "://" in place


def joined(root: str | Path, audio: str) -> str:
    """Join a root and the name of a track's audio; an address or an absolute path is returned unchanged.

    Args:
        root: a folder, or an address.
        audio: as a manifest names it.

    >>> joined("s3://bucket/music/", "a/b c.wav")
    's3://bucket/music/a/b c.wav'
    >>> joined("https://host/music", "b c#1.wav")
    'https://host/music/b%20c%231.wav'
    """
    if is_address(audio) or not isinstance(root, str) or not is_address(root):
        return audio if is_address(audio) else os.path.normpath(Path(root) / audio)
    if os.path.isabs(audio):  # noqa: PTH117 - no path is made of it
        return os.path.normpath(audio)
    name = posixpath.normpath(audio)
    return f"{root.rstrip('/')}/{quote(name) if root.lower().startswith(_QUOTED) else name}"
