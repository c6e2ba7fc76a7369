"""What a store holds that decides which parameters can have an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adsw.encode.store import Store

MOST_TRACKS = 5_000
"""Tracks of the training split that are looked at."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Of the training split's first tracks: they lie in the order of a hash, so they are as good as any."""

    human_captions: int
    swaps: int
    even_views: bool
    """Whether both laws of view dropout (`balance: none` and `category`) weigh every view alike."""


def read_facts(store: Store) -> StoreFacts:
    """Read them from the store's shards."""
    shards = store.shards("train")
    pieces: list[pa.Table] = []
    for shard in shards:
        pieces.append(pq.read_table(shard, columns=["texts"], partitioning=None))
        if sum(map(len, pieces)) >= MOST_TRACKS:
            break
    texts = pc.list_flatten(pa.concat_tables(pieces)["texts"]).combine_chunks()
    field = {name: pc.struct_field(texts, name) for name in ("source", "swap_of", "weight_none", "weight_category")}
    apart = pc.abs(pc.subtract(field["weight_none"], field["weight_category"]))
    return StoreFacts(
        human_captions=pc.sum(pc.equal(field["source"], "human")).as_py() or 0,
        swaps=pc.sum(pc.greater_equal(field["swap_of"], 0)).as_py() or 0,
        even_views=(pc.max(apart).as_py() or 0.0) < 1e-6,
    )


def together(facts: Sequence[StoreFacts]) -> StoreFacts:
    """Facts of several stores as of one: an effect on any of them is one."""
    return StoreFacts(
        human_captions=sum(one.human_captions for one in facts),
        swaps=sum(one.swaps for one in facts),
        even_views=all(one.even_views for one in facts),
    )


def read_datasets(store: Store) -> frozenset[str]:
    """The data sets of all training tracks."""
    return frozenset(store.table("train", ["dataset"])["dataset"].unique().to_pylist())


def read_swap_categories(store: Store) -> frozenset[str]:
    """The categories of which the training split's swaps replace terms; reads that one field of every shard."""
    found: set[str] = set()
    for shard in store.shards("train"):
        texts = pq.ParquetFile(shard).read(columns=["texts.list.element.swap_categories"])["texts"]
        categories = pc.list_flatten(pc.struct_field(pc.list_flatten(texts), "swap_categories"))
        found.update(categories.unique().to_pylist())
    return frozenset(found)
