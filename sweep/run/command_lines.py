"""Command lines about a run, as messages tell them: with the folder of all runs where it is not the usual one."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from adsw.project import project

RUNS = Path("runs")
"""Folder of all runs, if none is given."""

RUNS_VARIABLE = "ADSW_RUNS"
"""Environment variable that gives another."""


def command_line(verb: str, run: Path, *more: str) -> str:
    """Return the command that does something with a run.

    Args:
        verb: the subcommand.
        run: folder of the run.
        more: further arguments.

    >>> command_line("resume", Path("/shared/runs/first"))
    'sweep resume first --runs /shared/runs'
    """
    usual = Path(os.environ.get(RUNS_VARIABLE) or project().values.get("runs") or RUNS)
    runs = () if run.parent == usual else ("--runs", str(run.parent))
    return shlex.join(["sweep", verb, run.name, *runs, *more])
