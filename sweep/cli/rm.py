"""`sweep rm`: deletes runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from adsw.cli.run import Status
from adsw.console import console
from adsw.errors import Fault, Faults, InputError, together
from sweep.cli.options import Runs
from sweep.run.command_lines import RUNS, command_line
from sweep.run.folder import RunFolder


def rm(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of the runs.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    runs: Runs = RUNS,
) -> int:
    """Delete runs, after asking.

    Everything in the run folder goes: trials, checkpoints, report. One that runs is refused, and then none is deleted.

      sweep rm first second
    """
    folders = together(*(_opener(runs, name) for name in dict.fromkeys(names)), title="Nothing was deleted")
    if not yes:
        for folder in folders:
            trials, size = len(folder.trials()), _bytes(folder.path) / 1e6
            console(always=True).print(f"{folder.path}: {trials} trials, {size:,.1f} MB", markup=False, soft_wrap=True)
        try:
            if not typer.confirm("Delete them for good?", err=True):
                console().print("Nothing was deleted.")
                return Status.FAILED
        except typer.Abort:  # nobody is there to answer
            fault = Fault("--yes", "is needed where nobody can be asked", None, "Add --yes to delete them unasked.")
            raise InputError("Nothing was deleted", [fault]) from None
    for folder in folders:
        with folder.driving():  # no driver can begin meanwhile
            shutil.rmtree(folder.path)
        console().print(f"Deleted: {folder.path}", markup=False, soft_wrap=True)
    return Status.DONE


def _opener(runs: Path, name: str) -> Callable[[], RunFolder]:
    """Return what opens a run that may be deleted."""

    def opened() -> RunFolder:
        from sweep.live.status import run_status

        folder = RunFolder.named(runs, name)
        if run_status(folder).running:
            faults = Faults("Nothing was deleted")
            faults.add(name, "is running", None, f"End it first with: {command_line('stop', folder.path)}")
            faults.raise_if_any()
        return folder

    return opened


def _bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
