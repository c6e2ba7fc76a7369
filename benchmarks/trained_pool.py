"""A pool of short trainings, arm by seed, kept in a file; `benchmarks.calibration_trained` draws ablations from it."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from adsw.arrays import Floats
from adsw.files import publish_text
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.store.store import Store
from adsw.train.batches import windows
from adsw.train.recipe import resolve
from adsw.train.slots import SlotGroup

SAVED_EVERY = 10


@dataclass
class Pool:
    """Final validation metrics of every arm's trainings, seeds 0, 1, 2 and on."""

    store: str
    """Fingerprint."""
    arms: dict[str, dict[str, Any]]
    """Recipe overrides by arm."""
    metrics: dict[str, dict[str, dict[str, float]]]
    """By arm, by seed, by name."""

    def values(self, metric: str, seeds: int) -> dict[str, Floats]:
        """One figure of the first so many seeds, by arm, [N]."""
        return {arm: np.array([rows[str(seed)][metric] for seed in range(seeds)]) for arm, rows in self.metrics.items()}

    def missing(self, seeds: int) -> list[tuple[str, int]]:
        """The trainings to do, seed by seed, so that a pool cut short has arms of about one size."""
        return [(arm, seed) for seed in range(seeds) for arm in self.arms if str(seed) not in self.metrics[arm]]

    def save(self, path: Path | None) -> None:
        """Publish it, where there is a file."""
        if path:
            publish_text(path, json.dumps(self.__dict__))


def open_pool(path: Path | None, store: str, arms: Mapping[str, dict[str, Any]]) -> Pool:
    """The pool of that file, or an empty one.

    Raises:
        SystemExit: the file is of another store or other recipes.
    """
    fresh = Pool(store, dict(arms), {arm: {} for arm in arms})
    if path is None or not path.exists():
        return fresh
    found = Pool(**json.loads(path.read_text()))
    if (found.store, found.arms) != (fresh.store, fresh.arms):
        raise SystemExit(f"{path} is of another store or of other recipes: {found.arms}")
    return found


def fill(pool: Pool, store: Path, seeds: int, path: Path | None, workers: int) -> None:
    """Train what is missing, one thread a process, and save as it goes."""
    tasks = pool.missing(seeds)
    if not tasks:
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (str(store), pool.arms)) as processes:
        done = processes.imap_unordered(_train, tasks)
        shown = track(done, description="training", total=len(tasks), console=Console(stderr=True))
        for number, (arm, seed, metrics) in enumerate(shown):
            pool.metrics[arm][str(seed)] = metrics
            if number % SAVED_EVERY == 0:
                pool.save(path)
    pool.save(path)


_TRAINER: list[Trainer] = []
"""The process's own, once it has started."""


def _start(store: str, arms: Mapping[str, dict[str, Any]]) -> None:
    _TRAINER.append(Trainer(Store.open(Path(store)), arms))


def _train(task: tuple[str, int]) -> tuple[str, int, dict[str, float]]:
    arm, seed = task
    return arm, seed, _TRAINER[0].metrics(arm, seed)


class Trainer:
    """Trains recipes of one shape, one after another, over a store held in memory."""

    def __init__(self, store: Store, arms: Mapping[str, dict[str, Any]]) -> None:
        import torch

        torch.set_num_threads(1)
        table, dimensions = store.table("train"), store.info.dimensions
        self._arms = arms
        self._blocks = list(windows([table], len(table), dimensions))
        self._queries = QuerySet.from_table(store.table("valid"), dimensions)
        self._group = SlotGroup(dimensions, resolve(next(iter(arms.values()))), 1)

    def metrics(self, arm: str, seed: int) -> dict[str, float]:
        """Of one training after its last epoch, on validation."""
        recipe = resolve({**self._arms[arm], "seed": seed})
        slot = self._group.join(recipe)
        for _ in range(recipe.epochs):
            failed = self._group.train_epoch(self._blocks)[slot].failed
            if failed:
                raise RuntimeError(f"{arm}, seed {seed}: {failed}")
        found = evaluate(self._group.heads(slot), self._queries, "valid").metrics
        self._group.leave(slot)
        return found
