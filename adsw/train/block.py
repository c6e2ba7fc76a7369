"""A block: a run of a store's tracks as flat arrays, ready for vectorised sampling."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from adsw.arrays import Halves, Ints
from adsw.spelling import folded
from adsw.store.schema import SOURCES, Dimensions
from adsw.train.claimed import Claimed, Names

Number = TypeVar("Number", bound=np.generic)


class Block:
    """N consecutive tracks of a store, with all their M texts laid end to end.

    Embeddings are views of the table's own memory, so a block costs little beyond its table. Every index of a
    text is into the M texts of the block.

    Attributes:
        table: the rows, in one chunk.
        dimensions: shapes of the embeddings.
        track_keys: uint64 [N], `adsw.draws.key_of` of the ids.
        audio: fp16 [N, T_a, D_a].
        offsets: int64 [N + 1]; the texts of track i are offsets[i] up to offsets[i + 1].
        text_embeddings: fp16 [M, T_t, D_t].
        track_of_text: int64 [M].
        source: int8 [M], index into `SOURCES`.
        kept: int64 [M], kept count of the view; 0 for a human caption.
        view: int64 [M], the view's number within its track; -1 for a human caption.
        weight_none, weight_category: float64 [M], see `adsw.store.schema.TEXT`.
        swap_of: int64 [M], the text this one is a swap of; -1 for an original.
        swap_terms: int64 [M], terms replaced.
    """

    def __init__(self, table: pa.Table, dimensions: Dimensions) -> None:
        self.table = table.combine_chunks()
        self.dimensions = dimensions
        tracks = len(table)
        self.track_keys: NDArray[np.uint64] = _numbers(self._column("track_key"), np.uint64)
        texts = self._column("texts")
        offsets = _numbers(texts.offsets, np.int64)
        # A slice of a table keeps the offsets of the whole.
        self.offsets: Ints = offsets - (offsets[0] if tracks else 0)
        counts = np.diff(self.offsets)
        self.track_of_text: Ints = np.repeat(np.arange(tracks), counts)
        self._texts = texts.flatten()
        self.audio: Halves = self._audio()
        self.text_embeddings: Halves = self._text_embeddings(counts)
        names = pa.array(SOURCES, pa.string())
        self.source: NDArray[np.int8] = _numbers(pc.index_in(self._field("source"), names), np.int8)
        self.kept = _numbers(self._field("kept"), np.int64)
        self.view = _numbers(self._field("view"), np.int64)
        self.weight_none = _numbers(self._field("weight_none"), np.float64)
        self.weight_category = _numbers(self._field("weight_category"), np.float64)
        # The store numbers a swap's original within its track; here all texts are numbered through.
        within = _numbers(self._field("swap_of"), np.int64)
        self.swap_of: Ints = np.where(within < 0, -1, within + self.offsets[self.track_of_text])
        self.swap_terms = _numbers(self._field("swap_terms"), np.int64)

    @classmethod
    def from_table(cls, table: pa.Table, dimensions: Dimensions) -> Block:
        """Build the block of a table by `adsw.store.schema.row_schema`; further columns may be missing or present.

        Raises:
            ValueError: embeddings that do not have the dimensions' size, an unknown text source.
        """
        return cls(table, dimensions)

    def __len__(self) -> int:
        return len(self.track_keys)

    @property
    def nbytes(self) -> int:
        """Bytes held: those of the table and of the flat arrays."""
        arrays = sum(value.nbytes for value in vars(self).values() if isinstance(value, np.ndarray))
        # The embeddings are views of the table, already counted in it.
        return int(self.table.nbytes) + arrays - self.audio.nbytes - self.text_embeddings.nbytes

    @cached_property
    def track_ids(self) -> list[str]:
        """Ids of the tracks [N]."""
        return [str(value) for value in self._column("track_id").to_pylist()]

    @cached_property
    def groups(self) -> list[str]:
        """Leakage groups of the tracks [N], folded; a track without one is its own."""
        given = self._column("group").to_pylist()
        return [folded(group or name) for group, name in zip(given, self.track_ids, strict=True)]

    @cached_property
    def texts(self) -> pa.Array:
        """Strings of the texts [M]; a value is `texts[i].as_py()`."""
        return self._field("text")

    @cached_property
    def text_code(self) -> Ints:
        """int64 [M]: equal numbers for texts that are one (`Dimensions.key`), within this block only."""
        return _numbers(_keys(self.texts, self.dimensions).dictionary_encode().indices, np.int64)

    @cached_property
    def datasets(self) -> tuple[tuple[str, ...], Ints]:
        """Names of the data sets present, and for each track the index of its own [N]."""
        coded = self._column("dataset").dictionary_encode()
        return tuple(coded.dictionary.to_pylist()), _numbers(coded.indices, np.int64)

    @cached_property
    def swap_categories(self) -> tuple[tuple[str, ...], NDArray[np.uint64]]:
        """Names of the categories that swaps replace terms of, and for each text a bit mask over them [M].

        Raises:
            ValueError: more categories than bits.
        """
        lists = self._field("swap_categories")
        coded = lists.flatten().dictionary_encode()
        names = tuple(coded.dictionary.to_pylist())
        if len(names) > 64:
            raise ValueError(f"at most 64 categories of swapped terms, not {len(names)}")
        owners = _numbers(pc.list_parent_indices(lists), np.int64)
        masks = np.zeros(len(lists), dtype=np.uint64)
        bits = np.left_shift(np.uint64(1), _numbers(coded.indices, np.int64).astype(np.uint64))
        np.bitwise_or.at(masks, owners, bits)
        return names, masks

    @cached_property
    def swappable(self) -> tuple[tuple[str, ...], Ints]:
        """Categories of the terms that can be replaced, and for each text the number of its such terms [M, categories].

        Raises:
            ValueError: they are not known of some original, as in a store of version 3.
        """
        lists = self._field("swappable")
        unknown = np.asarray(lists.is_null()) & (self.swap_of < 0)
        if unknown.any():
            raise ValueError(f"of {unknown.sum()} texts it is not known how many of their terms can be replaced")
        coded = lists.flatten().dictionary_encode()
        names = tuple(coded.dictionary.to_pylist())
        owners = np.repeat(np.arange(len(lists)), _numbers(pc.fill_null(pc.list_value_length(lists), 0), np.int64))
        place = owners * len(names) + _numbers(coded.indices, np.int64)
        counts = np.bincount(place, minlength=len(lists) * len(names)) if names else np.zeros(0, np.int64)
        return names, counts.reshape(len(lists), len(names))

    @cached_property
    def _names(self) -> pa.Array:
        """Every name that a text claims or that is true of a track, once."""
        lists = (self._field("claims"), self._column("truths"))
        return pa.concat_arrays([each.flatten() for each in lists]).unique()

    @cached_property
    def claims(self) -> Names:
        """What the texts claim [M], in the numbering of `truths`."""
        return Names.of_lists(self._field("claims"), self._names)

    @cached_property
    def truths(self) -> Names:
        """What is true of the tracks [N]."""
        return Names.of_lists(self._column("truths"), self._names)

    @cached_property
    def claimed(self) -> Claimed:
        """Tells which texts are true of which tracks."""
        return Claimed(self.claims, self.truths)

    def _column(self, name: str) -> pa.Array:
        column = self.table.column(name)
        return column.chunk(0) if column.num_chunks else pa.array([], column.type)

    def _field(self, name: str) -> pa.Array:
        return self._texts.field(name)

    def _audio(self) -> Halves:
        """Return the audio tokens as a view of the table's memory, fp16 [N, T_a, D_a]."""
        shape = (len(self.track_keys), self.dimensions.audio_tokens, self.dimensions.audio_features)
        column = self._column("audio")
        if column.type.byte_width != self.dimensions.audio_bytes:
            raise ValueError(f"audio of {column.type.byte_width} bytes, not {self.dimensions.audio_bytes}")
        size = self.dimensions.audio_bytes
        data = column.buffers()[1]
        return _halfs(data, column.offset * size, shape)

    def _text_embeddings(self, counts: Ints) -> Halves:
        """Return the texts' embeddings as a view of the table's memory, fp16 [M, T_t, D_t]."""
        shape = (len(self._texts), self.dimensions.text_tokens, self.dimensions.text_features)
        column = self._column("text_embeddings")
        sizes = _numbers(pc.binary_length(column), np.int64)
        if not np.array_equal(sizes, counts * self.dimensions.text_bytes):
            raise ValueError("text embeddings do not have one vector sequence per text")
        if not len(column):
            return np.zeros(shape, np.float16)
        # Arrow's buffers of a binary column: validity, offsets, data.
        start = np.frombuffer(column.buffers()[1], np.int64)[column.offset]
        return _halfs(column.buffers()[2], int(start), shape)


