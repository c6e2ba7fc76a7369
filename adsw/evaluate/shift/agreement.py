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

from adsw.align.checkpoint import Checkpoint
from adsw.evaluate.evaluation import evaluate
from adsw.evaluate.queries import QuerySet
from adsw.evaluate.shift.comparison import judged_cell
from adsw.metric_names import lower_is_better
from adsw.report.table import TableModel, head_columns, row
from adsw.stats.bootstrap import NORMAL_95, Interval

LEAST = 5
"""Checkpoints below which an interval says nothing."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one metric on a set goes with one on another set."""

    predictor: str
    """Full name: set, direction, metric."""
    target: str
    rho: Interval | None
    """None where one of the two is the same for every checkpoint."""

    def document(self) -> dict[str, object]:
        """As plain JSON values."""
        return asdict(self)


def figures(checkpoints: Sequence[Checkpoint], sets: Mapping[str, QuerySet]) -> dict[str, list[float]]:
    """Every metric on every set, one value per checkpoint."""
    found: dict[str, list[float]] = {}
    for checkpoint in checkpoints:
        for name, queries in sets.items():
            for metric, value in evaluate(checkpoint.heads, queries, name).metrics.items():
                found.setdefault(metric, []).append(value)
    return found


def agreements(values: Mapping[str, Sequence[float]]) -> list[Agreement]:
    """Every metric of every set against every metric of every other set, in the same direction.

    Args:
        values: full name -> one value per checkpoint, in one order.

    Raises:
        ValueError: fewer than `LEAST` checkpoints.
    """
    found = []
    for one, other in permutations(values, 2):
        (one_set, one_way, _), (other_set, other_way, _) = (name.rsplit("/", 2) for name in (one, other))
        if one_set != other_set and one_way == other_way:
            rho = rank_correlation(_turned(one, values[one]), _turned(other, values[other]))
            found.append(Agreement(one, other, rho))
    return found


def best_predictors(found: Sequence[Agreement]) -> list[Agreement]:
    """For every target metric and every other set, the metric of that set that goes best with it."""
    best: dict[tuple[str, str], Agreement] = {}
    for one in found:
        key = one.target, one.predictor.rsplit("/", 2)[0]
        if one.rho is not None and (key not in best or _value(one) > _value(best[key])):
            best[key] = one
    return [best[key] for key in sorted(best)]


def agreement_table(found: Sequence[Agreement], checkpoints: int) -> TableModel:
    """For every metric, what predicts it best."""
    rows = tuple(
        row(one.target, one.predictor, judged_cell(one.rho, one.rho.low <= 0, 2, "good"))
        for one in best_predictors(found)
        if one.rho is not None
    )
    same = sorted({one.target for one in found if one.rho is None})
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
    """Spearman's correlation with its 95 % interval; None where either does not vary.

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
    sign = -1.0 if lower_is_better(name) else 1.0
    return [float(value) for value in np.asarray(values, dtype=np.float64) * sign]


def _value(one: Agreement) -> float:
    return one.rho.value if one.rho is not None else -1.0
