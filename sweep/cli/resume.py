"""`sweep resume`, `extend` and `stop`: commands for a sweep that has begun."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer

from adsw.cli.run import console
from adsw.errors import Fault, InputError
from sweep.cli.options import RUNS, Address, Cells, Json, Mlflow, Name, Runs, Workers
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus, TrialState
from sweep.trackers.mlflow_place import require_reachable


def resume(
    name: Name,
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
    """
    from sweep.cli.report import publish
    from sweep.cli.run import go, planned
    from sweep.live.status import require_not_running
    from sweep.runner import reopen
    from sweep.trackers.tracking import finish

    folder = RunFolder.named(runs, name)
    require_not_running(folder)
    if mlflow is not None:
        require_reachable(mlflow, runs)
        folder.update_sweep(mlflow=mlflow)
    if failed:
        _reopen_failed(folder)
    if folder.status is SweepStatus.DONE and not _unfinished(folder):
        console().print(f"{name} is done: nothing is left to run.{_failed_words(folder)}", markup=False)
        publish(folder, as_json)
        finish(folder, reopen(folder)[0], lambda said: console().print(said, markup=False))
        return
    space, stores = reopen(folder)
    sweep = folder.read_sweep()
    settings = planned(space, stores, runs, cells or sweep.cell_count, sweep.slots or 1, workers, address)
    with folder.driving():
        folder.resume()
        go(folder, space, stores, settings, address, as_json)


def extend(
    name: Name,
    trials: Annotated[int, typer.Option("--trials", min=1, help="Trials to add.", show_default=False)],
    runs: Runs = RUNS,
) -> None:
    """Give a sweep more trials; `sweep resume` then runs them.

    Example:

      sweep extend quickstart --trials 16 && sweep resume quickstart
    """
    from sweep.live.status import require_not_running

    folder = RunFolder.named(runs, name)
    require_not_running(folder)
    with folder.driving():  # no driver can start between reading and writing
        sweep = folder.read_sweep()
        if sweep.space.get("trials") is None or sweep.space["method"] == "grid":
            fix = "Write another space with more arms, values or replicates."
            fault = Fault(name, "has no number of trials to extend: a grid knows its own", None, fix)
            raise InputError("The sweep cannot be extended", [fault])
        total = sweep.space["trials"] + trials
        folder.update_sweep(space={**sweep.space, "trials": total})
    console().print(f"{name} has {total} trials now. Run them with: sweep resume {name}", markup=False)


def stop(name: Name, runs: Runs = RUNS) -> None:
    """Ask a running sweep to stop cleanly, from another terminal; `sweep resume` goes on with it.

    Example:

      sweep stop quickstart
    """
    from sweep.live.status import run_status

    folder = RunFolder.named(runs, name)
    if not run_status(folder).running:
        fault = Fault(name, "is not running", None, f"See: sweep status {name}")
        raise InputError("There is nothing to stop", [fault])
    folder.request_stop()
    console().print(f"{name} was asked to stop; it will say how to go on.", markup=False)


def _reopen_failed(folder: RunFolder) -> None:
    """Open the failed trials again, and say which."""
    from sweep.search.failed_trials import reopen_failed
    from sweep.space.load import parse_space

    with folder.driving():
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
    return f" Failed: {count}; train them again with: sweep resume {folder.path.name} --failed" if count else ""


def _unfinished(folder: RunFolder) -> bool:
    """Check whether a trial has not ended, or an extended search has trials left to begin."""
    from sweep.space.load import parse_space

    space = parse_space(folder.read_sweep().space)
    # Trials that confirm the winner are not part of the number of trials.
    searched = sum(not record.purpose for record in folder.trials())
    extended = space.method != "grid" and space.trials is not None and searched < space.trials
    return bool(folder.unfinished()) or extended
