"""How far to trust a search: budget curve, agreement of ranks, what picking did, variance shares; the section."""

from __future__ import annotations

import math
from dataclasses import dataclass

from adsw.draws import generator
from adsw.report.format import correlation, percent, plural
from adsw.report.section import Block, Notes, Part, Plot, Section
from adsw.report.table import Cell, Column, TableModel, exact_cell, file_table, interval_cell
from adsw.stats.bootstrap import Interval
from sweep.space.scheduler import Asha
from sweep.state import TrialRecord, TrialState
from sweep.statistics.expected_best import expected_best_with, expected_best_without
from sweep.statistics.fanova import VarianceShares, variance_shares
from sweep.statistics.importance import Observation
from sweep.statistics.rank_agreement import Agreement, rank_agreement, rungs
from sweep.statistics.selection import fresh_seed_drop, split_gap
from sweep.view.confirmation import Confirmation, seed_table, statements
from sweep.view.drawing import Figure, colour, interval_marks, layout, row_axis
from sweep.view.leaderboard import Leaderboard, Row
from sweep.view.run_data import RunData
from sweep.view.scores import Metric, gap_text
from sweep.view.series import at_epoch, searched

FEWEST_RANDOM = 5
"""Below this many random trials there is no budget curve."""
MOST_FOR_FOREST = 150
"""Of more completed trials so many are drawn for the variance shares: the forest's time grows with them."""
FACTOR = 3.0
"""The reduction factor that is asked about where no trial was stopped early."""


@dataclass(frozen=True, slots=True)
class BudgetCurve:
    """Expected best objective on validation after n random trials, n = 1 to N."""

    without: tuple[float, ...]
    """Unbiased (Tang et al., 2020)."""
    replaced: tuple[float, ...]
    """With replacement (Dodge et al., 2019)."""
    stopped: int
    """Random trials that were stopped early and count with what they had."""


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
    """What the report says beside the leaderboard of a search."""

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
    """Compute it; `resamples` is for the variance shares' intervals. Nothing is searched in an ablation."""
    if run.space.is_ablation:
        return Evidence(None, (), 0, False, (), None, None)
    completed = [record for record in run.records if record.state is TrialState.COMPLETED]
    last = max((record.epochs for record in completed), default=0)
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
    """Over trials whose values were drawn at random; suggested ones depend on the trials before them."""
    ended = (TrialState.COMPLETED, TrialState.STOPPED)
    drawn = [
        (record.state, value)
        for record in run.records
        if record.state in ended
        and run.origins.get(record.number) == "random"
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
    """Agreement at the scheduler's rungs; where nothing is stopped, at those that a third each would pass."""
    if last < 2:
        return ()
    scheduler = run.space.scheduler
    factor = scheduler.reduction_factor if isinstance(scheduler, Asha) else FACTOR
    grace = scheduler.grace_epochs if isinstance(scheduler, Asha) else max(1, round(last / FACTOR**2))
    found = []
    for epoch in rungs(grace, factor, last):
        pairs = [
            (early, final)
            for record in completed
            if record.epochs == last
            and (early := at_epoch(record, board.metric, epoch)) is not None
            and (final := record.value(board.metric)) is not None
        ]
        agreement = rank_agreement([early for early, _ in pairs], [final for _, final in pairs], board.mode)
        if agreement is not None:
            found.append(Rung(epoch, agreement, 1 / factor))
    return tuple(found)


def _gaps(run: RunData, board: Leaderboard) -> tuple[tuple[str, Interval], ...]:
    rows = [("best", board.best), ("default", board.default if board.default != board.best else None)]
    return tuple((label, gap) for label, row in rows if row is not None and (gap := _gap(run, board, row)) is not None)


def _gap(run: RunData, board: Leaderboard, row: Row) -> Interval | None:
    metric = Metric.parse(board.metric)
    valid, test = run.evaluation(metric.dataset, row.number), run.test.get(row.number)
    if valid is None or test is None:
        return None
    one, two = metric.part(valid), run.on_test(metric).part(test)
    if one is None or two is None:
        return None
    values, others = one.scores.of(metric.name), two.scores.of(metric.name)
    return split_gap(values, one.clusters, others, two.clusters, metric.statistic)


def _drop(board: Leaderboard, completed: list[TrialRecord]) -> tuple[int, Interval] | None:
    """The winner against the other seeds of its own configuration, where it was picked by one seed of several."""
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
        if record.epochs == last and (value := record.value(board.metric)) is not None
    ]
    if len(observations) > MOST_FOR_FOREST:
        chosen = generator(0, "trials of the forest").permutation(len(observations))[:MOST_FOR_FOREST]
        observations = [observations[place] for place in sorted(chosen)]
    return variance_shares(observations, searched(run), resamples=resamples)


