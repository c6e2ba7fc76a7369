"""Figures of an evaluation as cells of tables: as many digits as matter, the interval beside them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from adsw.metrics import mode_of
from adsw.report.table import NOTHING, Cell
from adsw.retrieval.ranking import calibrated
from adsw.stats.interval import Interval


def number(metric: str, value: float | None) -> str:
    """Write a metric's value, ranks with one digit and fractions with three; a dash for none.

    >>> number("R@10", 0.25), number("MedR", 7), number("R@1", None)
    ('0.250', '7.0', '–')
    """
    return NOTHING if value is None else _form(metric).format(value)


def plain(metric: str, value: float | None) -> Cell:
    """Write a figure without an interval; a dash for none."""
    return Cell(number(metric, value), exact=value)


def span(metric: str, interval: Interval, between: str = "–") -> str:
    """Write the ends of an interval."""
    return f"{number(metric, interval.low)}{between}{number(metric, interval.high)}"


def cell(metric: str, interval: Interval | None) -> Cell:
    """Write a figure with its interval; a dash for none."""
    if interval is None:
        return Cell(NOTHING, tone="faint")
    return Cell(number(metric, interval.value), span(metric, interval), strong=True, exact=interval)


def judged(metric: str, figure: Figure) -> Cell:
    """Write a figure with its interval; faint unless all of it lies on the better side of chance."""
    interval = figure.interval
    ahead = interval.high < figure.chance if mode_of(metric) == "min" else interval.low > figure.chance
    tone = "" if ahead else "faint"
    return Cell(number(metric, interval.value), span(metric, interval), strong=ahead, exact=interval, tone=tone)


def gap(metric: str, interval: Interval | None) -> Cell:
    """Write a signed difference with its interval; faint where zero lies inside, a dash for none."""
    if interval is None:
        return Cell(NOTHING, tone="faint")
    form = _form(metric).replace(":", ":+")
    value, low, high = (form.format(end) for end in (interval.value, interval.low, interval.high))
    if interval.low <= 0 <= interval.high:
        return Cell(value, f"{low}…{high}", side="open", exact=interval, tone="faint")
    # A rank is better the smaller it is, so a negative difference of ranks is the better side.
    better = (interval.high < 0) == (mode_of(metric) == "min")
    return Cell(value, f"{low}…{high}", strong=True, side="better" if better else "worse", exact=interval)


def _form(metric: str) -> str:
    return "{:.1f}" if mode_of(metric) == "min" else "{:.3f}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric with all that is needed to judge it; `untrained` is the same by heads before training."""

    interval: Interval
    chance: float
    untrained: float | None = None

    @property
    def calibrated(self) -> float | None:
        """The figure between chance, 0, and perfection, 1 (`adsw.retrieval.ranking.calibrated`)."""
        return calibrated(self.interval.value, self.chance)

    def document(self) -> dict[str, float | None]:
        """Return the figure as plain JSON values."""
        others = {"chance": self.chance, "calibrated": self.calibrated, "untrained": self.untrained}
        return asdict(self.interval) | others
