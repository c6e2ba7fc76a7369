"""`sweep status`: shows the status of a sweep, once or until it ends."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Annotated, Any

import typer
from rich.console import Console

from adsw.cli.run import emit_json
from adsw.errors import Fault, InputError
from adsw.report.format import number
from sweep.cli.options import Json, Name, Runs
from sweep.run.command_lines import RUNS, command_line
from sweep.run.folder import RunFolder


def status(
    name: Name,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show the sweep's own screen until it ends; Ctrl-C leaves it running.")
    ] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.2, help="Seconds between two looks of --watch.")] = 1.0,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Show where a sweep stands: trials by state, the best so far, what is unfinished.

    Example:

      sweep status quickstart --watch
    """

    folder = RunFolder.named(runs, name)
    if watch and as_json:
        fault = Fault("--json", "is one document, and --watch goes on", None, "Give one of the two.")
        raise InputError("The status cannot be shown", [fault])
    if watch:
        _watch(folder, interval)
    elif as_json:
        emit_json(describe(folder))
    else:
        _show(folder, describe(folder))


def _watch(folder: RunFolder, interval: float) -> None:
    """Show the live screen of a sweep until it ends or the user presses Ctrl-C."""

    from sweep.live.view import LiveView
    from sweep.live.watch import watch

    # Ended trials are no news to someone who begins to watch.
    known = [record.number for record in folder.trials()]
    with contextlib.suppress(KeyboardInterrupt), LiveView(Console(highlight=False), known=known) as view:
        watch(folder, view, interval)


def describe(folder: RunFolder) -> dict[str, Any]:
    """Return the status of a sweep as plain data. A sweep whose driver died is `interrupted`."""
    from sweep.live.status import run_status
    from sweep.plan.describe import trials_of
    from sweep.run.ranking import best_completed, objective_of
    from sweep.space.load import parse_space

    sweep, records = folder.read_sweep(), folder.trials()
    objective = objective_of(sweep)
    best = best_completed(records, objective)
    current = run_status(folder)
    return {
        "name": folder.path.name,
        "status": current.status.value,
        "said": current.said,
        "why": sweep.why,
        "log": str(folder.log) if folder.log.exists() else None,
        "phase": current.published.state.phase if current.published and current.running else None,
        "created": sweep.created,
        "ended": sweep.ended,
        "trials": trials_of(parse_space(sweep.space)),
        "states": dict(Counter(record.state.value for record in records)),
        "unfinished": folder.unfinished(),
        # A duplicate's epochs were trained by the trial that it repeats.
        "epochs": sum(record.epochs for record in records if record.state.value != "duplicate"),
        "objective": {"metric": objective.metric, "mode": objective.mode},
        "best": None
        if best is None
        else {"number": best.number, "arm": best.arm, "value": best.value(objective.metric)},
        "refused_hosts": list(sweep.refused_hosts),
        "failures": [{"number": r.number, "why": r.why} for r in records if r.state.value == "failed"],
    }


def _show(folder: RunFolder, document: dict[str, Any]) -> None:
    """Print the status for people, on standard output."""

    out = Console(highlight=False)
    phase = f" ({document['phase']})" if document["phase"] else ""
    out.print(f"[bold]{document['name']}[/]: {document['status']}{phase}, created {document['created']}")
    if document["said"]:
        out.print(document["said"], markup=False)
    if document["why"]:
        out.print(f"Why: {document['why']}", markup=False, soft_wrap=True)
    if document["log"] and document["status"] == "failed":
        out.print(f"Log: {document['log']}", markup=False, soft_wrap=True)
    ended = sum(document["states"].values())
    of = f" of {document['trials']}" if document["trials"] is not None else ""
    states = ", ".join(f"{count} {state}" for state, count in sorted(document["states"].items()))
    out.print(f"{ended}{of} trials ended{': ' + states if states else ''}; {document['epochs']} epochs trained.")
    if document["unfinished"]:
        out.print(f"Begun and not ended: {', '.join(map(str, document['unfinished']))}.")
    best = document["best"]
    if best:
        arm = f" ({best['arm']})" if best["arm"] else ""
        out.print(
            f"Best: trial {best['number']}{arm}, {document['objective']['metric']} {number(best['value'])}.",
            markup=False,
        )
    for failure in document["failures"]:
        out.print(f"Trial {failure['number']} failed: {failure['why']}", markup=False)
    if document["failures"] and document["status"] != "running":
        again = command_line("resume", folder.path, "--failed")
        out.print(f"Train failed trials again with: {again}", markup=False, soft_wrap=True)
    for refused in document["refused_hosts"]:
        out.print(f"Host {refused['host']} could not train: {refused['why']}", markup=False)
    if document["status"] in ("interrupted", "failed"):
        out.print(f"Go on with: {command_line('resume', folder.path)}", markup=False, soft_wrap=True)
