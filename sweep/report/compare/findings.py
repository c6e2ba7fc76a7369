"""The differences on which the verdict and the caveats of a comparison rest."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.report.compare.arms import ArmGap, Reproducibility
from sweep.report.compare.standings import BEST, DEFAULT, WinnerGap


@dataclass(frozen=True, slots=True)
class Findings:
    """Differences between the results of the other sweeps and those of the first."""

    gaps: tuple[WinnerGap, ...]
    arms: tuple[ArmGap, ...]
    fresh: tuple[ArmGap, ...]
    """Winners and defaults on fresh seeds."""
    repeats: Reproducibility

    def leading(self, who: str) -> tuple[WinnerGap, ...]:
        """Return the difference by which to judge each sweep's best or default: on test, or else on validation."""
        leading_gaps: dict[str, WinnerGap] = {}
        for gap in self.gaps:
            if gap.who == who:
                # Gaps on test come before those on validation, so the first of a sweep leads.
                leading_gaps.setdefault(gap.name, gap)
        return tuple(leading_gaps.values())

    @property
    def best(self) -> tuple[WinnerGap, ...]:
        """Differences of the best trials."""
        return self.leading(BEST)

    @property
    def default(self) -> tuple[WinnerGap, ...]:
        """Differences of the defaults."""
        return self.leading(DEFAULT)
