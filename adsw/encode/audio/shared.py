"""Embeddings given in one file, laid out so that any worker finds any track's without reading the others."""

from __future__ import annotations

from collections.abc import Collection as Ids
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap

from adsw.encode.audio.arrays import tokens_of
from adsw.encode.audio.bad import BadAudioError
from adsw.encode.audio.collection import IDS, Collection
from adsw.encode.protocol import Float32Array
from adsw.publish import publishing

VALUES = "given-values.npy"
"""float32 [rows, T, D], mapped into memory by those who read it."""
INDEX = "given-index.parquet"
"""The row of each track's array, or what is wrong with the array."""
_ORIGIN = b"given"


def lay_out(given: Collection, wanted: Ids[str], shape: tuple[int, int], folder: Path) -> None:
    """Write both files, unless they are there already from the same given file.

    Args:
        given: the file of embeddings.
        wanted: the tracks that will be asked for.
        shape: T and D.
        folder: where both files go.
    """
    status = given.path.stat()
    origin = f"{given.place} {status.st_size} {status.st_mtime_ns}".encode()
    index = folder / INDEX
    if index.exists() and (pq.read_schema(index).metadata or {}).get(_ORIGIN) == origin:
        return
    wanted = set(wanted)
    rows: list[dict[str, Any]] = []
    most = sum(name in wanted for name in given.ids())
    used = 0
    with publishing(folder / VALUES) as temporary:
        values: Any = open_memmap(temporary, mode="w+", dtype=np.float32, shape=(max(1, most), *shape))  # type: ignore[no-untyped-call]
        for track_id, array in given.arrays():
            if track_id not in wanted:
                continue
            row: dict[str, Any] = {IDS: track_id, "row": None, "wrong": None}
            try:
                values[used] = tokens_of(array, shape)
                row["row"] = used
                used += 1
            except BadAudioError as bad:
                row["wrong"] = bad.detail
            rows.append(row)
        values.flush()
        # Unmapped before the file is published.
        del values
    schema = pa.schema([(IDS, pa.string()), ("row", pa.int64()), ("wrong", pa.string())], {_ORIGIN: origin})
    with publishing(index) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)


class LaidOut:
    """The files that `lay_out` wrote, open."""

    def __init__(self, folder: Path) -> None:
        """Open the files.

        Raises:
            FileNotFoundError: they are not there.
        """
        table = pq.read_table(folder / INDEX)
        columns = (table[name].to_pylist() for name in (IDS, "row", "wrong"))
        self._rows = {track_id: (row, wrong) for track_id, row, wrong in zip(*columns, strict=True)}
        self._values = np.load(folder / VALUES, mmap_mode="r")

    def array(self, track_id: str) -> Float32Array:
        """Return a track's embedding, [T, D].

        Raises:
            BadAudioError: of kind ``missing`` or ``shape``.
        """
        row, wrong = self._rows.get(track_id, (None, None))
        if wrong is not None:
            raise BadAudioError("shape", wrong)
        if row is None:
            raise BadAudioError("missing", "the given embeddings have none of this track")
        return np.array(self._values[row])
