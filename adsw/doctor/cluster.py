"""Examination of Ray, through the executor that `adsw prepare` uses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from adsw.doctor.line import Line
from adsw.executor import Executor, Worker, executor_named

_TASKS = 4


def cluster(start: bool) -> Iterator[Line]:
    """Report whether Ray is installed; with `start`, whether it runs a few tasks."""
    if "ray" not in {entry.name for entry in entry_points(group="adsw.executors")}:
        fix = "Run: pip install --editable . (or give --executor local)"
        yield Line(area="cluster", name="Ray", state="fail", said="the executor ray is not installed", fix=fix)
        return
    if not start:
        said = "installed, not started"
        yield Line(area="cluster", name="Ray", state="absent", said=said, fix="To try it: adsw doctor --ray")
        return
    yield _tried(executor_named("ray"))


def _tried(executor: Executor) -> Line:
    """Run a few tasks and report whether their results are right."""
    began = time.monotonic()
    try:
        done = sorted(executor.map(_worker, range(_TASKS), 1))
    except Exception as error:  # whatever keeps Ray from starting is the result
        said = f"does not run: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        fix = "Give --executor local, which needs no Ray; or see its logs in /tmp/ray."
        return Line(area="cluster", name="Ray", state="fail", said=said, fix=fix)
    finally:  # also after a failure: a half-started Ray must not stay
        close: Any = getattr(executor, "close", None)
        if close is not None:
            close()
    if done != [number * number for number in range(_TASKS)]:
        return Line(area="cluster", name="Ray", state="fail", said=f"gives wrong results: {done}")
    return Line(
        area="cluster", name="Ray", state="ok", said=f"worked, in {time.monotonic() - began:.1f} s from the start"
    )


def _worker() -> Worker:
    """Return a worker that squares numbers; called in the worker's process."""
    return _squared


def _squared(number: int) -> int:
    return number * number
