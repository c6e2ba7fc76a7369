"""Contents of a store that decide which parameters can have an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from adsw.encode.store import Store

MOST_TRACKS = 5_000
"""Tracks of the training split that are read."""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Facts of the training split's first tracks, which are a random sample: tracks are ordered by a hash."""

    human_captions: int
    swaps: int
    even_views: bool
    """Whether both rules of view dropout (`balance: none` and `category`) weight every view equally."""


def read_facts(store: Store) -> StoreFacts:
    """Read the facts from the store's first shards."""
    shards = store.shards("train")
    pieces: list[pa.Table] = []
    for shard in shards:
        # No partitioning: a folder named key=value on the path would become a column.
        pieces.append(pq.read_table(shard, columns=["texts"], partitioning=None))
        if sum(map(len, pieces)) >= MOST_TRACKS:
            break
    texts = pc.list_flatten(pa.concat_tables(pieces)["texts"]).combine_chunks()
    field = {name: pc.struct_field(texts, name) for name in ("source", "swap_of", "weight_none", "weight_category")}
    apart = pc.abs(pc.subtract(field["weight_none"], field["weight_category"]))
    return StoreFacts(
        human_captions=pc.sum(pc.equal(field["source"], "human")).as_py() or 0,
        swaps=pc.sum(pc.greater_equal(field["swap_of"], 0)).as_py() or 0,
        # The weights are float32: equal ones may differ by rounding.
        even_views=(pc.max(apart).as_py() or 0.0) < 1e-6,
    )


def together(facts: Sequence[StoreFacts]) -> StoreFacts:
    """Combine the facts of several stores: a parameter has an effect if it has one on any of them."""
    return StoreFacts(
        human_captions=sum(each.human_captions for each in facts),
        swaps=sum(each.swaps for each in facts),
        even_views=all(each.even_views for each in facts),
    )


def read_datasets(store: Store) -> frozenset[str]:
    """Read the names of the training tracks' data sets."""
    return frozenset(store.table("train", ["dataset"])["dataset"].unique().to_pylist())


def read_swap_categories(store: Store) -> frozenset[str]:
    """Read the categories whose terms the training split's swaps replace; only that field of every shard is read."""
    names: set[str] = set()
    for shard in store.shards("train"):
        texts = pq.ParquetFile(shard).read(columns=["texts.list.element.swap_categories"])["texts"]
        categories = pc.list_flatten(pc.struct_field(pc.list_flatten(texts), "swap_categories"))
        names.update(categories.unique().to_pylist())
    return frozenset(names)
