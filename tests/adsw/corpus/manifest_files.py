"""Manifests written for tests."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write(folder: Path, rows: list[dict[str, Any]], suffix: str = "jsonl") -> Path:
    path = folder / f"manifest.{suffix}"
    if suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(
                [{n: json.dumps(c) if isinstance(c, dict | list) else c for n, c in row.items()} for row in rows]
            )
    return path
