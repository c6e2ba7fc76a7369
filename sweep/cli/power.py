"""`sweep power`: how many replicates an ablation will need."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from adsw.cli.run import emit_json
from adsw.errors import Fault, Faults, InputError
from adsw.report.format import plural, short
from sweep.cli.options import Json, Runs
from sweep.run.command_lines import RUNS
from sweep.run.folder import RunFolder

if TYPE_CHECKING:
    from sweep.plan.power import PowerPlan, PowerRow, Scatter


def power(
    difference: Annotated[
        list[float] | None,
        typer.Option("--difference", help="True difference that is to be seen; may be repeated.", show_default=False),
    ] = None,
    deviation: Annotated[
        float | None,
        typer.Option(
            "--deviation",
            help="Standard deviation of the difference of two arms with one seed, over seeds.",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Run to measure the deviation on.", show_default=False)
    ] = None,
    arms: Annotated[
        int | None,
        typer.Option(
            "--arms", min=2, help="Arms, the reference among them; 2, or those of the run.", show_default=False
        ),
    ] = None,
    wanted: Annotated[float, typer.Option("--power", help="Chance to find a difference that is there.")] = 0.8,
    runs: Runs = RUNS,
    as_json: Json = False,
) -> None:
    """Say how many replicates it takes to see a difference, before an ablation runs.

    Examples:

      sweep power --difference 0.01 --deviation 0.012 --arms 4

      sweep power --run my-pilot --difference 0.01
    """
    from sweep.plan.power import power_plan

    _check(difference or [], deviation, run, wanted)
    scatter, metric = _scatter(deviation, run, runs)
    made = power_plan(scatter, difference or [], arms or max(2, scatter.comparisons + 1), wanted)
    if as_json:
        emit_json({"run": run, "metric": metric, **made.document()})
    else:
        _show(made, run, metric)


def _check(differences: list[float], deviation: float | None, run: str | None, wanted: float) -> None:
    """Raise an InputError if an option is out of range, or not exactly one of --deviation and --run is given."""

    faults = Faults("The replicates cannot be counted")
    for difference in differences:
        if difference == 0 or not math.isfinite(difference):
            faults.add(
                "--difference", "must be a number other than 0", difference, "Give the smallest that matters to you."
            )
    if (deviation is None) == (run is None):
        fix = "Guess it (0.01 to 0.025 on the quickstart store), or run a pilot with a few seeds and give its name."
        faults.add("--deviation", "must be given, or --run, and not both", deviation, fix)
    elif deviation is not None and not 0 < deviation < math.inf:
        faults.add("--deviation", "must be above 0", deviation, "Give a standard deviation in the metric's own unit.")
    if not 0 < wanted < 1:
        faults.add("--power", "must lie between 0 and 1", wanted, "Give a chance, such as 0.8.")
    faults.raise_if_any()


def _scatter(deviation: float | None, run: str | None, runs: Path) -> tuple[Scatter, str | None]:
    """Return the guessed scatter, or the measured one of a run with the metric of its objective."""
    from adsw.stats.interval import Interval
    from sweep.plan.power import Scatter, measured_scatter
    from sweep.run.ranking import objective_of

    if run is None:
        assert deviation is not None  # see `_check`
        return Scatter(Interval(deviation, deviation, deviation)), None
    folder = RunFolder.named(runs, run)
    metric = objective_of(folder.read_sweep()).metric
    scatter = measured_scatter(folder.trials(), metric)
    if scatter is None:
        rule = "must have an arm that completed with two seeds and scatters between them"
        fix = "Run a pilot with `replicates`, or a search with `confirm`, or give --deviation."
        raise InputError("The scatter cannot be measured", [Fault("--run", rule, run, fix)])
    return scatter, metric


def _show(made: PowerPlan, run: str | None, metric: str | None) -> None:
    """Print a plan for people, on standard output."""

    out = Console(highlight=False)
    for line in _words(made, run, metric):
        out.print(line, markup=False)
    out.print(_table(made))
    out.print(
        f"From {made.exact_from} replicates on the exact sign-flip test decides; with fewer the paired t test, which "
        "assumes normal differences. The power shown is the t test's: the exact test's is up to 24 points less at "
        f"{made.exact_from}, and about the same from {made.exact_from + 2} on.",
        markup=False,
    )


def _words(made: PowerPlan, run: str | None, metric: str | None) -> list[str]:
    """Return the lines above the table: the scatter and its origin, the level and the power."""

    scatter, compared = made.scatter, made.arms - 1
    known = f"Standard deviation of paired differences: {short(scatter.deviation.value)}"
    lines = [f"{known}, a guess."]
    if run is not None:
        ends = f"{short(scatter.deviation.low)} to {short(scatter.deviation.high)}"
        where = f"up to {plural(scatter.replicates, 'seed')} of {plural(scatter.comparisons, 'comparison')}"
        lines = [f"{known} of {metric} (95 % {ends}), from {where} in {run}."]
        if not scatter.paired:
            arms = plural(scatter.comparisons, "arm")
            lines = [
                f"{known} of {metric} (95 % {ends}): root 2 times the scatter of {arms} in {run} over up to "
                f"{plural(scatter.replicates, 'seed')}, since no two arms share seeds. Arms that do differ by less."
            ]
    level = f"level {100 * made.level:.2g} % each, so that 5 % hold over {plural(compared, 'comparison')}"
    return [*lines, f"{plural(made.arms, 'arm')}, {level}; power {100 * made.power:.0f} %."]


def _table(made: PowerPlan) -> object:
    """Return the table of replicates, with columns about the reference and the scatter if those are known."""

    table = Table(box=None, pad_edge=False, header_style="bold")
    measured, reference = made.scatter.replicates > 0, made.scatter.reference
    headings = ["\ndifference", "in\ndeviations", "\nreplicates"]
    headings[1:1] = ["of the\nreference"] if reference else []
    headings += ["within the\nscatter's 95 %"] if measured else []
    headings += ["trainings\nin all", *(f"power\nat {count}" for count in made.rows[0].power)]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in made.rows:
        cells = [short(row.difference), f"{row.deviations:.2f}", _count(row.replicates)]
        cells[1:1] = [f"{100 * row.difference / abs(reference):.1f} %"] if reference else []
        cells += [f"{_count(row.low)} to {_count(row.high)}"] if measured else []
        cells += [_count(row.trainings), *_powers(row)]
        table.add_row(*cells, style="bold" if row.asked else "")
    return table


def _powers(row: PowerRow) -> list[str]:
    """Return the powers of a row as text."""
    return [f"{100 * value:.0f} %" for value in row.power.values()]


def _count(count: int | None) -> str:
    """Return a number of replicates or trainings as text."""
    return "over 100,000" if count is None else f"{count:,}"
