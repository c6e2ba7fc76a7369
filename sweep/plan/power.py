"""Replicates that an ablation will need, estimated before it runs from a guessed or a measured scatter."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adsw.stats.interval import Interval
from sweep.run.records import TrialRecord
from sweep.space.compared import paired_differences, reference_of, replicate_key
from sweep.stats.paired import LEVEL
from sweep.stats.power import needed_at, paired_scatter, power_of
from sweep.stats.sign_flips import fewest_replicates

MULTIPLES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Differences of the table, in standard deviations."""
SHOWN = (3, 5, 10, 20)
"""Numbers of replicates whose power is shown."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """Standard deviation of paired differences over replicates, and its origin."""

    deviation: Interval
    """Standard deviation with its interval, which for a guess has no width."""
    paired: bool = True
    """Whether differences on shared seeds were measured; otherwise it is the scatter of single arms times root 2."""
    replicates: int = 0
    """Most replicates of an arm; 0 for a guess."""
    comparisons: int = 0
    """Arms that were compared with the reference, or single arms if not paired; 0 for a guess."""
    reference: float | None = None
    """Mean of the reference arm."""


@dataclass(frozen=True, slots=True)
class PowerRow:
    """Replicates that one true difference needs."""

    difference: float
    asked: bool
    """Whether the user asked for it; otherwise it is one of `MULTIPLES`."""
    deviations: float
    """The difference in standard deviations."""
    replicates: int | None
    """None if more than `power.MOST`."""
    low: int | None
    high: int | None
    """Replicates at the ends of the scatter's interval."""
    trainings: int | None
    """Trainings of all arms together."""
    power: Mapping[int, float]
    """Power by number of replicates."""


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """The table of replicates, with the assumptions behind it."""

    scatter: Scatter
    arms: int
    level: float
    """Significance level of each comparison: 5 % divided by their number, Holm's first step."""
    power: float
    exact_from: int
    """Replicates from which the exact test can decide at this level; with fewer the paired t test decides."""
    rows: tuple[PowerRow, ...]

    def document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def power_plan(scatter: Scatter, differences: Sequence[float], arms: int, power: float) -> PowerPlan:
    """Compute the replicates needed for the differences asked for and for `MULTIPLES` of the deviation.

    Args:
        scatter: guessed or measured scatter.
        differences: differences asked for, none of them 0.
        arms: number of arms with the reference, at least 2.
        power: the chance to find a true difference of that size, between 0 and 1.

    Raises:
        ValueError: as `sweep.stats.power.replicates_needed`.
    """
    level = LEVEL / (arms - 1)  # each arm is compared with the reference
    asked = sorted({abs(difference) for difference in differences})
    others = [multiple * scatter.deviation.value for multiple in MULTIPLES]
    rows = [_row(difference, True, scatter.deviation, arms, level, power) for difference in asked]
    rows += [_row(difference, False, scatter.deviation, arms, level, power) for difference in others]
    return PowerPlan(scatter, arms, level, power, fewest_replicates(level), tuple(rows))


def _row(difference: float, asked: bool, deviation: Interval, arms: int, level: float, power: float) -> PowerRow:
    """Return the table's row for one difference."""
    needed = needed_at(difference, deviation, level, power)
    return PowerRow(
        difference=difference,
        asked=asked,
        deviations=difference / deviation.value,
        replicates=needed.replicates,
        low=needed.low,
        high=needed.high,
        trainings=None if needed.replicates is None else arms * needed.replicates,
        power={count: power_of(difference, deviation.value, count, level) for count in SHOWN},
    )


def measured_scatter(records: Sequence[TrialRecord], metric: str) -> Scatter | None:
    """Measure the scatter between the replicates of a run, on its objective.

    It is that of paired differences from the reference arm (``default``, or the first) on the seeds that both have. If
    no two arms share two seeds, it is the scatter of single arms over their seeds times the square root of 2, as for
    arms whose results do not correlate over seeds: rather too large. Of a search, the trials that confirm its winner
    count, and not those from which the winner was picked.

    Args:
        records: the run's ended trials.
        metric: the run's objective.

    Returns:
        The scatter, or None if no arm has two seeds, or all their results are equal.
    """
    arms = list(_by_arm(records, metric).items())
    if not arms:
        return None
    _, reference = reference_of(arms, lambda arm: arm[0][0])
    pairs = [paired_differences(values, reference) for _, values in arms if values is not reference]
    singles = [list(values.values()) for _, values in arms]
    paired, alone = paired_scatter(pairs), paired_scatter(singles)
    scatter = paired or alone
    if scatter is None:
        return None
    # The variance of a difference of two uncorrelated results is twice that of one.
    factor = 1.0 if paired else math.sqrt(2.0)
    used = [row for row in (pairs if paired else singles) if len(row) > 1]
    return Scatter(
        deviation=Interval(factor * scatter.value, factor * scatter.low, factor * scatter.high),
        paired=paired is not None,
        replicates=max(map(len, used)),
        comparisons=len(used),
        reference=sum(reference.values()) / len(reference),
    )


def _by_arm(records: Sequence[TrialRecord], metric: str) -> dict[tuple[str, str, str], dict[int, float]]:
    """Return the values by arm, searched parameters and store, each by seed."""
    kept = [record for record in records if record.purpose == "confirm"]
    # Those of a search without confirmation, or of an ablation.
    kept = kept or [record for record in records if not record.purpose]
    by_arm: dict[tuple[str, str, str], dict[int, float]] = {}
    for record in kept:
        value = record.value(metric)
        if value is not None and record.has_result:
            key = *replicate_key(record.arm, record.params), record.store
            by_arm.setdefault(key, {})[record.seed] = value
    return by_arm
