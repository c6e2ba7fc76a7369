"""`sweep resume`, `extend` and `stop`: commands for a sweep that has begun."""

from __future__ import annotations

from typing import Annotated

import typer

from adsw.cli.run import console
from adsw.errors import Fault, InputError
from sweep.cli.options import RUNS, Address, Cells, Json, Mlflow, Name, Runs, Workers
from sweep.run.folder import RunFolder
from sweep.run.records import SweepStatus
from sweep.trackers.mlflow_place import require_reachable


def resume(
    name: Name,
    cells: Cells = None,
    workers: Workers = 1,
    address: Address = None,
    mlflow: Mlflow = None,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Go on with a sweep that was interrupted: what has ended is not run again.

    Example:

      sweep resume quickstart
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
    if folder.status is SweepStatus.DONE and not _unfinished(folder):
        console().print(f"{name} is done: nothing is left to run.", markup=False)
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


def _unfinished(folder: RunFolder) -> bool:
    """Check whether a trial has not ended, or an extended search has trials left to begin."""
    from sweep.space.load import parse_space

    space = parse_space(folder.read_sweep().space)
    # Trials that confirm the winner are not part of the number of trials.
    searched = sum(not record.purpose for record in folder.trials())
    extended = space.method != "grid" and space.trials is not None and searched < space.trials
    return bool(folder.unfinished()) or extended
