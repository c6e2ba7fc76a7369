"""A comparison of sweeps as plain data: everything its page, its tables and its JSON show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sweep.report.compare.arms import arm_gaps, fresh_gaps, reproducibility
from sweep.report.compare.budget import BestSoFar, EqualBudget, best_so_far, equal_budgets
from sweep.report.compare.findings import Findings
from sweep.report.compare.sides import Difference, Side, differences
from sweep.report.compare.standings import Standing, standings, winner_gaps
from sweep.report.compare.text import comparison_caveats, headline, statements
from sweep.report.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SweepComparison:
    """The comparison of two sweeps or more with the first named."""

    sides: tuple[Side, ...]
    metric: str
    mode: str
    differences: tuple[Difference, ...]
    standings: tuple[Standing, ...]
    findings: Findings
    budgets: tuple[EqualBudget, ...]
    curves: tuple[BestSoFar, ...]
    verdict: Verdict
    caveats: tuple[str, ...]
    made: datetime

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sweeps, in the order given."""
        return tuple(side.name for side in self.sides)

    @property
    def title(self) -> str:
        """The names as a heading."""
        return " and ".join((", ".join(self.names[:-1]), self.names[-1]))


def compare(sides: Sequence[Side]) -> SweepComparison:
    """Compute the whole comparison.

    Args:
        sides: two or more, of one objective (see `open_sides`).
    """
    findings = Findings(winner_gaps(sides), arm_gaps(sides), fresh_gaps(sides), reproducibility(sides))
    budgets = equal_budgets(sides)
    head = headline(sides, findings)
    return SweepComparison(
        sides=tuple(sides),
        metric=sides[0].board.metric,
        mode=sides[0].board.mode,
        differences=differences(sides),
        standings=standings(sides),
        findings=findings,
        budgets=budgets,
        curves=tuple(curve for side in sides if (curve := best_so_far(side)) is not None),
        verdict=Verdict(head.text, head.tone, tuple(statements(sides, findings, budgets))),
        caveats=comparison_caveats(sides, findings),
        made=datetime.now(UTC),
    )
