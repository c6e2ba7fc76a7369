"""Evaluation sets within a store: a whole split, one data set of it, or one source of queries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from adsw.encode.store import Store
from adsw.errors import Fault, InputError, unknown
from adsw.evaluate.queries import QUERY_SOURCES, TEXT_SOURCES, QuerySet
from adsw.evaluate.targets import Targets


def read_queries(store: Store, split: str, dataset: str | None = None, source: str | None = None) -> QuerySet:
    """Read the queries of a split, or of a part of it.

    Args:
        store: the store that has the split.
        split: its name.
        dataset: only tracks of this data set, as queries and as pool; None for all.
        source: only texts of this source (``tags``, ``caption``, ``human``); all tracks stay in the pool. None for all.

    Raises:
        InputError: the store has no such split, data set or source, or no track or query is left.
    """
    table = store.table(split)
    place = f"{store.path}, split {split}"
    if dataset is not None:
        known = [str(name) for name in table["dataset"].unique().to_pylist()]
        if dataset not in known:
            raise InputError("The evaluation set cannot be used", [unknown(place, dataset, known, "data set")])
        table = table.filter(pc.equal(table["dataset"], dataset))
    if not len(table):
        fault = Fault(place, "must hold tracks", 0, "Name another split.")
        raise InputError("The evaluation set cannot be used", [fault])
    queries = QuerySet.from_table(table, store.info.dimensions)
    return queries if source is None else _of_source(queries, source, place)


def _of_source(queries: QuerySet, source: str, place: str) -> QuerySet:
    """Return the queries that are of a source on at least one of their tracks, with all tracks as pool."""
    if source not in TEXT_SOURCES:
        raise InputError("The evaluation set cannot be used", [unknown(place, source, TEXT_SOURCES, "source")])
    bits = sum(1 << QUERY_SOURCES.index(kind) for kind in TEXT_SOURCES[source])
    chosen = np.flatnonzero(queries.sources & bits)
    if not len(chosen):
        fault = Fault(place, f"must hold texts of source {source}", 0, "Name another source, or leave it out.")
        raise InputError("The evaluation set cannot be used", [fault])
    starts, items = queries.targets.starts, queries.targets.items
    return replace(
        queries,
        text_embeddings=queries.text_embeddings[chosen],
        texts=tuple(queries.texts[index] for index in chosen),
        targets=Targets.of([items[starts[index] : starts[index + 1]].tolist() for index in chosen]),
        sources=queries.sources[chosen],
    )
