"""What holds up the outcome of a search: budget curve, agreement of ranks, what picking did, variance shares."""

from __future__ import annotations

import math
from dataclasses import dataclass

from adsw.draws import generator
from adsw.metrics import Metric
from adsw.stats.interval import Interval
from sweep.space.scheduler import Asha
from sweep.state import TrialRecord, TrialState
from sweep.statistics.expected_best import expected_best_with, expected_best_without
from sweep.statistics.fanova import VarianceShares, variance_shares
from sweep.statistics.importance import Observation
from sweep.statistics.rank_agreement import Agreement, rank_agreement, rungs
from sweep.statistics.selection import fresh_seed_drop, split_gap
from sweep.view.leaderboard import Leaderboard, Row
from sweep.view.run_data import RunData
from sweep.view.scores import direction_of
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
    one, two = direction_of(valid, metric), direction_of(test, run.on_test(metric))
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
