"""Progress of staged work on standard error: bars in a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Tell = Callable[[str, int, int], None]
"""Called with a stage, how much of it is done and how much there is."""

QUIET_SECONDS = 10.0
"""Least time between two plain lines of a stage."""
SETTLED_SECONDS = 5.0
"""Time that a stage must have run before its rate is shown."""


@contextmanager
def stages(out: Console, labels: Mapping[str, str]) -> Iterator[Tell]:
    """Show the progress of stages; yield the function to report it with.

    The time left is that of the current stage alone: how much later ones have to do is not known before.

    Args:
        out: where to print: bars if it is a terminal, otherwise a line at each stage's ends and every 10 s.
        labels: what is shown for a stage; its name if it has no label.
    """
    if not out.is_terminal:
        yield _plain(out, labels)
        return
    columns = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[pace]}"),
    ]
    with Progress(*columns, console=out) as progress:
        yield _bars(progress, labels)


def rate_text(per_second: float) -> str:
    """Write a rate with at least two digits: ``140/s``, ``2.7/s``, ``14/min``."""
    if per_second >= 9.95:  # From here on one decimal would round to 10.0.
        return f"{per_second:,.0f}/s"
    return f"{per_second:.1f}/s" if per_second >= 0.95 else f"{60 * per_second:.1f}/min"


def seconds_text(seconds: float) -> str:
    """Write a length of time: ``0.4 s``, ``52 s``, ``3 min 5 s``, ``2 h 4 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


@dataclass
class _Pace:
    """How fast a stage goes."""

    began: float
    before: int
    first: tuple[float, int] | None = None
    """When the first piece was done, and how much that made: until then workers were getting ready."""

    def of(self, done: int, total: int) -> str:
        """Write the stage's rate and the time left, or at its end the rate of the whole; nothing until it has settled.

        Args:
            done: pieces done.
            total: pieces to do in all.
        """
        now = time.monotonic()
        if done >= total:
            return (
                rate_text((done - self.before) / (now - self.began)) if done > self.before and now > self.began else ""
            )
        if self.first is None and done > self.before:
            self.first = now, done
        # Measured from the first piece on: what came before is start-up.
        since, before = self.first or (now, done)
        if now - since < SETTLED_SECONDS or done <= before:
            return ""
        rate = (done - before) / (now - since)
        return f"{rate_text(rate)}, {seconds_text((total - done) / rate)} left"


def _bars(progress: Progress, labels: Mapping[str, str]) -> Tell:
    """Return a function that shows progress as bars."""
    tasks = {}
    paces: dict[str, _Pace] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            # The pace column formats this field from the first drawing on.
            tasks[stage] = progress.add_task(labels.get(stage, stage), total=total, pace="")
            paces[stage] = _Pace(time.monotonic(), done)
        progress.update(tasks[stage], completed=done, total=total, pace=paces[stage].of(done, total))
        if done >= total:
            progress.stop_task(tasks[stage])

    return tell


def _plain(out: Console, labels: Mapping[str, str]) -> Tell:
    """Return a function that prints progress as plain lines."""
    printed: dict[str, float] = {}
    paces: dict[str, _Pace] = {}

    def tell(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        pace = paces.setdefault(stage, _Pace(now, done)).of(done, total)
        if done >= total or now - printed.get(stage, float("-inf")) >= QUIET_SECONDS:
            printed[stage] = now
            line = f"{labels.get(stage, stage)}: {done:,} of {total:,}"
            out.print(f"{line}, {pace}" if pace else line, soft_wrap=True)

    return tell
