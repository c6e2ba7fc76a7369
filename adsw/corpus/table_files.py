"""Reading and writing of rows as Parquet, CSV or JSONL, the formats of a manifest.

Rows are plain dicts; their meaning is read in `adsw.corpus.manifest`.
"""

from __future__ import annotations

import csv
import json
import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from adsw.errors import Faults, InputError, unknown
from adsw.files import publish_text, publishing

SUFFIXES = (".parquet", ".csv", ".jsonl")

Row = dict[str, Any]


def read_rows(path: Path, faults: Faults) -> list[tuple[int, Row]]:
    """Return every row with its number, counted from 1 (a CSV's header not counted).

    Args:
        path: the manifest.
        faults: rows that cannot be read are noted here and left out.

    Raises:
        InputError: the file itself cannot be read, or is of no known kind.
    """
    check_suffix(path)
    if not path.is_file():
        faults.add(str(path), "does not exist or is no file", None, "Give the path of a manifest.")
        faults.raise_if_any()
    try:
        if path.suffix == ".parquet":
            return list(_parquet(path))
        # Spreadsheet programs write a mark before UTF-8; without `utf-8-sig` it would be part of the first column.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(_csv(stream, faults) if path.suffix == ".csv" else _jsonl(stream, faults))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.add(str(path), f"cannot be read: {error}", None, f"It must be {path.suffix[1:].upper()} in UTF-8.")
        raise InputError(faults.title, faults.found) from error
    except Exception as error:
        # Not every error of pyarrow is an OSError or ValueError, and importing its classes would load it for CSV too.
        if not type(error).__module__.startswith("pyarrow"):
            raise
        faults.add(str(path), f"cannot be read: {error}", None, "It must be a whole Parquet file.")
        raise InputError(faults.title, faults.found) from error


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


def _parquet(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a Parquet file with their numbers."""

    yield from enumerate(pq.read_table(path).to_pylist(), start=1)


def _csv(stream: Any, faults: Faults) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV file with their numbers; empty cells are None."""
    for number, row in enumerate(csv.DictReader(stream, strict=True), start=1):
        if None in row:  # where DictReader puts the cells that have no column
            faults.add(f"row {number}", "has more cells than the header", row[None], "Quote cells that hold commas.")
            continue
        yield number, {name: cell or None for name, cell in row.items()}


def _jsonl(stream: Any, faults: Faults) -> Iterator[tuple[int, Row]]:
    """Yield the objects of a JSONL file with their line numbers."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            faults.add(f"row {number}", f"is no JSON: {error.msg} at character {error.pos + 1}", line.strip())
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            faults.add(f"row {number}", "must be a JSON object", row)


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
