"""What both command lines share: exit statuses, error printing, one JSON document on standard output."""

from __future__ import annotations

import json
import sys
import traceback
from enum import IntEnum
from typing import Any

import typer
from rich.console import Console

from adsw.errors import InputError, short


class Status(IntEnum):
    """Exit statuses of `adsw` and `sweep`."""

    DONE = 0
    FAILED = 1
    WRONG_INPUT = 2
    TOO_MANY_FAILURES = 3
    INTERRUPTED = 130


def console() -> Console:
    """Return a console on standard error, so that standard output holds nothing but results."""
    return Console(stderr=True, highlight=False)


def emit_json(document: Any) -> None:
    """Print the one JSON document of a command run with --json."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def run_app(app: typer.Typer, name: str) -> None:
    """Run a command line and exit with the contract's status: 2 for wrong input, without a traceback."""
    try:
        status = app(prog_name=name, standalone_mode=False)
    except InputError as error:
        _print_faults(error)
        sys.exit(Status.WRONG_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        console().print("Interrupted.")
        sys.exit(Status.INTERRUPTED)
    except Exception as error:
        # typer's usage errors (click's, vendored or not) know how to show themselves and are the user's to mend.
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            sys.exit(Status.WRONG_INPUT)
        traceback.print_exc()
        sys.exit(Status.FAILED)
    sys.exit(int(status) if isinstance(status, int) else Status.DONE)


def _print_faults(error: InputError) -> None:
    """Print the title of an error and every fault with its fix."""
    out = console()
    count = len(error.faults)
    out.print(f"[bold red]{_escape(error.title)}[/]" + (f" ({count} faults)" if count > 1 else ""), soft_wrap=True)
    for fault in error.faults:
        given = "" if fault.value is None else f" [dim](given: {_escape(short(fault.value))})[/]"
        fix = f" [green]{_escape(fault.fix)}[/]" if fault.fix else ""
        out.print(f"  [bold]{_escape(fault.where)}[/]: {_escape(fault.rule)}{given}.{fix}", soft_wrap=True)


def _escape(text: str) -> str:
    """Escape what rich would read as markup."""
    return text.replace("[", r"\[")
