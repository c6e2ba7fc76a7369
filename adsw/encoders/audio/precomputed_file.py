"""Many tracks' embeddings in one file: an .npz archive, or a column of a Parquet file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adsw.errors import Fault, InputError
from adsw.parquet_file import open_parquet, read_parquet, read_schema

IDS = "track_id"
"""The column that names the tracks."""
_ROWS = 256  # read at once
_TITLE = "The given embeddings cannot be used"
_OPTION = "--embeddings"


class Collection(Protocol):
    """A file of arrays by track."""

    @property
    def place(self) -> str:
        """Name by which `collection` opens it: its absolute path, with the column if it has columns."""
        ...

    @property
    def path(self) -> Path:
        """The file."""
        ...

    def ids(self) -> list[str]:
        """Return the tracks that it has arrays of."""
        ...

    def arrays(self) -> Iterator[tuple[str, NDArray[Any] | None]]:
        """Yield tracks and their arrays in the file's order, a few in memory at a time; None for what is no array."""
        ...


def collection(place: str) -> Collection:
    """Open a file of embeddings.

    Args:
        place: ``FILE.npz``, ``FILE.parquet``, or ``FILE.parquet:COLUMN``.

    Raises:
        InputError: no such file, another format, no such column, or a track that is named twice.
    """
    path, column = Path(place).expanduser(), None
    if not path.exists() and ":" in path.name:
        name, _, column = path.name.rpartition(":")
        path = path.with_name(name)
    if not path.is_file():
        raise _fault("is no file", place, "Name an .npz or a Parquet file on this machine.")
    if path.suffix == ".npz" and column is None:
        return _Archive(path.absolute())
    if path.suffix in (".parquet", ".pq"):
        return _Column(path.absolute(), column)
    raise _fault("must be FILE.npz, FILE.parquet or FILE.parquet:COLUMN", place)


class _Archive:
    """Arrays in an .npz, by name."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)
        try:
            with np.load(path, allow_pickle=False) as archive:
                self._ids = [str(name) for name in archive.files]
        except (OSError, ValueError, AttributeError, zipfile.BadZipFile) as error:
            raise _fault(f"cannot be read as .npz: {error}", str(path)) from error
        _check_unique(self._ids)

    def ids(self) -> list[str]:
        return self._ids

    def arrays(self) -> Iterator[tuple[str, NDArray[Any] | None]]:
        with np.load(self.path, allow_pickle=False) as archive:
            for track_id in self._ids:
                try:
                    yield track_id, archive[track_id]
                except (OSError, ValueError, EOFError, zipfile.BadZipFile):
                    yield track_id, None


class _Column:
    """Arrays in a column of a Parquet file: lists, lists of lists, or tensors of fixed shape."""

    def __init__(self, path: Path, column: str | None) -> None:
        self.path = path
        try:
            schema = read_schema(path)
        except (OSError, pa.ArrowException) as error:
            raise _fault(f"cannot be read as Parquet: {error}", str(path)) from error
        self._column = _chosen(schema, column, path)
        self.place = f"{path}:{self._column}"
        names = read_parquet(path, columns=[IDS])[IDS].to_pylist()
        if None in names:
            raise _fault(f"must name a track in every row; row {names.index(None) + 1} has none in {IDS}", str(path))
        self._ids = [str(name) for name in names]
        _check_unique(self._ids)

    def ids(self) -> list[str]:
        return self._ids

    def arrays(self) -> Iterator[tuple[str, NDArray[Any] | None]]:
        with open_parquet(self.path) as file:
            for batch in file.iter_batches(_ROWS, columns=[IDS, self._column]):
                column, shape = batch.column(self._column), None
                if isinstance(column, pa.ExtensionArray):
                    column, shape = column.storage, getattr(column.type, "shape", None)
                for track_id, cell in zip(batch.column(IDS).to_pylist(), column, strict=True):
                    array = _values(cell)
                    yield str(track_id), array if array is None or shape is None else array.reshape(shape)


def _check_unique(ids: list[str]) -> None:
    """Check that every track is named once."""
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        # `seen.add` returns None: a name is noted as seen at its first occurrence.
        twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _fault(f"must name every track once in {IDS}", twice)


def _chosen(schema: pa.Schema, column: str | None, path: Path) -> str:
    """Return the column of embeddings: the one named, or else the only one that can be."""
    if twice := sorted({name for name in schema.names if schema.names.count(name) > 1}):
        raise _fault("must have every column once; twice: " + ", ".join(twice), str(path))
    if IDS not in schema.names:
        raise _fault(f"must have a column {IDS}", schema.names)
    able = [field.name for field in schema if _is_nested(field.type)]
    if column is None and len(able) == 1:
        return str(able[0])
    if column is None or column not in able:
        fix = (
            f"Columns of lists: {', '.join(able)}. Write {path.name}:COLUMN." if able else "It has no column of lists."
        )
        rule = "must name the column of embeddings" if column is None else "must name a column of lists of numbers"
        raise _fault(rule, column or path.name, fix)
    return column


def _is_nested(of: pa.DataType) -> bool:
    """Return whether a type is a list, also as the storage of an extension type."""
    plain = of.storage_type if isinstance(of, pa.BaseExtensionType) else of
    return bool(pa.types.is_list(plain) or pa.types.is_large_list(plain) or pa.types.is_fixed_size_list(plain))


def _values(cell: pa.Scalar) -> NDArray[Any] | None:
    """Return a cell's list, or list of lists of one length, as an array; None if it is neither."""
    if not cell.is_valid:
        return None
    values = cell.values
    if not _is_nested(values.type):
        return np.asarray(values.to_numpy(zero_copy_only=False))
    rows = [_values(row) for row in values]
    if not rows or any(row is None or row.shape != rows[0].shape for row in rows):  # type: ignore[union-attr]
        return None
    return np.stack(rows)  # type: ignore[arg-type]


def _fault(rule: str, value: object, fix: str = "") -> InputError:
    """Return the error for given embeddings that cannot be used."""
    return InputError(_TITLE, [Fault(_OPTION, rule, value, fix)])
