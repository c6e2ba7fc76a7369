"""Every arm of an ablation at its best and at its last epoch: which is judged, and whether it had converged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from adsw.judging import JudgedAt, Judging
from adsw.report.format import short
from adsw.report.table import Cell, Column, TableModel, exact_cell, figure
from sweep.report.ablation.design import Arm
from sweep.report.data import RunData

LATE = 0.05
"""Share of a training's epochs at its end: with the best epoch among them it was still getting better."""


@dataclass(frozen=True, slots=True)
class JudgedArm:
    """One arm over its replicates."""

    name: str
    best_epochs: tuple[int, ...]
    epochs: tuple[int, ...]
    """Epochs trained."""
    best: float
    """Mean over replicates of the objective at each one's best epoch."""
    last: float
    """The same at the last epoch."""

    @property
    def still_rising(self) -> int:
        """How many replicates were best at their end."""
        pairs = zip(self.best_epochs, self.epochs, strict=True)
        return sum(best > (1 - LATE) * epochs for best, epochs in pairs)


def judged_arms(run: RunData, arms: Sequence[Arm]) -> Iterator[JudgedArm]:
    """Yield every arm with replicates whose curves have the objective at the last epoch."""
    metric = run.objective.metric
    judging = Judging(metric, run.objective.mode)
    curves = {record.number: record.curve for record in run.every_record}
    for arm in arms:
        known = [curve for number in arm.trials.values() if (curve := curves[number]) and metric in curve[-1]]
        bests = [best for curve in known if (best := judging.best_epoch(curve)) is not None]
        if known:
            yield JudgedArm(
                name=arm.name,
                best_epochs=tuple(bests),
                epochs=tuple(map(len, known)),
                best=fmean(curve[best - 1][metric] for curve, best in zip(known, bests, strict=True)),
                last=fmean(curve[-1][metric] for curve in known),
            )


def judged_table(arms: Sequence[JudgedArm], judged_at: JudgedAt, metric: str, name: str) -> TableModel:
    """Return the table of all arms; without rows if no curve was kept."""
    return TableModel(
        name="ablation-epochs",
        title="Best and last epoch",
        caption=(
            f"{metric} of every arm of {name}, means over seeds. The {judged_at} epoch is judged. The best of many "
            "epochs is chosen by this very figure, which is therefore optimistic; test is not chosen by. Where "
            "the best epoch is among the last, the arm was still getting better: a longer training would tell more."
        ),
        columns=(
            Column("arm", left=True),
            Column("at the best epoch", field="best"),
            Column("at the last epoch", field="last"),
            Column("best epoch, median", field="best epoch"),
            Column("epochs trained", field="epochs"),
            Column("best at the end"),
        ),
        rows=tuple(
            (
                Cell(arm.name),
                figure(metric, arm.best),
                figure(metric, arm.last),
                exact_cell(median(arm.best_epochs)),
                Cell(_range(arm.epochs), exact=median(arm.epochs)),
                Cell(f"{arm.still_rising} of {len(arm.epochs)}", exact=arm.still_rising),
            )
            for arm in arms
        ),
    )


def _range(counts: Sequence[int]) -> str:
    """Write the smallest and the largest of some counts."""
    low, high = min(counts), max(counts)
    return short(low) if low == high else f"{low} to {high}"
