"""The pool that is searched: tracks and their embeddings under one pair of heads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.retrieval.evaluation import embed
from adsw.store.schema import Dimensions
from adsw.store.store import Store
from adsw.train.heads import Heads

TRACKS = pa.schema(
    [
        ("track_id", pa.string()),
        ("split", pa.string()),
        ("dataset", pa.string()),
        ("tags", pa.string()),  # JSON {category: [tag, ...]}
        ("audio_path", pa.string()),  # absolute, or an address; null where only an embedding was given
        ("start_s", pa.float64()),  # the track within its file, as in the store
        ("duration_s", pa.float64()),
    ]
)
_READ = ("track_id", "dataset", "tags", "audio_path", "start_s", "duration_s", "audio")

OnTracks = Callable[[int, int], None]
"""Called with the number of tracks embedded so far and the number of all."""


def unheard(done: int, total: int) -> None:
    """Ignore the progress."""
    del done, total


@dataclass(frozen=True)
class Pool:
    """Tracks to search, in the order of their store.

    Attributes:
        embeddings: unit vectors, float32 [N, P]; may be a file mapped to memory.
        tracks: a table of the schema `TRACKS`.
        splits: split -> number of its tracks.
    """

    embeddings: NDArray[np.float32]
    tracks: pa.Table
    splits: dict[str, int]

    @classmethod
    def of_store(cls, heads: Heads, store: Store, splits: Sequence[str], on_tracks: OnTracks = unheard) -> Pool:
        """Embed the tracks of some splits of a store.

        Raises:
            InputError: no such split, or a damaged shard.
            ValueError: the heads give NaN or infinity.
        """
        total = sum(shard.rows for split in splits for shard in store.info.shards.get(split, ()))
        # Empty beginnings, so that splits without tracks make an empty pool.
        parts = [np.empty((0, heads.config.out), np.float32)]
        tables = [TRACKS.empty_table()]
        for split, table in ((name, table) for name in splits for table in store.tables(name, _READ)):
            if len(table):
                audio_NTD = _audio(table, store.info.dimensions)
                parts.append(embed(heads.audio, audio_NTD, "audio").float().numpy())
                files = [store.audio_file(path) for path in table["audio_path"].to_pylist()]
                place = table.column_names.index("audio_path")
                table = table.set_column(place, "audio_path", pa.array(files, pa.string()))
                of_split = table.append_column("split", pa.array([split] * len(table), pa.string()))
                tables.append(of_split.select(TRACKS.names))
                on_tracks(sum(len(part) for part in parts), total)
        tracks = pa.concat_tables(tables)
        counted = {split: pc.sum(pc.equal(tracks["split"], split)).as_py() or 0 for split in splits}
        return cls(np.concatenate(parts), tracks, counted)

    def __len__(self) -> int:
        return len(self.tracks)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Track id -> row."""
        return {name: row for row, name in enumerate(self.tracks["track_id"].to_pylist())}

    def within(self, splits: Sequence[str]) -> NDArray[np.bool_]:
        """Return whether each track is in one of some splits, bool [N]."""
        inside: NDArray[np.bool_] = pc.is_in(self.tracks["split"], pa.array(splits, pa.string())).to_numpy()
        return inside

    def about(self, row: int) -> dict[str, Any]:
        """Return the columns of a track."""
        columns: dict[str, Any] = self.tracks.slice(row, 1).to_pylist()[0]
        return columns | {"tags": json.loads(columns["tags"])}


def _audio(table: pa.Table, dimensions: Dimensions) -> NDArray[np.float16]:
    """Return the audio tokens of a table, float16 [N, T_a, D_a]."""
    # The values of fixed-size binaries are side by side in one buffer, which NumPy views without a copy.
    column = table.column("audio").combine_chunks()
    size = len(column) * dimensions.audio_bytes // 2
    data = np.frombuffer(column.buffers()[1], np.float16, size, column.offset * dimensions.audio_bytes)
    return data.reshape(len(column), dimensions.audio_tokens, dimensions.audio_features)
