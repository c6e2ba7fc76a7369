"""`sweep list`: the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from adsw.cli.run import emit_json
from adsw.console import console
from adsw.errors import InputError
from adsw.report.format import number
from adsw.report.table import NOTHING, TableModel, head_columns, words
from adsw.report.terminal import terminal_table
from sweep.cli.options import Json, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder


def list_(runs: Runs = RUNS, as_json: Json = False) -> None:
    """List the runs: status, trials, the best of each.

    sweep list

    sweep list --runs /shared/runs --json
    """
    found = [described(path.parent) for path in sorted(runs.glob("*/sweep.json"))]
    found.sort(key=lambda run: str(run["created"]), reverse=True)
    if as_json:
        emit_json(found)
        return
    if not found:
        console().print(f"There is no run in {runs}. Start one with: sweep run SPACE --store STORE", markup=False)
        return
    rows = [
        words(
            run["name"],
            run["status"],
            str(run["trials"]),
            NOTHING if run["value"] is None else number(run["value"]),
            run["metric"] or NOTHING,
            str(run["created"])[:16].replace("T", " "),
        )
        for run in found
    ]
    heads = head_columns("run", "status", "trials", "best", "objective", "begun (UTC)")
    Console(highlight=False).print(terminal_table(TableModel("runs", "", "", heads, tuple(rows))))


def described(path: Path) -> dict[str, Any]:
    """Return a run as plain data; one that cannot be read is listed as ``unreadable``."""
    from sweep.live.status import run_status
    from sweep.run.ranking import best_completed, objective_of

    told: dict[str, Any] = {"name": path.name, "status": "unreadable", "created": "", "ended": None, "trials": 0}
    told |= {"metric": None, "value": None, "best": None, "why": ""}
    try:
        folder = RunFolder.open(path)
        sweep, records = folder.read_sweep(), folder.trials()
        objective = objective_of(sweep)
        best = best_completed(records, objective)
        told |= {"status": run_status(folder).status.value, "created": sweep.created, "ended": sweep.ended}
    except (InputError, KeyError) as error:
        return told | {"why": str(error)}
    value = None if best is None else best.value(objective.metric)
    told |= {"trials": len(records), "metric": objective.metric, "value": value}
    return told | {"best": None if best is None else best.number}
