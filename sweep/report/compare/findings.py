"""The differences that verdict and caveats speak of."""

from __future__ import annotations

from dataclasses import dataclass

from sweep.report.compare.arms import ArmGap, Reproducibility
from sweep.report.compare.standings import BEST, DEFAULT, WinnerGap


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything in which results of one sweep were set against those of the first."""

    gaps: tuple[WinnerGap, ...]
    arms: tuple[ArmGap, ...]
    fresh: tuple[ArmGap, ...]
    """Winners and defaults on fresh seeds."""
    repeats: Reproducibility

    def leading(self, who: str) -> tuple[WinnerGap, ...]:
        """Return the difference to judge each sweep's best or default by: on test, or on validation without a test."""
        found: dict[str, WinnerGap] = {}
        for gap in self.gaps:
            if gap.who == who:
                found.setdefault(gap.name, gap)
        return tuple(found.values())

    @property
    def best(self) -> tuple[WinnerGap, ...]:
        """Of the best trials."""
        return self.leading(BEST)

    @property
    def default(self) -> tuple[WinnerGap, ...]:
        """Of the defaults."""
        return self.leading(DEFAULT)