_PLAIN = r"^[!-~]+( [!-~]+)*$"
"""ASCII with single spaces, of which only case can make another spelling."""


def _keys(texts: pa.Array, dimensions: Dimensions) -> pa.Array:
    """Return `Dimensions.key` of many texts, most of them without a call from Python."""
    keys = pc.ascii_lower(texts) if dimensions.uncased else texts
    others = pc.invert(pc.match_substring_regex(texts, _PLAIN))
    folded_others = [dimensions.key(text) for text in texts.filter(others).to_pylist()]
    return pc.replace_with_mask(keys, others, pa.array(folded_others, pa.string()))


def _halfs(data: pa.Buffer | None, start: int, shape: tuple[int, ...]) -> Halves:
    """Return fp16 values in an Arrow buffer as an array of that shape, without a copy."""
    count = int(np.prod(shape))
    if data is None or not count:
        return np.zeros(shape, np.float16)
    return np.frombuffer(data, np.float16, count, start).reshape(shape)


def _numbers(array: pa.Array, dtype: type[Number]) -> NDArray[Number]:
    """Return an Arrow array as NumPy of that type.

    Raises:
        ValueError: it has nulls.
    """
    if array.null_count:
        raise ValueError(f"{array.null_count} values are missing or unknown where {dtype.__name__} is needed")
    return np.asarray(array.to_numpy(zero_copy_only=False)).astype(dtype, copy=False)
