"""The store's rows: one row holds all a trial can need of a track.

Embeddings are fp16 bytes. `fixed_size_binary` reads about ten times faster than `fixed_size_list<halffloat>`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from adsw.spelling import folded, one_text

SCHEMA_VERSION = 4

READABLE_VERSIONS = (3, 4)
"""Versions that can be read. Version 3 lacks what a text claims, what can be replaced in it, and a track's truths:
they are null."""

SOURCES = ("tags", "caption", "human")

TEXT = pa.struct(
    [
        ("text", pa.string()),
        ("source", pa.string()),  # one of SOURCES
        ("kept", pa.int16()),  # kept count m of the view; 0 for a human caption
        ("view", pa.int16()),  # index of the view within the track; -1 for a human caption
        (
            "weight_none",
            pa.float32(),
        ),  # probability of the view given its kept count, tags dropped independently
        ("weight_category", pa.float32()),  # the same, tags kept evenly over categories
        ("swap_of", pa.int16()),  # index of the original in this row's texts; -1 for an original
        ("swap_terms", pa.int16()),  # terms replaced; 0 for an original
        ("swap_categories", pa.list_(pa.string())),  # categories of the replaced terms
        ("captioner", pa.string()),  # what worded it, name@version; null but for a view's caption
        ("attempts", pa.int16()),  # how often it was asked for; null but for a view's caption
        ("coverage", pa.float32()),  # share of the tags that it states; null but for a caption, or without tags
        ("added", pa.int16()),  # vocabulary terms that it states and the tags do not give; null likewise
        # Names of all that it says of the music (`adsw.augment.claims`): it is true of every track whose `truths` hold
        # them all; null where that is not known, as for a human caption
        ("claims", pa.list_(pa.string())),
        ("swappable", pa.list_(pa.string())),  # category of each of its replaceable terms; empty for a swap
    ]
)


class Dimensions(BaseModel):
    """Shapes of the embeddings in a store, audio [T_a, D_a] and one text [T_t, D_t], and which texts share one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    audio_tokens: int
    audio_features: int
    text_tokens: int
    text_features: int
    uncased: bool = False
    """Whether texts that differ in case alone are one text, as the text encoder says."""

    def key(self, text: str) -> str:
        """Return the key by which texts are told apart: one for all spellings that the text encoder reads as one."""
        return folded(text) if self.uncased else one_text(text)

    def same_shapes(self, other: Dimensions) -> bool:
        """Return whether embeddings of the other dimensions have the same shapes."""
        return self == other.model_copy(update={"uncased": self.uncased})

    @property
    def audio_bytes(self) -> int:
        """Bytes of one track's audio tokens in fp16."""
        return 2 * self.audio_tokens * self.audio_features

    @property
    def text_bytes(self) -> int:
        """Bytes of one text's embedding in fp16."""
        return 2 * self.text_tokens * self.text_features


def row_schema(dimensions: Dimensions) -> pa.Schema:
    """Return the Arrow schema of a shard."""
    return pa.schema(
        [
            ("track_id", pa.string()),
            ("track_key", pa.uint64()),  # adsw.draws.key_of(track_id)
            ("dataset", pa.string()),
            ("group", pa.string()),
            ("audio_path", pa.string()),  # as in the manifest; null where only an embedding was given
            ("audio_sha256", pa.string()),  # of the file's bytes, or of the array given
            ("start_s", pa.float64()),  # where the track begins in its file, seconds; null: at the beginning
            ("duration_s", pa.float64()),  # how long it is; null: to the end
            ("tags", pa.string()),  # JSON {category: [tag, ...]}
            ("truths", pa.list_(pa.string())),  # names of all that is true of it: tags, and what they imply
            ("audio", pa.binary(dimensions.audio_bytes)),  # fp16 [T_a, D_a]
            ("texts", pa.list_(TEXT)),
            ("text_embeddings", pa.large_binary()),  # fp16 [texts, T_t, D_t], in the order of `texts`
        ]
    )


SINCE_4 = ("truths", "claims", "swappable")
"""Columns and fields of texts that version 3 lacks."""


def columns_held(names: Sequence[str], version: int) -> list[str]:
    """Return those of some columns that a store of a schema version has."""
    return [name for name in names if version == SCHEMA_VERSION or name not in SINCE_4]


def with_nulls(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table of version 3 with this version's columns, in order; what that version lacks is null.

    Args:
        table: the columns that are there.
        schema: the columns wanted.
    """
    table = table.combine_chunks()
    for place, field in enumerate(schema):
        if field.name not in table.column_names and field.name in SINCE_4:
            table = table.add_column(place, field, pa.nulls(len(table), field.type))
        elif field.type == pa.list_(TEXT) and field.name in table.column_names:
            table = table.set_column(table.column_names.index(field.name), field, _texts_with_nulls(table[field.name]))
    return table


def _texts_with_nulls(column: pa.ChunkedArray) -> pa.Array:
    """Return lists of texts of version 3 as lists of `TEXT`, or as they are if a field of version 3 is missing."""
    lists = pa.array([], column.type) if not column.num_chunks else column.combine_chunks()
    held = {field.name for field in column.type.value_type}
    if {field.name for field in TEXT} - held - set(SINCE_4):
        return lists
    texts = lists.flatten()
    fields = [
        pc.struct_field(texts, field.name) if field.name in held else pa.nulls(len(texts), field.type) for field in TEXT
    ]
    offsets = pc.subtract(lists.offsets, lists.offsets[0]) if len(lists) else lists.offsets
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(fields, fields=list(TEXT)))
