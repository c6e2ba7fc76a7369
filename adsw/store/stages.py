"""The stages of a preparation, how they are run, and a report of each one's time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from adsw.encoders.protocol import EncoderInfo
from adsw.encoders.registry import entry_of
from adsw.executor import Executor, Worker
from adsw.store.plan import WORK_FOLDER, Plan, TrackFiles

BATCH = 16
MAX_BAD = 5.0


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
`EMBEDDINGS` texts; for `TEXTS` texts, of which there are about as many a track as so far (one before the first)."""


def no_progress(stage: Stage, done: int, total: int) -> None:
    """Ignore progress."""
    del stage, done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Settings of a run that do not change what the store holds."""

    executor: Executor
    """Runs the workers."""
    workers: int = 1
    """Number of processes."""
    batch: int = BATCH
    """Tracks whose audio is in a worker's memory, and encoded, at once."""
    max_bad: float = MAX_BAD
    """Percentage of tracks whose audio may be unusable."""
    on_progress: OnProgress = no_progress
    """Called with every piece of finished work."""


class Piece(NamedTuple):
    """A part of a stage, worked on at once."""

    item: Any
    """The worker's argument."""
    units: int
    """Units that it counts for in the stage's progress."""
    is_done: bool = False
    """Whether an earlier run has done it."""
    made: int | None = None
    """What an earlier run made of it, where progress counts what is made, so many that nobody knows before."""


class Done(NamedTuple):
    """Result of every stage's worker for an item."""

    units: int
    """Units that it counts for in the stage's progress."""
    reused: int = 0
    """Units of these taken from another store."""
    made: int | None = None
    """What was made of it; see `Piece`."""


class StageReport(BaseModel):
    """Counts and time of a stage in this run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    stage: Stage
    total: int
    """Units there are: tracks; of `CAPTIONS` distinct views, of `TEXTS` texts, of `EMBEDDINGS` distinct texts."""
    before: int
    """Units done by an earlier run, or known to a cache."""
    reused: int
    """Units taken from another store."""
    seconds: float
    """Time in this run, without starting the executor."""

    @property
    def rate(self) -> float | None:
        """Units a second in this run; None if there was nothing to do."""
        units = self.total - self.before
        return units / self.seconds if units and self.seconds else None


@dataclass(frozen=True, slots=True)
class Job:
    """State shared by the stages of a run."""

    store: Path
    plan: Plan
    running: Running
    reports: list[StageReport] = field(default_factory=list)
    """Reports of the finished stages."""
    starts: list[float] = field(default_factory=list)
    """Seconds that starting the executor took."""

    @property
    def work(self) -> Path:
        """The folder of all stages' files."""
        return self.store.resolve() / WORK_FOLDER

    def folder(self, stage: Stage) -> Path:
        """Return the folder of a stage's files, folder if it is not there."""
        folder = self.work / stage
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def tracks(self) -> TrackFiles:
        """The tracks, on disk."""
        return TrackFiles(self.work)

    def run(
        self,
        stage: Stage,
        make: Callable[[], Worker],
        pieces: Iterable[Piece],
        *,
        before: int = 0,
        executor: Executor | None = None,
        accelerated: bool = False,
    ) -> None:
        """Map a worker over the pieces left of a stage, call back with progress, and report the stage.

        Args:
            stage: the one to run.
            make: builds a worker, which returns a `Done` for each item; of `TEXTS` with `made`.
            pieces: of the stage, in order.
            before: units that were done before and belong to no piece.
            executor: where to run; None for the job's.
            accelerated: whether a GPU makes the worker faster.
        """
        pieces = list(pieces)
        # The largest first, so that no worker begins one when the others are about to end.
        left = sorted((piece for piece in pieces if not piece.is_done), key=lambda piece: -piece.units)
        total = before + sum(piece.units for piece in pieces)
        done = total - sum(piece.units for piece in left)
        made = [piece.made for piece in pieces if piece.made is not None]
        count = _Count(total, done, sum(made) if made or stage is Stage.TEXTS else None)
        before, reused = count.shown()[0], 0
        self.running.on_progress(stage, *count.shown())
        chosen = executor or self.running.executor
        if left:
            self.starts.append(_seconds_of(lambda: chosen.start(self.running.workers)))
        began = time.monotonic()
        for result in chosen.map(make, [piece.item for piece in left], self.running.workers, accelerated=accelerated):
            count.add(result)
            reused += result.reused
            self.running.on_progress(stage, *count.shown())
        self.report(stage, count.shown()[1], before, began, reused)

    def report(self, stage: Stage, total: int, before: int, began: float, reused: int = 0) -> None:
        """Note the report of a stage that began at the monotonic time `began`."""
        seconds = round(time.monotonic() - began, 3)
        self.reports.append(StageReport(stage=stage, total=total, before=before, reused=reused, seconds=seconds))


@dataclass(slots=True)
class _Count:
    """What progress shows."""

    total: int
    done: int
    """Units."""
    made: int | None
    """What was made of these units, if that is shown."""

    def add(self, result: Done) -> None:
        """Count a finished piece."""
        self.done += result.units
        if self.made is not None:
            self.made += result.made or 0

    def shown(self) -> tuple[int, int]:
        """Return how much is done and how much there is, or about so if it is what is made."""
        if self.made is None:
            return self.done, self.total
        if self.done == self.total:
            return self.made, self.made
        # Never all while something is left to do.
        return self.made, max(self.made + 1, round(self.total * self.made / self.done) if self.done else self.total)


def is_accelerated(encoder: EncoderInfo) -> bool:
    """Return whether a GPU makes an encoder faster."""
    entry = entry_of(encoder.name)
    return entry is not None and entry.accelerated


def _seconds_of(action: Callable[[], None]) -> float:
    """Run an action and return the seconds it took."""
    began = time.monotonic()
    action()
    return time.monotonic() - began
