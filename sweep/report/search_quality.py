"""How far to trust a search: budget curve, agreement of ranks, what picking did, variance shares; the section."""

from __future__ import annotations

import math
from dataclasses import dataclass

from adsw.draws import generator
from adsw.metrics import Metric
from adsw.report.format import correlation, percent, plural
from adsw.report.section import Block, Notes, Part, Plot, Section
from adsw.report.table import Cell, Column, TableModel, exact_cell, file_table, interval_cell
from adsw.stats.interval import Interval
from sweep.report.confirmation import Confirmation, seed_table, statements
from sweep.report.data import RunData, direction_of, gap_text
from sweep.report.drawing import Figure, colour, interval_marks, layout, row_axis
from sweep.report.leaderboard import Leaderboard, Row, at_epoch, searched
from sweep.run.records import TrialRecord, TrialState
from sweep.space.sections import Asha
from sweep.stats.fanova import VarianceShares, variance_shares
from sweep.stats.importance import Observation
from sweep.stats.rank_agreement import Agreement, rank_agreement, rungs
from sweep.stats.selection import expected_best_with, expected_best_without, fresh_seed_drop, split_gap

FEWEST_RANDOM = 5
"""Below this many random trials there is no budget curve."""
MOST_FOR_FOREST = 150
"""Most completed trials for the variance shares, drawn from all: the forest's time grows with them."""
FACTOR = 3.0
"""The reduction factor to judge early stopping by if the sweep had none."""


@dataclass(frozen=True, slots=True)
class BudgetCurve:
    """Expected best objective on validation after n random trials, n = 1 to N."""

    without: tuple[float, ...]
    """Unbiased (Tang et al., 2020)."""
    replaced: tuple[float, ...]
    """With replacement (Dodge et al., 2019)."""
    stopped: int
    """Random trials that were stopped early and count with their last value."""


@dataclass(frozen=True, slots=True)
class Rung:
    """How well the order at one epoch foretold the last, over trials that got there."""

    epoch: int
    agreement: Agreement
    keeps: float
    """The share of trials that a rung keeps."""

    @property
    def keeps_best(self) -> bool:
        """Whether the trial that was best in the end would have passed, among these trials alone."""
        return self.agreement.place_of_best <= max(1, math.floor(self.agreement.trials * self.keeps))


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far a search can be trusted, for the report."""

    budget: BudgetCurve | None
    rungs: tuple[Rung, ...]
    last_epoch: int
    censored: bool
    """Whether some trials were stopped early, so that those at the last epoch were picked by early values."""
    gaps: tuple[tuple[str, Interval], ...]
    """Validation minus test, of the winner and of the default."""
    drop: tuple[int, Interval] | None
    """Fresh seeds of the winner's configuration, and what its value lost on them."""
    shares: VarianceShares | None


def evidence(run: RunData, board: Leaderboard, resamples: int) -> Evidence:
    """Compute the evidence; an ablation, which searches nothing, has none.

    Args:
        run: the run.
        board: its leaderboard.
        resamples: bootstrap samples for the variance shares' intervals.
    """
    if run.space.is_ablation:
        return Evidence(None, (), 0, False, (), None, None)
    completed = [record for record in run.records if record.state is TrialState.COMPLETED]
    last = max((record.fidelity for record in completed), default=0)
    return Evidence(
        budget=_budget(run, board),
        rungs=_rungs(run, board, completed, last),
        last_epoch=last,
        censored=any(record.state is TrialState.STOPPED for record in run.records),
        gaps=_gaps(run, board),
        drop=_drop(board, completed),
        shares=_shares(run, board, completed, last, resamples),
    )


def _budget(run: RunData, board: Leaderboard) -> BudgetCurve | None:
    """Compute the budget curve over randomly drawn trials; return None for fewer than `FEWEST_RANDOM`."""
    ended = (TrialState.COMPLETED, TrialState.STOPPED)
    drawn = [
        (record.state, value)
        for record in run.records
        if record.state in ended
        and run.origins.get(record.number) == "random"  # Suggested trials depend on those before them.
        and (value := record.value(board.metric)) is not None
    ]
    if len(drawn) < FEWEST_RANDOM:
        return None
    values = [value for _, value in drawn]
    return BudgetCurve(
        without=tuple(map(float, expected_best_without(values, board.mode))),
        replaced=tuple(map(float, expected_best_with(values, board.mode))),
        stopped=sum(state is TrialState.STOPPED for state, _ in drawn),
    )


