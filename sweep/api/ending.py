"""What is said where a sweep ends before its time: what is safe, and how to go on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from adsw.console import console
from adsw.errors import Interrupted, StoppedError
from adsw.system_errors import stopped_by
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus

KEPT = "What has ended is kept; trials under way go on from their last saved epoch."


def say_interrupted(folder: RunFolder, ended: int) -> None:
    """Say that a sweep was interrupted, and how to go on."""
    out = console()
    out.print(f"Interrupted after {ended} ended trials. Nothing is lost. Go on with:", markup=False)
    out.print(f"  {command_line('resume', folder.path)}", markup=False, soft_wrap=True)


def say_spent(folder: RunFolder, ended: int, hours: float) -> None:
    """Say that a sweep's hours are used up, and how to give it more."""
    out = console()
    out.print(f"The budget of {hours:g} hours is spent after {ended} ended trials. {KEPT}", markup=False)
    out.print(f"Report so far: {command_line('report', folder.path)}", markup=False, soft_wrap=True)
    out.print(f"More time: {more_hours(folder)}", markup=False, soft_wrap=True)


def more_hours(folder: RunFolder) -> str:
    """Return the commands that give a sweep another hour and go on."""
    return f"{command_line('extend', folder.path, '--hours', '1')} && {command_line('resume', folder.path)}"


@contextmanager
def told(folder: RunFolder) -> Iterator[None]:
    """Tell what ends a sweep within the context; a signal that ends processes interrupts it like Ctrl-C.

    Raises:
        StoppedError: the system stopped it.
        Interrupted: it was interrupted once more, and has not ended cleanly.
    """
    # Only the main thread receives signals, and may say what becomes of them.
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler) if is_main else None
    try:
        yield
    except KeyboardInterrupt:
        say_interrupted(folder, len(folder.trials()))
        raise Interrupted from None
    except StoppedError as error:
        raise StoppedError(error.what, *error.lines, KEPT, _way_on(folder)) from error
    except Exception as error:
        for cause in _causes(error):
            stopped = stopped_by(cause, KEPT, _way_on(folder)) if isinstance(cause, OSError) else None
            if stopped is not None:
                raise stopped from error
        raise
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)


def _way_on(folder: RunFolder) -> str:
    """Return the sentence about going on; a sweep that is done has only its last pages to write."""
    try:
        done = folder.status is SweepStatus.DONE
    except Exception:  # the disk that stopped it may not be readable either
        done = False
    verb = "report" if done else "resume"
    return f"Then go on with: {command_line(verb, folder.path)}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what caused it, also in Ray's workers."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        # Ray Train keeps its workers' errors by rank, and Ray the original of one raised elsewhere.
        failures = getattr(current, "worker_failures", None)
        linked = [current.__cause__, current.__context__, getattr(current, "cause", None)]
        linked += list(failures.values()) if isinstance(failures, dict) else []
        waiting += [each for each in linked if isinstance(each, BaseException)]
