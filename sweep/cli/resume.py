"""`sweep resume`, `extend` and `stop`: commands for a sweep that has begun."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer
from rich.markup import escape

from adsw.cli.run import console
from adsw.errors import Fault, Faults, InputError
from sweep.cli.ending import more_hours
from sweep.cli.options import Address, Cells, Json, Mlflow, Name, Runs, Workers, parse_stores
from sweep.run.command_lines import RUNS, command_line
from sweep.run.folder import RunFolder, require_name
from sweep.run.records import SweepStatus, TrialState
from sweep.trackers.mlflow_place import require_reachable


def resume(
    name: Name,
    store: Annotated[
        list[str] | None,
        typer.Option(
            "--store", help="Where a store lies that was moved: PATH, or NAME=PATH; evaluate.NAME=PATH for a set's."
        ),
    ] = None,
    cells: Cells = None,
    workers: Workers = 1,
    address: Address = None,
    mlflow: Mlflow = None,
    failed: Annotated[bool, typer.Option("--failed", help="Train the failed trials again, from their start.")] = False,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Go on with a sweep that was interrupted: what has ended is not run again, except failed trials with --failed.

    Examples:

      sweep resume quickstart

      sweep resume quickstart --failed

      sweep resume quickstart --store /new/place/quickstart
    """
    from sweep.cli.report import publish
    from sweep.cli.run import go, planned
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
        again = None if done and not store else reopen(folder, parse_stores(store or []))
        if not done:
            _require_hours(folder)
        kept = {} if again is None else {"places": again.places}
        folder.update_sweep(**kept, **({} if mlflow is None else {"mlflow": mlflow}))
        if done or again is None:
            console().print(f"{name} is done: nothing is left to run.{_failed_words(folder)}", markup=False)
            publish(folder, as_json)
            _send(folder)
            return
        sweep = folder.read_sweep()
        cells, slots = cells or sweep.cell_count, sweep.slots or 1
        settings = planned(again.space, again.stores, runs, cells, slots, workers, address)
        folder.resume()
        go(folder, again.space, again.stores, settings, address, as_json)


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


def extend(
    name: Name,
    trials: Annotated[int | None, typer.Option("--trials", min=1, help="Trials to add.", show_default=False)] = None,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0.001, help="Hours to add to the budget.", show_default=False)
    ] = None,
    runs: Runs = RUNS,
) -> None:
    """Give a sweep more trials, or more hours; `sweep resume` then runs them.

    Example:

      sweep extend quickstart --trials 16 && sweep resume quickstart
    """
    from sweep.live.status import require_not_running

    folder = RunFolder.named(runs, name)
    require_not_running(folder)
    with folder.driving():  # no driver can start between reading and writing
        space = folder.read_sweep().space
        faults, said = Faults("The sweep cannot be extended"), []
        if trials is None and hours is None:
            faults.add("--trials, --hours", "one of them is required")
        if trials is not None and (space.get("trials") is None or space["method"] == "grid"):
            fix = "Write another space with more arms, values or replicates."
            faults.add(name, "has no number of trials to extend: a grid knows its own", None, fix)
        budget = space.get("budget") or {}
        if hours is not None and budget.get("hours") is None:
            faults.add(name, "has no budget of hours to extend", None, "Leave --hours out.")
        faults.raise_if_any()
        if trials is not None:
            space = {**space, "trials": space["trials"] + trials}
            said.append(f"{space['trials']} trials")
        if hours is not None:
            space = {**space, "budget": {**budget, "hours": budget["hours"] + hours}}
            said.append(f"{space['budget']['hours']:g} hours")
        folder.update_sweep(space=space)
    again = command_line("resume", folder.path)
    console().print(f"{name} has {' and '.join(said)} now. Run them with: {again}", markup=False, soft_wrap=True)


def stop(name: Name, runs: Runs = RUNS) -> None:
    """Ask a running sweep to stop cleanly, from another terminal; `sweep resume` goes on with it.

    Example:

      sweep stop quickstart
    """
    from sweep.live.status import run_status

    folder = RunFolder.named(runs, name)
    if not run_status(folder).running:
        fault = Fault(name, "is not running", None, f"See: {command_line('status', folder.path)}")
        raise InputError("There is nothing to stop", [fault])
    folder.request_stop()
    console().print(f"{name} was asked to stop; it will say how to go on.", markup=False)


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
