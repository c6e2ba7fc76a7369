"""What each arm is worth at shorter budgets: the curves of an ablation's trials, read before their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from adsw.report.format import plural
from adsw.report.table import Cell, Column, TableModel, change, figure, with_best
from adsw.stats.interval import Interval
from sweep.report.ablation.design import Arm
from sweep.report.data import RunData, side_of
from sweep.space.compared import paired_differences, reference_of
from sweep.stats.replicates import replicate_interval

HALVINGS = 3
"""How often the longest training is halved."""
LEAST_EPOCHS = 2
"""Epochs of the shortest budget at least: before, nothing has been learnt."""

Budget = tuple[Mapping[int, float], Interval | None]
"""The objective by seed, and its paired difference to the reference arm."""


def budgets_of(longest: int) -> tuple[int, ...]:
    """Return the budgets, in epochs, rising: the longest training halved again and again.

    >>> budgets_of(96), budgets_of(24), budgets_of(6), budgets_of(3)
    ((12, 24, 48, 96), (3, 6, 12, 24), (3, 6), (3,))
    """
    halved = [longest // 2**times for times in range(HALVINGS, 0, -1)]
    return (*(epochs for epochs in halved if epochs >= LEAST_EPOCHS), longest)


def budget_table(run: RunData, arms: Sequence[Arm]) -> TableModel:
    """Return the objective of every arm after each budget; without rows if there is but one budget.

    A trial whose curve is shorter, as it ended early, has no figure there, and neither has its arm.
    """
    metric = run.objective.metric
    curves = {record.number: record.curve for record in run.every_record}
    longest = max((len(curves[number]) for arm in arms for number in arm.trials.values()), default=0)
    budgets = budgets_of(longest)
    by_arm = {arm.name: dict(_values(arm, curves, metric, budgets)) for arm in arms}
    reference = by_arm[reference_of(arms, lambda arm: arm.of).name] if arms else {}
    columns = []
    for epochs in budgets:
        found = [_beside(values.get(epochs), reference.get(epochs), values is reference) for values in by_arm.values()]
        means = [figure(metric, fmean(values.values())) if values else Cell("–") for values, _ in found]
        columns += [
            with_best(means, run.objective.mode),
            [change(metric, gap, side_of(gap, run.objective.mode) if gap else "") for _, gap in found],
        ]
    seeds = plural(max((len(arm.trials) for arm in arms), default=0), "seed")
    return TableModel(
        name="ablation-budgets",
        title="At shorter budgets",
        caption=(
            f"{metric} of every arm after so many epochs, means over {seeds}, and the differences to the "
            "reference arm, paired over seeds, each interval on its own. A schedule that depends on the number of "
            "epochs would run otherwise in a shorter training."
        ),
        columns=(
            Column("arm", left=True),
            *(
                column
                for epochs in budgets
                for column in (Column(f"epoch {epochs}"), Column("difference", field=f"difference at {epochs}"))
            ),
        ),
        rows=tuple(zip(map(Cell, by_arm), *columns, strict=True)) if len(budgets) > 1 else (),
    )


def _values(
    arm: Arm, curves: Mapping[int, Sequence[Mapping[str, float]]], metric: str, budgets: Sequence[int]
) -> Iterator[tuple[int, dict[int, float]]]:
    """Yield each budget that all the arm's trials have reached, with the objective there by seed."""
    for epochs in budgets:
        points = {seed: curves[number][epochs - 1 : epochs] for seed, number in arm.trials.items()}
        if all(point and metric in point[0] for point in points.values()):
            yield epochs, {seed: point[0][metric] for seed, point in points.items()}


def _beside(values: Mapping[int, float] | None, reference: Mapping[int, float] | None, is_reference: bool) -> Budget:
    """Return the values of one arm and their difference to the reference arm, None where it has none."""
    if values is None or reference is None or is_reference:
        return values or {}, None
    differences = paired_differences(values, reference)
    return values, replicate_interval(differences) if len(differences) > 1 else None
