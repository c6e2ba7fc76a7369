"""Whether the same recipe, seed and store gave the same figures in every sweep that trained it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sweep.state import TrialRecord, TrialState
from sweep.view.comparison.sides import Side, identity_of

ROUNDING = 1e-6
"""Figures that differ by no more differ by the order of sums on another machine, not by the training."""
COPIED = "known from "
"""How the reason of a trial begins that was not trained but taken over from another sweep."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Two trainings that should agree and do not."""

    name: str
    number: int
    revision: str
    """Of the code."""
    reference: str
    """The sweep that trained it first, in the order given."""
    reference_number: int
    reference_revision: str
    arm: str | None
    metric: str
    """The objective, or the metric that differs most where the objective agrees."""
    value: float
    reference_value: float
    versions: tuple[str, ...]
    """Packages of another version, each with both."""
    metrics: int
    """How many metrics differ by more than `ROUNDING`."""

    @property
    def same_code(self) -> bool:
        """Whether both say the same revision, without changes to it."""
        return self.revision == self.reference_revision and " " not in self.revision


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """What was trained in several sweeps, and whether it came out the same."""

    checked: int
    """Pairs of trainings: each later sweep's against the first that has the recipe, seed and store."""
    equal: int
    """To the last bit, in every metric that both have."""
    rounded: int
    """Equal but for `ROUNDING`."""
    copied: int
    """Trials whose figures were taken over from another sweep: they prove nothing and are left out."""
    violations: tuple[Violation, ...]
    """The largest first."""


def reproducibility(sides: Sequence[Side]) -> Reproducibility:
    """Check every pair."""
    firsts: dict[tuple[str, str], tuple[Side, TrialRecord]] = {}
    equal = rounded = copied = 0
    violations = []
    for side in sides:
        for record in side.run.every_record:
            if record.state is not TrialState.COMPLETED:
                continue
            if record.why.startswith(COPIED):
                copied += 1
                continue
            other, known = firsts.setdefault((store_of(side, record), identity_of(record)), (side, record))
            if other is side:
                continue
            gaps = _gaps(record, known)
            largest = max(gaps.values(), default=0.0)
            equal += largest == 0.0
            rounded += 0.0 < largest <= ROUNDING
            if largest > ROUNDING:
                violations.append(_violation(side, record, other, known, gaps))
    return Reproducibility(
        checked=equal + rounded + len(violations),
        equal=equal,
        rounded=rounded,
        copied=copied,
        violations=tuple(sorted(violations, key=lambda one: -abs(one.value - one.reference_value))),
    )


def store_of(side: Side, record: TrialRecord) -> str:
    """The fingerprint of the store a trial trained on, of the several that a sweep may have."""
    return side.run.sweep.fingerprint_of(record.store)


def _gaps(record: TrialRecord, known: TrialRecord) -> dict[str, float]:
    """By how much each metric that both have differs."""
    shared = record.metrics.keys() & known.metrics.keys()
    return {name: abs(record.metrics[name] - known.metrics[name]) for name in sorted(shared)}


def _violation(side: Side, record: TrialRecord, other: Side, known: TrialRecord, gaps: dict[str, float]) -> Violation:
    objective = side.board.metric
    # The objective is what readers look at; ranks, which are larger numbers, would always win otherwise.
    metric = objective if gaps.get(objective, 0.0) > ROUNDING else max(gaps, key=lambda name: gaps[name])
    return Violation(
        name=side.name,
        number=record.number,
        revision=side.revision,
        reference=other.name,
        reference_number=known.number,
        reference_revision=other.revision,
        arm=record.arm,
        metric=metric,
        value=record.metrics[metric],
        reference_value=known.metrics[metric],
        versions=_versions(side, other),
        metrics=sum(gap > ROUNDING for gap in gaps.values()),
    )


def _versions(side: Side, other: Side) -> tuple[str, ...]:
    mine, theirs = (one.run.sweep.versions for one in (side, other))
    names = sorted(mine.keys() | theirs.keys())
    return tuple(
        f"{name} {theirs.get(name, 'none')} and {mine.get(name, 'none')}"
        for name in names
        if mine.get(name) != theirs.get(name)
    )
