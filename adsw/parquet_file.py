"""Reading of Parquet files. Every read goes through here.

pyarrow and Ray take ``split=test`` in the path of a file for a column of it; no file of ours is meant so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def read_parquet(path: Path, columns: Sequence[str] | None = None, *, checked: bool = False, schema: Any = None) -> Any:
    """Read a file as an Arrow table.

    Args:
        path: the file.
        columns: those to read; all by default.
        checked: whether to verify the checksums of pages.
        schema: types of columns, if they are not as the file says.

    Raises:
        OSError: the file cannot be read.
        pyarrow.ArrowException: it is damaged, or lacks a column.
    """
    names = None if columns is None else list(columns)
    return pq.read_table(path, columns=names, schema=schema, page_checksum_verification=checked, partitioning=None)


def read_schema(path: Path) -> pa.Schema:
    """Read the schema of a file; errors as `read_parquet`."""
    return pq.read_schema(path)


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a file to read it in parts; errors as `read_parquet`."""
    return pq.ParquetFile(path)
