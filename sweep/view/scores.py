"""Scores with intervals out of saved evaluations: one metric, one kind of query, one pair of trials."""

from __future__ import annotations

from adsw.evaluate.direction import Direction
from adsw.evaluate.evaluation import Evaluation
from adsw.metrics import Metric, digits_of
from adsw.report.format import gap_number
from adsw.report.table import Cell, change
from adsw.stats.bootstrap import bootstrap_interval, paired_interval
from adsw.stats.interval import Interval

OBJECTIVE_TOLERANCE = 1e-6
"""Largest difference of a saved evaluation from a trial's recorded value that it belongs to."""


def direction_of(evaluation: Evaluation, metric: Metric) -> Direction | None:
    """Return the results on the queries that a metric is of, or None if no query is of its source."""
    direction = evaluation.direction(metric.way)
    return direction.by_text_source().get(metric.source) if metric.source else direction


def value_of(evaluation: Evaluation, metric: Metric) -> float | None:
    """Return a metric's value, or None if no query is of its source."""
    part = direction_of(evaluation, metric)
    return None if part is None else part.metrics[metric.name]


def estimate(evaluation: Evaluation, metric: Metric, source: str | None = None) -> Interval | None:
    """Estimate a metric with its 95 % bootstrap interval over tracks.

    Args:
        evaluation: the saved results.
        metric: which metric.
        source: kind of query to take; None for all that the metric is of.

    Returns:
        None if no query is of that source.
    """
    part = _part(evaluation, metric, source)
    if part is None:
        return None
    return bootstrap_interval(part.scores.of(metric.name), part.clusters, statistic=metric.statistic)


def difference(one: Evaluation, other: Evaluation, metric: Metric, source: str | None = None) -> Interval | None:
    """Estimate the paired difference (first minus second) with its 95 % interval over tracks.

    Returns:
        None if the two were not measured on the same queries, or no query is of that source.
    """
    first, second = _part(one, metric, source), _part(other, metric, source)
    if one.queries != other.queries or first is None or second is None:
        return None
    return paired_interval(
        first.scores.of(metric.name),
        second.scores.of(metric.name),
        first.clusters,
        statistic=metric.statistic,
    )


def matches(evaluation: Evaluation, metric: Metric, value: float | None) -> bool:
    """Return whether a saved evaluation is the one a recorded value came from, and not of another epoch."""
    measured = evaluation.metrics.get(metric.full)
    return measured is not None and value is not None and abs(measured - value) <= OBJECTIVE_TOLERANCE


def excludes_zero(interval: Interval) -> bool:
    """Return whether a difference's interval lies wholly on one side of 0."""
    return interval.low > 0.0 or interval.high < 0.0


def side_of(interval: Interval, mode: str) -> str:
    """Return on which side of 0 a difference's interval lies: ``better``, ``worse``, or ``open`` for both.

    >>> gain = Interval(0.2, 0.1, 0.3)
    >>> side_of(gain, "max"), side_of(gain, "min"), side_of(Interval(0.1, -0.1, 0.3), "max")
    ('better', 'worse', 'open')
    """
    return "open" if not excludes_zero(interval) else "better" if is_gain(interval, mode) else "worse"


def gap_cell(gap: Interval | None, metric: str, mode: str) -> Cell:
    """Return a difference as a cell of a table, with its interval and the side it lies on."""
    return change(metric, gap, side_of(gap, mode) if gap else "")


def ends_text(gap: Interval, metric: str) -> str:
    """Return the ends of a difference's interval as text: ``+0.0010 to +0.0200``."""
    digits = digits_of(metric)
    return f"{gap_number(gap.low, digits)} to {gap_number(gap.high, digits)}"


def gap_text(gap: Interval, metric: str) -> str:
    """Return a difference and its 95 % interval as text.

    >>> gap_text(Interval(0.02, 0.01, 0.03), "test/t2m/R@10")
    '+0.0200 (95 % +0.0100 to +0.0300)'
    """
    return f"{gap_number(gap.value, digits_of(metric))} (95 % {ends_text(gap, metric)})"


def is_gain(interval: Interval, mode: str) -> bool:
    """Return whether a difference's interval lies wholly on the better side."""
    return interval.low > 0.0 if mode == "max" else interval.high < 0.0


def _part(evaluation: Evaluation, metric: Metric, source: str | None) -> Direction | None:
    """Return the queries that a metric is of, of one kind of query where `source` names it."""
    part = direction_of(evaluation, metric)
    return part if source is None or part is None else part.by_source().get(source)