def _rungs(run: RunData, board: Leaderboard, completed: list[TrialRecord], last: int) -> tuple[Rung, ...]:
    """Measure agreement at the scheduler's rungs or, without early stopping, at rungs that a third would pass."""
    if last < 2:
        return ()
    scheduler = run.space.scheduler
    factor = scheduler.reduction_factor if isinstance(scheduler, Asha) else FACTOR
    grace = scheduler.grace_epochs if isinstance(scheduler, Asha) else max(1, round(last / FACTOR**2))
    measured = []
    for epoch in rungs(grace, factor, last):
        pairs = [
            (early, final)
            for record in completed
            if record.fidelity == last  # Values at different last epochs are of different fidelity.
            and (early := at_epoch(record, board.metric, epoch)) is not None
            and (final := record.value(board.metric)) is not None
        ]
        agreement = rank_agreement([early for early, _ in pairs], [final for _, final in pairs], board.mode)
        if agreement is not None:
            measured.append(Rung(epoch, agreement, 1 / factor))
    return tuple(measured)


def _gaps(run: RunData, board: Leaderboard) -> tuple[tuple[str, Interval], ...]:
    rows = [("best", board.best), ("default", board.default if board.default != board.best else None)]
    return tuple((label, gap) for label, row in rows if row is not None and (gap := _gap(run, board, row)) is not None)


def _gap(run: RunData, board: Leaderboard, row: Row) -> Interval | None:
    metric = Metric.parse(board.metric)
    valid, test = run.evaluation(metric.dataset, row.number), run.test.get(row.number)
    if valid is None or test is None:
        return None
    on_valid, on_test = direction_of(valid, metric), direction_of(test, run.on_test(metric))
    if on_valid is None or on_test is None:
        return None
    values, others = on_valid.scores.of(metric.name), on_test.scores.of(metric.name)
    return split_gap(values, on_valid.clusters, others, on_test.clusters, metric.statistic)


def _drop(board: Leaderboard, completed: list[TrialRecord]) -> tuple[int, Interval] | None:
    """Compare the winner with the other seeds of its configuration; return None for fewer than two of them."""
    if board.best is None or board.best.value is None:
        return None
    recipes = {record.number: record.configuration() for record in completed}
    wanted = recipes.get(board.best.number)
    fresh = [
        value
        for record in completed
        if record.number != board.best.number
        and recipes[record.number] == wanted
        and (value := record.value(board.metric)) is not None
    ]
    return (len(fresh), fresh_seed_drop(board.best.value, fresh)) if len(fresh) > 1 else None


def _shares(
    run: RunData, board: Leaderboard, completed: list[TrialRecord], last: int, resamples: int
) -> VarianceShares | None:
    observations = [
        Observation(record.params, value)
        for record in completed
        if record.fidelity == last and (value := record.value(board.metric)) is not None
    ]
    if len(observations) > MOST_FOR_FOREST:
        # Seeded, so that the same run gives the same report.
        chosen = generator(0, "trials of the forest").permutation(len(observations))[:MOST_FOR_FOREST]
        observations = [observations[place] for place in sorted(chosen)]
    return variance_shares(observations, searched(run), resamples=resamples)


def search_section(support: Evidence, fresh: Confirmation | None, board: Leaderboard) -> Section | None:
    """Return the section, or None if the run has no such evidence."""
    parts: list[Block] = []
    if support.budget is not None:
        parts.append(_budget_part(support.budget, board.metric))
    if support.rungs:
        parts.append(_rung_part(support, board.name))
    lines = [statement.text for statement in statements(fresh, board)] + picking_lines(support, board.metric)
    if lines:
        fields = ("trial", "validation minus test", "low95", "high95")
        gaps = [(label, gap.value, gap.low, gap.high) for label, gap in support.gaps]
        file = file_table("validation-minus-test", fields, gaps, "validation minus test as CSV")
        parts.append(Part("What picking the best did", (Notes(tuple(lines)), file)))
    if fresh is not None:
        parts.append(Part("Winner and default on fresh seeds" if fresh.gaps else "", (seed_table(fresh, board.name),)))
    return Section("search", "How far to trust the search", tuple(parts), label="Search") if parts else None


