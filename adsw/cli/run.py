"""What both command lines share: exit statuses, error printing, one JSON document on standard output."""

from __future__ import annotations

import json
import os
import sys
import traceback
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer

from adsw.console import console
from adsw.errors import InputError, Interrupted, StoppedError, short
from adsw.system_errors import naming, stopped_by

STANDARD_OUTPUT = "standard output"


class Status(IntEnum):
    """Exit statuses of `adsw` and `sweep`."""

    DONE = 0
    FAILED = 1
    WRONG_INPUT = 2
    TOO_MANY_FAILURES = 3
    INTERRUPTED = 130


def emit_json(document: Any) -> None:
    """Print the one JSON document of a command run with --json."""
    with naming(STANDARD_OUTPUT):
        sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def run_app(app: typer.Typer, name: str) -> None:
    """Run a command line and exit with the contract's status: 2 for wrong input, 1 if it stopped midway.

    Neither shows a traceback, which is kept for errors of the program.
    """
    try:
        status = app(prog_name=name, standalone_mode=False)
        with naming(STANDARD_OUTPUT):
            sys.stdout.flush()
    except InputError as error:
        _print_faults(error)
        sys.exit(Status.WRONG_INPUT)
    except Interrupted:
        sys.exit(Status.INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        console(always=True).print("Interrupted.")
        sys.exit(Status.INTERRUPTED)
    except StoppedError as error:
        _print_stop(error)
        sys.exit(Status.FAILED)
    except BrokenPipeError:
        _end_output()
    except SystemExit:
        # What typer makes of a closed pipe; no command ends so itself.
        _end_output()
    except Exception as error:
        stopped = stopped_by(error) if isinstance(error, OSError) else None
        if stopped is not None:
            _print_stop(stopped)
            _drop_output()
            sys.exit(Status.FAILED)
        # typer's usage errors (click's, vendored or not) know how to show themselves and are the user's to mend.
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            sys.exit(Status.WRONG_INPUT)
        traceback.print_exc()
        sys.exit(Status.FAILED)
    sys.exit(int(status) if isinstance(status, int) else Status.DONE)


def _print_stop(error: StoppedError) -> None:
    """Print what stopped a command, what is safe and how to go on."""
    out = console(always=True)
    out.print(f"[bold red]{_escape(error.what)}[/].", soft_wrap=True)
    for line in error.lines:
        out.print(f"  {line}", markup=False, soft_wrap=True)


def _end_output() -> None:
    """Say that the reader of standard output has gone, and exit."""
    _drop_output()
    console(always=True).print("Standard output was closed before everything was printed; nothing else is affected.")
    sys.exit(Status.FAILED)


def _drop_output() -> None:
    """Send what standard output still holds nowhere, so that Python does not fail on it at its end."""
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _print_faults(error: InputError) -> None:
    """Print the title of an error and every fault with its fix."""
    out = console(always=True)
    count = len(error.faults)
    out.print(f"[bold red]{_escape(error.title)}[/]" + (f" ({count} faults)" if count > 1 else ""), soft_wrap=True)
    for fault in error.faults:
        given = "" if fault.value is None else f" [dim](given: {_escape(short(fault.value))})[/]"
        fix = f" [green]{_escape(fault.fix)}[/]" if fault.fix else ""
        out.print(f"  [bold]{_escape(fault.where)}[/]: {_escape(fault.rule)}{given}.{fix}", soft_wrap=True)


def _escape(text: str) -> str:
    """Escape what rich would read as markup."""
    return text.replace("[", r"\[")
