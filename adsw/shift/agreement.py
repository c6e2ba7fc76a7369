"""Which metric on one set predicts which metric on another, over many checkpoints.

The rank correlation (Spearman) of two metrics over checkpoints, with the interval of Bonett and Wright
(Psychometrika 65, 2000): Fisher's transformation with variance (1 + rho^2 / 2) / (n - 3). Metrics of which less is
better are turned round, so that 1 always means: the better here, the better there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations

import numpy as np

from adsw.metrics import Metric, mode_of, set_of
from adsw.report.table import TableModel, head_columns, row
from adsw.retrieval.evaluation import evaluate
from adsw.retrieval.queries import QuerySet
from adsw.shift.comparison import judged_cell
from adsw.stats.interval import NORMAL_95, Interval
from adsw.train.checkpoint import Checkpoint

LEAST = 5
"""Checkpoints below which an interval says nothing."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """The rank correlation of a metric on one set with a metric on another."""

    predictor: str
    """Full name: set, direction, metric."""
    target: str
    rho: Interval | None
    """None if one of the two is the same for every checkpoint."""

    def document(self) -> dict[str, object]:
        """Return the agreement as plain JSON values."""
        return asdict(self)


def figures(checkpoints: Sequence[Checkpoint], sets: Mapping[str, QuerySet]) -> dict[str, list[float]]:
    """Compute every metric on every set, one value per checkpoint, by full name."""
    values: dict[str, list[float]] = {}
    for checkpoint in checkpoints:
        for name, queries in sets.items():
            for metric, value in evaluate(checkpoint.heads, queries, name).metrics.items():
                values.setdefault(metric, []).append(value)
    return values


def agreements(values: Mapping[str, Sequence[float]]) -> list[Agreement]:
    """Correlate every metric of every set with every metric of every other set, in the same direction.

    Args:
        values: full name -> one value per checkpoint, in the same order for all.

    Raises:
        ValueError: fewer than `LEAST` checkpoints.
    """
    pairs = []
    for name, partner in permutations(values, 2):
        predictor, target = Metric.parse(name), Metric.parse(partner)
        if predictor.dataset != target.dataset and predictor.way == target.way:
            rho = rank_correlation(_turned(name, values[name]), _turned(partner, values[partner]))
            pairs.append(Agreement(name, partner, rho))
    return pairs


def best_predictors(pairs: Sequence[Agreement]) -> list[Agreement]:
    """Return, for every target metric and every other set, the metric of that set that correlates best with it."""
    best: dict[tuple[str, str], Agreement] = {}
    for pair in pairs:
        key = pair.target, set_of(pair.predictor)
        if pair.rho is not None and (key not in best or _value(pair) > _value(best[key])):
            best[key] = pair
    return [best[key] for key in sorted(best)]


def agreement_table(pairs: Sequence[Agreement], checkpoints: int) -> TableModel:
    """Return a table of what predicts each metric best."""
    rows = tuple(
        row(pair.target, pair.predictor, judged_cell(pair.rho, pair.rho.low <= 0, 2, "good"))
        for pair in best_predictors(pairs)
        if pair.rho is not None
    )
    same = sorted({pair.target for pair in pairs if pair.rho is None})
    without = (f"Without a correlation, being the same for all or for a partner: {', '.join(same)}",) if same else ()
    return TableModel(
        "agreement",
        f"What goes best with each metric, over {checkpoints} checkpoints (Spearman, 95 % interval)",
        "",
        head_columns("metric", "best predicted by", "rank correlation", left=2),
        rows,
        notes=(
            *without,
            "Lower-is-better metrics are turned round: 1 means the better here, the better there.",
            "Each is the best of several predictors, so its correlation is seen at its most favourable.",
        ),
    )


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> Interval | None:
    """Return Spearman's correlation with its 95 % interval, or None if either does not vary.

    Raises:
        ValueError: fewer than `LEAST` values.

    >>> rank_correlation([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).value
    0.8207826816681233
    """
    from scipy.stats import spearmanr

    if len(one) < LEAST:
        raise ValueError(f"a rank correlation needs {LEAST} values, not {len(one)}")
    if len(set(one)) == 1 or len(set(other)) == 1:
        return None
    rho = float(spearmanr(one, other).statistic)
    # Fisher's transformation has no value at 1: there, the interval is that of the largest correlation below 1.
    largest = 1 - 12 / (len(one) * (len(one) ** 2 - 1))
    inner = min(max(rho, -largest), largest)
    error = NORMAL_95 * math.sqrt((1 + inner**2 / 2) / (len(one) - 3))
    low, high = (math.tanh(math.atanh(inner) + sign * error) for sign in (-1, 1))
    return Interval(rho, min(low, rho), max(high, rho))


def _turned(name: str, values: Sequence[float]) -> list[float]:
    """Return the values, negated if less is better."""
    sign = -1.0 if mode_of(name) == "min" else 1.0
    return [float(value) for value in np.asarray(values, dtype=np.float64) * sign]


def _value(agreement: Agreement) -> float:
    """Return the correlation, -1 if there is none."""
    return agreement.rho.value if agreement.rho is not None else -1.0
