"""How many replicates an ablation will need, asked before it runs: from a guess of the scatter, or another run's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from adsw.stats.bootstrap import Interval
from sweep.space.compared import paired_differences, reference_of, replicate_key
from sweep.state import TrialRecord
from sweep.statistics.flips import fewest_replicates
from sweep.statistics.paired import LEVEL
from sweep.statistics.power import needed_at, paired_scatter, power_of

MULTIPLES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Differences of the table, in deviations."""
SHOWN = (3, 5, 10, 20)
"""Replicates whose power is told."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """The standard deviation of paired differences over replicates, and where it is known from."""

    deviation: Interval
    """A guess has no width."""
    paired: bool = True
    """Whether differences on shared seeds were seen; otherwise one arm's own scatter stands in, times root 2."""
    replicates: int = 0
    """The most that an arm had; 0 for a guess."""
    comparisons: int = 0
    """Arms that were compared with the reference, or single arms where not paired; 0 for a guess."""
    reference: float | None = None
    """Mean of the reference arm."""


@dataclass(frozen=True, slots=True)
class PowerRow:
    """What one true difference takes."""

    difference: float
    asked: bool
    """Whether it was asked for, and not chosen for the table."""
    deviations: float
    """The difference in deviations."""
    replicates: int | None
    """None where more than `power.MOST`."""
    low: int | None
    high: int | None
    """At the ends of the scatter's interval."""
    trainings: int | None
    """Of all arms together."""
    power: Mapping[int, float]
    """By replicates."""


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """The table, and what it rests on."""

    scatter: Scatter
    arms: int
    level: float
    """Of each comparison: 5 % over the comparisons, Holm's first step."""
    power: float
    exact_from: int
    """Replicates from which the exact test can decide at this level; with fewer the paired t test decides."""
    rows: tuple[PowerRow, ...]

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def power_plan(scatter: Scatter, differences: Sequence[float], arms: int, power: float) -> PowerPlan:
    """The replicates that the differences need, those asked for and `MULTIPLES` of the deviation.

    Args:
        scatter: what is known of the scatter.
        differences: asked for, none of them 0.
        arms: the reference among them, at least 2.
        power: the chance to find a true difference of that size, between 0 and 1.

    Raises:
        ValueError: as `sweep.statistics.power.replicates_needed`.
    """
    level = LEVEL / (arms - 1)
    asked = sorted({abs(one) for one in differences})
    others = [multiple * scatter.deviation.value for multiple in MULTIPLES]
    rows = [_row(one, True, scatter.deviation, arms, level, power) for one in asked]
    rows += [_row(one, False, scatter.deviation, arms, level, power) for one in others]
    return PowerPlan(scatter, arms, level, power, fewest_replicates(level), tuple(rows))


def _row(difference: float, asked: bool, deviation: Interval, arms: int, level: float, power: float) -> PowerRow:
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
    """The scatter that the replicates of a run show, on its objective.

    Paired differences to the reference arm (``default``, or the first) on the seeds that both have. Where no two arms
    share two seeds, the scatter of single arms over their seeds is taken, times the square root of 2: what arms would
    differ by that have nothing of a seed in common, so rather too much. In a search the trials that confirmed its
    winner are looked at, and not those that it picked from.

    Args:
        records: the run's ended trials.
        metric: its objective.

    Returns:
        None where no arm has two seeds, or nothing scatters.
    """
    arms = list(_by_arm(records, metric).items())
    if not arms:
        return None
    _, reference = reference_of(arms, lambda one: one[0][0])
    pairs = [paired_differences(values, reference) for _, values in arms if values is not reference]
    own = [list(values.values()) for _, values in arms]
    paired, alone = paired_scatter(pairs), paired_scatter(own)
    found = paired or alone
    if found is None:
        return None
    factor = 1.0 if paired else math.sqrt(2.0)
    used = [row for row in (pairs if paired else own) if len(row) > 1]
    return Scatter(
        deviation=Interval(factor * found.value, factor * found.low, factor * found.high),
        paired=paired is not None,
        replicates=max(map(len, used)),
        comparisons=len(used),
        reference=sum(reference.values()) / len(reference),
    )


def _by_arm(records: Sequence[TrialRecord], metric: str) -> dict[tuple[str, str, str], dict[int, float]]:
    """Values by arm, searched parameters and store, and by seed."""
    kept = [record for record in records if record.purpose == "confirm"]
    kept = kept or [record for record in records if not record.purpose]
    found: dict[tuple[str, str, str], dict[int, float]] = {}
    for record in kept:
        value = record.value(metric)
        if value is not None and record.has_result:
            key = *replicate_key(record.arm, record.params), record.store
            found.setdefault(key, {})[record.seed] = value
    return found
