"""Measures the time of one epoch of one trial on the real store, on one thread as in a cell."""

from __future__ import annotations

import time

import torch

from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.adaptation import signals_of
from adsw.train.batches import windows
from adsw.train.recipe import Recipe
from adsw.train.slots import SlotGroup


def measure_epoch(store: Store, recipe: Recipe, device: str = "cpu") -> float:
    """Return the seconds of an epoch with its evaluation: the second of two, the first of which warms up.

    Args:
        store: the store to train on; its training and validation splits are read whole.
        recipe: recipe of the trial.
        device: ``cpu`` or ``cuda``.
    """
    dimensions = store.info.dimensions
    table = store.table("train")
    blocks = list(windows([table], len(table), dimensions))
    queries = QuerySet.from_table(store.table("valid"), dimensions)
    group = SlotGroup(dimensions, recipe, 1, device=device)
    slot = group.join(recipe, None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a cell has one core
    try:
        seconds = 0.0
        for _ in range(2):
            start = time.perf_counter()
            log = group.train_epoch(blocks)[slot]
            metrics = evaluate(group.heads(slot), queries, "valid").metrics
            group.advance(slot, signals_of(log, metrics))
            seconds = time.perf_counter() - start
    finally:
        torch.set_num_threads(threads)
    return seconds