def search_section(found: Evidence, fresh: Confirmation | None, board: Leaderboard) -> Section | None:
    """Return the section; None where there is nothing to tell."""
    parts: list[Block] = []
    if found.budget is not None:
        parts.append(_budget_part(found.budget, board.metric))
    if found.rungs:
        parts.append(_rung_part(found, board.name))
    told = [one.text for one in statements(fresh, board)] + picking_lines(found, board.metric)
    if told:
        fields = ("trial", "validation minus test", "low95", "high95")
        gaps = [(label, gap.value, gap.low, gap.high) for label, gap in found.gaps]
        file = file_table("validation-minus-test", fields, gaps, "validation minus test as CSV")
        parts.append(Part("What picking the best did", (Notes(tuple(told)), file)))
    if fresh is not None:
        parts.append(Part("Winner and default on fresh seeds" if fresh.gaps else "", (seed_table(fresh, board.name),)))
    return Section("search", "How far to trust the search", tuple(parts), label="Search") if parts else None


def _budget_part(found: BudgetCurve, metric: str) -> Part:
    trials = plural(len(found.without), "random trial")
    caption = (
        f"The best expected of n random trials, on validation, over the {trials} of this run only: suggested trials "
        "depend on earlier ones and are left out."
    )
    if found.stopped:
        caption += f" {plural(found.stopped, 'trial')} stopped early count with what they had."
    plot = Plot("budget", budget_curve(found, metric), "Expected best after n random trials", caption)
    rows = [(count, *pair) for count, pair in enumerate(zip(found.without, found.replaced, strict=True), start=1)]
    fields = ("random trials", "unbiased", "with replacement")
    return Part("What a budget buys", (plot, file_table("expected-best", fields, rows)))


def _rung_part(found: Evidence, name: str) -> Part:
    caption = f"Over trials that reached epoch {found.last_epoch}, with 95 % bootstrap intervals."
    if found.censored:
        caption += (
            " Others were stopped early, so these were picked by early values: the correlation over all trials is "
            "likely higher."
        )
    label = "Rank correlation of early epochs with the last"
    plot = Plot("rungs", rung_agreement(found.rungs), label, caption)
    return Part("Do early ranks foretell the last ones", (plot, rung_table(found, name)))


def rung_table(found: Evidence, name: str) -> TableModel:
    """Return how well the order of trials at each rung foretold the last one."""
    return TableModel(
        name="rank-agreement",
        title="Do early ranks foretell the last ones",
        caption=(
            f"Agreement of early ranks with those at epoch {found.last_epoch}, over trials of {name} that got there, "
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
        rows=tuple(map(_rung_row, found.rungs)),
    )


def _rung_row(rung: Rung) -> tuple[Cell, ...]:
    one = rung.agreement
    kept = f"{'yes' if rung.keeps_best else 'no'}, best {percent(rung.keeps)} %"
    return (
        exact_cell(rung.epoch),
        exact_cell(one.trials),
        Cell(correlation(one.tau), exact=one.tau),
        interval_cell(one.rho, correlation),
        Cell(f"{one.place_of_best} of {one.trials}", exact=one.place_of_best),
        exact_cell(rung.keeps),
        Cell(kept, exact=rung.keeps_best),
    )


def picking_lines(found: Evidence, metric: str) -> list[str]:
    """Return sentences on validation minus test, and on the winner's other seeds."""
    lines = [
        f"Validation minus test, {label}: {gap_text(gap, metric)}, over the tracks of both splits."
        for label, gap in found.gaps
    ]
    if len(found.gaps) > 1:
        lines.append(
            "The default was not picked: its gap is what the splits do, and what the best has beyond it is luck."
        )
    if found.drop is not None:
        seeds, drop = found.drop
        lost = gap_text(drop, metric)
        what = f"the winner's configuration loses {lost} of the value it was picked by"
        lines.append(f"On {plural(seeds, 'other seed')} {what}.")
    return lines


def budget_curve(found: BudgetCurve, metric: str) -> Figure:
    """Expected best against the number of random trials, by both estimators."""
    drawn = (
        ("unbiased (Tang et al.)", found.without, "default", "solid"),
        ("with replacement (Dodge et al.)", found.replaced, "best", "dash"),
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
    """Spearman's correlation of the ranks at each rung with the last ones."""
    spans = [rung.agreement.rho for rung in rungs]
    triples = [(span.value, span.low, span.high) for span in spans]
    trace = {**interval_marks(triples, range(len(rungs)), "Spearman", "default", ".2f"), "showlegend": False}
    plot = layout(110 + 46 * len(rungs), x="rank correlation with the last epoch (Spearman)")
    plot["yaxis"] |= row_axis([f"epoch {rung.epoch}" for rung in rungs])
    plot["xaxis"] |= {"range": [min(-0.05, min(span.low for span in spans) - 0.05), 1.05]}
    return {"data": [trace], "layout": plot}
