"""Progress of staged work on standard error: bars in a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Tell = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""

QUIET_SECONDS = 10.0


@contextmanager
def stages(out: Console, labels: Mapping[str, str]) -> Iterator[Tell]:
    """Show the progress of stages as they are told.

    Args:
        out: where to; bars where it is a terminal, otherwise a line at each stage's ends and every 10 s.
        labels: what people read for a stage; the stage's own name where there is nothing.
    """
    if not out.is_terminal:
        yield _plain(out, labels)
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
    ]
    with Progress(*columns, console=out) as progress:
        yield _bars(progress, labels)


def _bars(progress: Progress, labels: Mapping[str, str]) -> Tell:
    tasks = {}
    begun: dict[str, tuple[float, int]] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = progress.add_task(labels.get(stage, stage), total=total, rate="")
            begun[stage] = time.monotonic(), done
        since, before = begun[stage]
        elapsed = time.monotonic() - since
        rate = f"{(done - before) / elapsed:.0f}/s" if done > before and elapsed > 0 else ""
        progress.update(tasks[stage], completed=done, total=total, rate=rate)

    return tell


def _plain(out: Console, labels: Mapping[str, str]) -> Tell:
    told: dict[str, float] = {}

    def tell(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - told.get(stage, float("-inf")) >= QUIET_SECONDS:
            told[stage] = now
            out.print(f"{labels.get(stage, stage)}: {done} of {total}")

    return tell