def _budget_part(budget: BudgetCurve, metric: str) -> Part:
    trials = plural(len(budget.without), "random trial")
    caption = (
        f"The best expected of n random trials, on validation, over the {trials} of this run only: suggested trials "
        "depend on earlier ones and are left out."
    )
    if budget.stopped:
        caption += f" {plural(budget.stopped, 'trial')} stopped early count with what they had."
    plot = Plot("budget", budget_curve(budget, metric), "Expected best after n random trials", caption)
    rows = [(count, *pair) for count, pair in enumerate(zip(budget.without, budget.replaced, strict=True), start=1)]
    fields = ("random trials", "unbiased", "with replacement")
    return Part("What a budget buys", (plot, file_table("expected-best", fields, rows)))


def _rung_part(support: Evidence, name: str) -> Part:
    caption = f"Over trials that reached epoch {support.last_epoch}, with 95 % bootstrap intervals."
    if support.censored:
        caption += (
            " Others were stopped early, so these were picked by early values: the correlation over all trials is "
            "likely higher."
        )
    label = "Rank correlation of early epochs with the last"
    plot = Plot("rungs", rung_agreement(support.rungs), label, caption)
    return Part("Do early ranks foretell the last ones", (plot, rung_table(support, name)))


def rung_table(support: Evidence, name: str) -> TableModel:
    """Return the table of how well the order of trials at each rung foretold the last one."""
    return TableModel(
        name="rank-agreement",
        title="Do early ranks foretell the last ones",
        caption=(
            f"Agreement of early ranks with those at epoch {support.last_epoch}, over trials of {name} that got there, "
            "with 95 % intervals over trials."
        ),
        columns=(
            Column("epoch"),
            Column("trials"),
            Column("Kendall tau-b", field="kendall tau-b"),
            Column("Spearman", field="spearman", ends=""),
            Column("early place of the best", field="place of best"),
            Column("rung keeps", only="file"),
            Column("kept by the rung", field="keeps best"),
        ),
        rows=tuple(map(_rung_row, support.rungs)),
    )


def _rung_row(rung: Rung) -> tuple[Cell, ...]:
    agreement = rung.agreement
    kept = f"{'yes' if rung.keeps_best else 'no'}, best {percent(rung.keeps)} %"
    return (
        exact_cell(rung.epoch),
        exact_cell(agreement.trials),
        Cell(correlation(agreement.tau), exact=agreement.tau),
        interval_cell(agreement.rho, correlation),
        Cell(f"{agreement.place_of_best} of {agreement.trials}", exact=agreement.place_of_best),
        exact_cell(rung.keeps),
        Cell(kept, exact=rung.keeps_best),
    )


def picking_lines(support: Evidence, metric: str) -> list[str]:
    """Return sentences on validation minus test, and on the winner's other seeds."""
    lines = [
        f"Validation minus test, {label}: {gap_text(gap, metric)}, over the tracks of both splits."
        for label, gap in support.gaps
    ]
    if len(support.gaps) > 1:
        lines.append(
            "The default was not picked: its gap is what the splits do, and what the best has beyond it is luck."
        )
    if support.drop is not None:
        seeds, drop = support.drop
        lost = gap_text(drop, metric)
        what = f"the winner's configuration loses {lost} of the value it was picked by"
        lines.append(f"On {plural(seeds, 'other seed')} {what}.")
    return lines


def budget_curve(budget: BudgetCurve, metric: str) -> Figure:
    """Draw the expected best against the number of random trials, by both estimators."""
    drawn = (
        ("unbiased (Tang et al.)", budget.without, "default", "solid"),
        ("with replacement (Dodge et al.)", budget.replaced, "best", "dash"),
    )
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": list(range(1, len(values) + 1)),
            "y": [round(value, 6) for value in values],
            "line": {"color": colour(ink), "width": 3, "dash": dash},
            "hovertemplate": "after %{x} random trials: %{y:.4f}<extra></extra>",
        }
        for name, values, ink, dash in drawn
    ]
    return {"data": data, "layout": layout(360, x="random trials", y=metric)}


def rung_agreement(rungs: tuple[Rung, ...]) -> Figure:
    """Draw Spearman's correlation of the ranks at each rung with the last ones."""
    spans = [rung.agreement.rho for rung in rungs]
    triples = [(span.value, span.low, span.high) for span in spans]
    trace = {**interval_marks(triples, range(len(rungs)), "Spearman", "default", ".2f"), "showlegend": False}
    plot = layout(110 + 46 * len(rungs), x="rank correlation with the last epoch (Spearman)")
    plot["yaxis"] |= row_axis([f"epoch {rung.epoch}" for rung in rungs])
    plot["xaxis"] |= {"range": [min(-0.05, min(span.low for span in spans) - 0.05), 1.05]}
    return {"data": [trace], "layout": plot}
