"""The distinct texts of a bank, so that each is encoded once, and an index of their embeddings.

The distinct texts that first occur in a shard form that shard's *chunk*, sorted by length. Chunks are
encoded whole, so an embedding depends on the order of the store and on nothing else: not on the workers,
not on interruptions. Only 16 bytes and a place are held in memory per text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from adsw.encode.halves import Halves
from adsw.encode.keys import Keys, text_keys
from adsw.publish import publishing


def texts_file(folder: Path, name: str) -> Path:
    """Return the file of the texts of a shard, or of its chunk."""
    return folder / f"{name}.parquet"


def embeddings_file(folder: Path, name: str) -> Path:
    """Return the file of a chunk's embeddings, fp16 [texts, T_t x D_t]."""
    return folder / f"{name}.npy"


class TextIndex:
    """Finds embeddings by text."""

    def __init__(self, folder: Path, sizes: dict[str, int], keys: Keys, places: NDArray[np.int64]) -> None:
        self.sizes = sizes
        """Number of texts in each chunk; a chunk may be empty."""
        self._folder = folder
        self._keys = keys  # sorted
        self._places = places  # of each key: its number, all chunks' texts counted through
        self._names = list(sizes)
        self._starts = np.cumsum([0, *sizes.values()])
        self._opened: dict[str, Halves] = {}

    @classmethod
    def build(cls, bank: Path, folder: Path, names: Sequence[str]) -> TextIndex:
        """Find the distinct texts of all shards and publish each shard's chunk.

        Args:
            bank: folder of the shards' texts.
            folder: where chunks go; those that are there already are kept.
            names: the shards, in order.
        """
        keys_by_shard = [text_keys(_distinct(bank, name)) for name in names]
        starts = np.cumsum([0, *(len(keys) for keys in keys_by_shard)])
        # The first place of each key decides whose chunk the text is in.
        keys, first = np.unique(np.concatenate([text_keys([]), *keys_by_shard]), return_index=True)
        is_first = np.zeros(starts[-1], dtype=bool)
        is_first[first] = True
        sizes = {}
        for name, start, end in zip(names, starts[:-1], starts[1:], strict=True):
            sizes[name] = int(is_first[start:end].sum())
            if sizes[name] and not texts_file(folder, name).exists():
                chosen = pa.array(_distinct(bank, name)).filter(pa.array(is_first[start:end]))
                with publishing(texts_file(folder, name)) as temporary:
                    pq.write_table(pa.table({"text": chosen}), temporary, compression="zstd")
        return cls(folder, sizes, keys, np.cumsum(is_first)[first] - 1)

    def embeddings(self, texts: Sequence[str]) -> Halves:
        """Return the embeddings of texts of the bank, fp16 [texts, T_t x D_t].

        Raises:
            KeyError: a text is not in the bank.
        """
        wanted = text_keys(texts)
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        if not np.array_equal(self._keys[at], wanted):
            raise KeyError(texts[int(np.flatnonzero(self._keys[at] != wanted)[0])])
        places = self._places[at]
        chunks = np.searchsorted(self._starts, places, side="right") - 1
        parts = {chunk: self._open(self._names[chunk]) for chunk in np.unique(chunks).tolist()}
        out = np.empty((len(texts), next(iter(parts.values())).shape[1] if parts else 0), dtype="<f2")
        for chunk, part in parts.items():
            rows = np.flatnonzero(chunks == chunk)
            out[rows] = part[places[rows] - self._starts[chunk]]
        return out

    def _open(self, name: str) -> Halves:
        """Return a chunk's embeddings, mapped into memory, fp16 [texts, T_t x D_t]."""
        if name not in self._opened:
            self._opened[name] = np.load(embeddings_file(self._folder, name), mmap_mode="r")
        return self._opened[name]


def _distinct(bank: Path, name: str) -> list[str]:
    """Read the distinct texts of a shard, by length and then by alphabet."""
    lists = pq.read_table(texts_file(bank, name), columns=["texts"])["texts"].combine_chunks()
    texts = pc.struct_field(lists.flatten(), "text")
    return sorted(set(texts.to_pylist()), key=lambda text: (len(text), text))
