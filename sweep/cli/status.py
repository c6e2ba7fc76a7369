"""`sweep status`: where a sweep stands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sweep.cli.options import RUNS, Json, Name, Runs

if TYPE_CHECKING:
    from sweep.run_folder import RunFolder


def status(name: Name, runs: Runs = RUNS, as_json: Json = False) -> None:
    """Show where a sweep stands: trials by state, the best so far, what is unfinished."""
    from adsw.cli.run import emit_json
    from sweep.run_folder import RunFolder

    document = describe(RunFolder.named(runs, name))
    if as_json:
        emit_json(document)
    else:
        _show(document)


def describe(folder: RunFolder) -> dict[str, Any]:
    """The sweep's standing as plain data. A sweep whose driver died is `interrupted`."""
    from sweep.ranking import best_completed, objective_of
    from sweep.space.load import parse_space
    from sweep.state import SweepStatus
    from sweep.trial_counts import trials_of

    sweep, records = folder.read_sweep(), folder.trials()
    objective = objective_of(sweep)
    best = best_completed(records, objective)
    found = SweepStatus(sweep["status"])
    if found is SweepStatus.RUNNING and not folder.is_driven():
        found = SweepStatus.INTERRUPTED
    return {
        "name": folder.path.name,
        "status": found.value,
        "created": sweep["created"],
        "ended": sweep["ended"],
        "trials": trials_of(parse_space(sweep["space"])),
        "states": dict(Counter(record.state.value for record in records)),
        "unfinished": folder.unfinished(),
        "epochs": sum(record.epochs for record in records if record.state.value != "duplicate"),
        "objective": {"metric": objective.metric, "mode": objective.mode},
        "best": None
        if best is None
        else {"number": best.number, "arm": best.arm, "value": best.value(objective.metric)},
        "failures": [{"number": r.number, "why": r.why} for r in records if r.state.value == "failed"],
    }


def _show(document: dict[str, Any]) -> None:
    from rich.console import Console

    out = Console(highlight=False)
    out.print(f"[bold]{document['name']}[/]: {document['status']}, created {document['created']}")
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
            f"Best: trial {best['number']}{arm}, {document['objective']['metric']} {best['value']:.4f}.",
            markup=False,
        )
    for failure in document["failures"]:
        out.print(f"Trial {failure['number']} failed: {failure['why']}", markup=False)
    if document["status"] == "interrupted":
        out.print(f"Go on with: sweep resume {document['name']}", markup=False)
