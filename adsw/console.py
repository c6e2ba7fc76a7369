"""The console that people read while something works: standard error, so that standard output holds only results.

Rich leaves colours out where `NO_COLOR` is set or nobody looks, and in a notebook prints below the cell.
"""

from __future__ import annotations

from rich.console import Console

_quiet = False


def be_quiet(quiet: bool = True) -> None:
    """Let `console` print nothing from now on, or again; errors are printed all the same."""
    global _quiet
    _quiet = quiet


def console(always: bool = False) -> Console:
    """Return a console on standard error; one that prints nothing if quiet was asked for, unless `always`."""
    return Console(stderr=True, highlight=False, quiet=_quiet and not always)
