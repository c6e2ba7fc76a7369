"""Steers a sweep that has begun: goes on with it, gives it more trials or hours, asks it to stop."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from adsw.console import console
from adsw.errors import Fault, Faults, InputError
from sweep.api.conduct import Publish, conduct, planned
from sweep.api.ending import more_hours
from sweep.run.command_lines import command_line
from sweep.run.folder import RunFolder, require_name
from sweep.run.records import SweepStatus, TrialState
from sweep.trackers.mlflow_place import require_reachable

if TYPE_CHECKING:
    from sweep.runner import Ending


def resume(
    runs: Path,
    name: str,
    *,
    publish: Publish,
    stores: Mapping[str, Path],
    cells: int | None,
    workers: int,
    address: str | None,
    mlflow: str | None,
    failed: bool,
) -> tuple[RunFolder, Ending | None]:
    """Go on with a sweep; return its folder and how it ended, None if nothing was left but its report.

    Args:
        runs: the folder of all runs.
        name: of the run.
        publish: called for its report when it is done.
        stores: where stores lie that were moved, by name.
        cells: training cells; None for as many as before.
        workers: Ray Train workers of a cell.
        address: of a running Ray cluster; None starts Ray here.
        mlflow: as for `begin`; None leaves it as it was, ``off`` ends it.
        failed: whether failed trials are trained again.

    Raises:
        InputError: it cannot go on; nothing has changed then.
    """
    from sweep.live.status import require_not_running
    from sweep.repair import mend
    from sweep.run.store_places import reopen
    from sweep.run.sweep_record import mend_sweep_record

    require_name(name)
    restored = mend_sweep_record(runs / name / "sweep.json")
    folder = RunFolder.named(runs, name)
    require_not_running(folder)
    if mlflow is not None:
        require_reachable(mlflow, runs)
    with folder.driving():
        for said in (*([restored] if restored else []), *mend(folder)):
            console().print(f"[yellow]Mended:[/] {escape(said)}", soft_wrap=True)
        if failed:
            _reopen_failed(folder)
        done = folder.status is SweepStatus.DONE and not _unfinished(folder)
        # All that is left of a sweep that is done is its report, for which its stores need not be there.
        again = None if done and not stores else reopen(folder, stores)
        if not done:
            _require_hours(folder)
        kept = {} if again is None else {"places": again.places}
        folder.update_sweep(**kept, **({} if mlflow is None else {"mlflow": mlflow}))
        if done or again is None:
            console().print(f"{name} is done: nothing is left to run.{_failed_words(folder)}", markup=False)
            publish(folder)
            _send(folder)
            return folder, None
        sweep = folder.read_sweep()
        cells, slots = cells or sweep.cell_count, sweep.slots or 1
        settings = planned(again.space, again.stores, runs, cells, slots, workers, address)
        folder.resume()
        return folder, conduct(folder, again.space, again.stores, settings, address, publish)


def _send(folder: RunFolder) -> None:
    """Give a sweep that is done to its trackers again."""
    from sweep.space.load import parse_space
    from sweep.trackers.tracking import finish

    finish(folder, parse_space(folder.read_sweep().space), lambda said: console().print(said, markup=False))


def _require_hours(folder: RunFolder) -> None:
    """Check that a sweep's budget of hours is not used up.

    Raises:
        InputError: it is.
    """
    from sweep.run.ready_time import ready_seconds
    from sweep.space.load import parse_space

    sweep = folder.read_sweep()
    budget, spent = parse_space(sweep.space).budget.hours, ready_seconds(sweep) / 3600
    if budget is not None and spent >= budget:
        rule = f"is spent: {spent:.2f} of {budget:g} hours"
        fault = Fault("budget.hours", rule, None, f"Give more: {more_hours(folder)}")
        raise InputError("The sweep cannot be resumed", [fault])


def extend(folder: RunFolder, trials: int | None, hours: float | None) -> list[str]:
    """Give a sweep more trials, or more hours, which a resume then runs; return what it has now, in words.

    Raises:
        InputError: it is running, or has no such number to extend.
    """
    from sweep.live.status import require_not_running

    require_not_running(folder)
    with folder.driving():  # no driver can start between reading and writing
        space = folder.read_sweep().space
        faults, said = Faults("The sweep cannot be extended"), []
        if trials is None and hours is None:
            faults.add("--trials, --hours", "one of them is required")
        if trials is not None and (space.get("trials") is None or space["method"] == "grid"):
            fix = "Write another space with more arms, values or replicates."
            faults.add(folder.path.name, "has no number of trials to extend: a grid knows its own", None, fix)
        budget = space.get("budget") or {}
        if hours is not None and budget.get("hours") is None:
            faults.add(folder.path.name, "has no budget of hours to extend", None, "Leave --hours out.")
        faults.raise_if_any()
        if trials is not None:
            space = {**space, "trials": space["trials"] + trials}
            said.append(f"{space['trials']} trials")
        if hours is not None:
            space = {**space, "budget": {**budget, "hours": budget["hours"] + hours}}
            said.append(f"{space['budget']['hours']:g} hours")
        folder.update_sweep(space=space)
    return said


def stop(folder: RunFolder) -> None:
    """Ask a running sweep to stop cleanly.

    Raises:
        InputError: it is not running.
    """
    from sweep.live.status import run_status

    if not run_status(folder).running:
        fault = Fault(folder.path.name, "is not running", None, f"See: {command_line('status', folder.path)}")
        raise InputError("There is nothing to stop", [fault])
    folder.request_stop()


def _reopen_failed(folder: RunFolder) -> None:
    """Open the failed trials of a run that the caller drives again, and say which."""
    from sweep.search.failed_trials import reopen_failed
    from sweep.space.load import parse_space

    reopened = reopen_failed(folder, parse_space(folder.read_sweep().space))
    for number in reopened.again:
        for board in folder.tensorboard.glob(f"{number:04d}*"):  # its events are those of the failed training
            shutil.rmtree(board, ignore_errors=True)
    said = ", ".join(map(str, reopened.again))
    console().print(f"Failed trials that are trained again: {said or 'none'}.", markup=False)
    if reopened.kept:
        kept = ", ".join(map(str, reopened.kept))
        why = "later trials were chosen knowing that they failed"
        console().print(f"Failed trials that stay as they are, as {why}: {kept}.", markup=False)


def _failed_words(folder: RunFolder) -> str:
    """Return the advice about failed trials, empty if there is none."""
    count = sum(record.state is TrialState.FAILED for record in folder.trials())
    return (
        f" Failed: {count}; train them again with: {command_line('resume', folder.path, '--failed')}" if count else ""
    )


def _unfinished(folder: RunFolder) -> bool:
    """Check whether a trial has not ended, or an extended search has trials left to begin."""
    from sweep.space.load import parse_space

    space = parse_space(folder.read_sweep().space)
    # Trials that confirm the winner are not part of the number of trials.
    searched = sum(not record.purpose for record in folder.trials())
    extended = space.method != "grid" and space.trials is not None and searched < space.trials
    return bool(folder.unfinished()) or extended
