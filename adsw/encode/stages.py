"""The stages of a preparation, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from adsw.encode.plan import WORK_FOLDER, Plan
from adsw.executor import Executor, Worker


class Stage(StrEnum):
    """The stages, in order. `VIEWS` and `CAPTIONS` are for captioners that ask a language model."""

    AUDIO = "audio"
    VIEWS = "views"
    CAPTIONS = "captions"
    TEXTS = "texts"
    EMBEDDINGS = "embeddings"
    SHARDS = "shards"


OnProgress = Callable[[Stage, int, int], None]
"""Called with a stage, how much of it is done and how much there is: tracks; for `CAPTIONS` distinct views, for
`EMBEDDINGS` texts."""


def no_progress(stage: Stage, done: int, total: int) -> None:
    """Tell nobody."""
    del stage, done, total


@dataclass(frozen=True, slots=True)
class Job:
    """What the stages share."""

    store: Path
    plan: Plan
    executor: Executor
    workers: int
    on_progress: OnProgress

    def folder(self, stage: Stage) -> Path:
        """Where a stage leaves its files."""
        made = self.store.resolve() / WORK_FOLDER / stage
        made.mkdir(parents=True, exist_ok=True)
        return made

    def run(
        self,
        stage: Stage,
        make: Callable[[], Worker],
        left: Sequence[Any],
        done: int,
        total: int,
        executor: Executor | None = None,
    ) -> None:
        """Map a worker over what is left of a stage; each result says how much it was worth.

        Args:
            stage: what progress is told of.
            make: builds a worker.
            left: what to map over.
            done: how much of the stage is done.
            total: how much there is.
            executor: where to, if not where everything else runs.
        """
        self.on_progress(stage, done, total)
        for result in (executor or self.executor).map(make, left, self.workers):
            done += result
            self.on_progress(stage, done, total)
