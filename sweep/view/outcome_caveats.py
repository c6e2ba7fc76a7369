"""Caveats on the outcome: leads within noise or not confirmed, sets that disagree, weak early ranks, no room left."""

from __future__ import annotations

from adsw.metrics import Metric, digits_of
from adsw.report.format import listed, number, plural, signed
from adsw.stats.interval import Interval
from sweep.view.evidence import Evidence
from sweep.view.findings import Findings
from sweep.view.held_out import BEST, DEFAULT, TestResults
from sweep.view.leaderboard import Leaderboard
from sweep.view.run_data import RunData
from sweep.view.scores import excludes_zero
from sweep.view.set_words import disagreeing

FEW_FRESH = 5
"""Below this many fresh seeds the report says what so few cannot show."""
WEAK = 0.5
"""Below this rank correlation with the last epoch, stopping by an early one is said to be unsound."""
SATURATED = 0.9
"""Above this mAP@10 there is little room left in which hyperparameters could be told apart."""


def within_noise(board: Leaderboard, results: TestResults | None, more: Findings) -> str:
    """The winner's lead over the default may be none."""
    best = board.best
    if best is None or best.is_default or more.front is not None:
        return ""
    tested = results.objective.difference if results is not None else None
    gap, metric = (best.to_default, board.metric)
    if tested is not None and results is not None:
        gap, metric = tested, results.objective.metric.full
    if gap is None or excludes_zero(gap):
        return ""
    return f"The winner is within noise of the default: on {metric} the difference is {_span(gap, metric)}."


def not_confirmed(board: Leaderboard, more: Findings) -> str:
    """The winner was not trained again, or on few seeds."""
    best, found = board.best, more.confirmation
    if best is None or best.is_default or len(board.ranked) < 2 or more.front is not None:
        return ""
    if found is None:
        return (
            "The winner was not trained again on fresh seeds: how much of its lead is luck of the seed is not known. "
            'To know, put "confirm: 3" into the space.'
        )
    parts = []
    if len(found.values) < FEW_FRESH:
        seeds = plural(len(found.values), "fresh seed")
        parts.append(f"The winner was trained again on {seeds} only: its interval over seeds assumes normal scatter.")
    if found.failed:
        parts.append(f"{plural(found.failed, 'trial')} on fresh seeds did not complete.")
    return " ".join(parts)


def picked_front(more: Findings) -> str:
    """A front is picked by the values that it is drawn at."""
    found = more.front
    if found is None or len(found.trials) < 2:
        return ""
    return (
        f"The front is the best of {len(found.trials)} trials by their own scores, which are therefore optimistic: the "
        "more trials, the further out a front of equal trials lies. The shares of resamples do not mend that."
    )


def weak_ranks(support: Evidence) -> str:
    """Early stopping by epochs whose order says little of the last one."""
    weak = [rung for rung in support.rungs if rung.agreement.rho.value < WEAK]
    if not weak:
        return ""
    told = listed(f"{signed(rung.agreement.rho.value, 2)} at epoch {rung.epoch}" for rung in weak)
    stopped = (
        "Stopping trials early is unsound here" if support.censored else "Stopping trials early would be unsound here"
    )
    among = ", among trials that were kept" if support.censored else ""
    return f"{stopped}: the rank correlation with the last epoch is only {told}{among}."


def sets_disagree(more: Findings) -> str:
    """Evaluation sets that put trials in another order than the objective's."""
    pairs = disagreeing(more.sets)
    if not pairs or more.sets is None:
        return ""
    own = more.sets.own
    others = [pair.other if pair.one == own else pair.one for pair in pairs]
    return (
        f"Evaluation sets disagree: {listed(others)} {'does' if len(others) == 1 else 'do'} not order trials as {own} "
        "does. What won here need not win elsewhere."
    )


def saturated(board: Leaderboard, results: TestResults | None) -> str:
    """Little room is left to tell trials apart."""
    metric = Metric.parse(board.metric).named("mAP@10")
    level = board.best.metrics.get(metric.full) if board.best else None
    if results is not None:
        row = results.of("mAP@10")
        key = BEST if BEST in row.scores else DEFAULT
        if key in row.scores:
            metric, level = row.metric, row.scores[key].value
    if level is None or level <= SATURATED:
        return ""
    return (
        f"The task is saturated: {metric.full} is {number(level, 3)}. Hyperparameters can hardly be told apart on it; "
        "take a larger pool, harder queries or a stricter metric."
    )


def test_opened(run: RunData) -> str:
    """How many trials the test split was opened for."""
    opened = len(run.test)
    if opened < 2:
        return ""
    fresh = sum(record.number in run.test for record in run.confirming)
    also = f", {fresh} of them on fresh seeds" if fresh else ""
    return (
        f"The test split was opened for {plural(opened, 'trial')}{also}, once each and after the last choice. None was "
        "picked by it; picking among them by their test scores would spoil them."
    )


def _span(gap: Interval, metric: str) -> str:
    digits = digits_of(metric)
    return f"{signed(gap.value, digits)} (95 % {signed(gap.low, digits)} to {signed(gap.high, digits)})"
