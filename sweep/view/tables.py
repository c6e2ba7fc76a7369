"""What the tables of the page hold, row by row, written as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adsw.metrics import digits_of, is_rank, mode_of
from adsw.report.format import metric_number, number, short, short_names, signed
from adsw.stats.interval import Interval
from sweep.state import TrialState
from sweep.statistics.importance import Importance
from sweep.view.front import Front
from sweep.view.held_out import Comparison
from sweep.view.influence import Influence
from sweep.view.leaderboard import Leaderboard, Row
from sweep.view.report import Report
from sweep.view.schedule_series import SchedulePanel
from sweep.view.scores import excludes_zero, is_gain
from sweep.view.series import at_epoch

MOST_ROWS = 200
"""Rows of the leaderboard on the page; the CSV file beside it holds all."""


@dataclass(frozen=True, slots=True)
class Strip:
    """An interval as a bar, in per cent of the column's width."""

    left: float
    width: float
    dot: float
    default: float | None
    """Where the default's value stands."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference, and whether it is for better or worse."""

    text: str
    interval: str
    side: str
    """``better``, ``worse`` or ``open``."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of the leaderboard."""

    rank: str
    number: int
    badges: tuple[str, ...]
    value: str
    exact: float | None
    interval: str
    strip: Strip | None
    gap: Gap | None
    epochs: int
    params: tuple[str, ...]
    others: tuple[str, ...] = ()
    """Values of the other objectives."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One metric or kind of query on test."""

    label: str
    queries: int
    cells: tuple[tuple[str, str], ...]
    """Value and interval, one per system."""
    chance: str
    gap: Gap | None


def board_lines(board: Leaderboard, front: Front | None = None) -> list[BoardLine]:
    """The leaderboard's lines, the first `MOST_ROWS` and the default's; of several objectives with the others'
    values, and marks for those on the front."""
    others = [one.metric for one in front.objectives[1:]] if front else []
    on_front = {trial.number for trial in front.front} if front else set()
    rows = list(board.rows[:MOST_ROWS])
    if board.default is not None and board.default not in rows:
        rows.append(board.default)
    spans = [row.interval for row in rows if row.interval is not None]
    low = min((span.low for span in spans), default=0.0)
    high = max((span.high for span in spans), default=1.0)
    default = board.default.value if board.default else None
    return [
        BoardLine(
            rank="–" if row.rank is None else str(row.rank),
            number=row.number,
            badges=_badges(row) + (("front",) if row.number in on_front else ()),
            value=metric_number(board.metric, row.value),
            exact=row.value,
            interval=_span(board.metric, row.interval),
            strip=_strip(row.interval, low, high, default),
            gap=gap_of(row.to_default, board.metric, board.mode),
            epochs=row.epochs,
            params=tuple(short(row.params.get(name), 3) for name in board.parameters),
            others=tuple(metric_number(name, row.metrics.get(name)) for name in others),
        )
        for row in rows
    ]


def result_lines(rows: Sequence[Comparison], keys: Sequence[str]) -> list[ResultLine]:
    """Lines of a table of test results, a cell per system."""
    lines = []
    for row in rows:
        name = row.metric.full
        side = mode_of(name)
        lines.append(
            ResultLine(
                label=row.label,
                queries=row.queries,
                cells=tuple(
                    (metric_number(name, row.scores[key].value), _span(name, row.scores[key]))
                    if key in row.scores
                    else ("–", "")
                    for key in keys
                ),
                chance=metric_number(name, row.chance),
                gap=gap_of(row.difference, name, side),
            )
        )
    return lines


def gap_of(interval: Interval | None, metric: str, mode: str) -> Gap | None:
    """A difference in words and colours."""
    if interval is None:
        return None
    digits = digits_of(metric)
    side = "open" if not excludes_zero(interval) else "better" if is_gain(interval, mode) else "worse"
    span = f"{signed(interval.low, digits)} to {signed(interval.high, digits)}"
    return Gap(signed(interval.value, digits), span, side)


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """One searched parameter."""

    name: str
    searched: str
    role: str
    best: str
    default: str
    correlation: str
    shares: tuple[tuple[str, str, str], ...]
    """Share, its interval, and what shuffled results give, one per basis that has importances."""


def parameter_lines(found: Influence) -> list[ParameterLine]:
    """The table of the searched parameters."""
    names = short_names(row.name for row in found.parameters)
    usable = [index for index, basis in enumerate(found.bases) if basis.found]
    lines = []
    for row in found.parameters:
        correlation = signed(row.correlation, 2)
        shares = tuple(_share(row.importances[index]) for index in usable)
        values = (row.values, row.role, short(row.best), short(row.default), correlation)
        lines.append(ParameterLine(names[row.name], *values, shares))
    return lines


def _share(one: Importance | None) -> tuple[str, str, str]:
    if one is None:
        return "–", "", ""
    span = f"{100 * one.low:.0f} to {100 * one.high:.0f} %"
    return f"{100 * one.share:.0f} %", span, f"{100 * one.noise:.0f} %"


def curve_lines(report: Report) -> list[tuple[str, ...]]:
    """Trial, state, epochs, and the objective after the first epoch, at the common one and at the end."""
    metric = report.board.metric
    common = report.influence.all_trials.epoch if report.influence.all_trials else None
    lines = []
    for record in report.run.records:
        if record.state is TrialState.DUPLICATE or not record.curve:
            continue
        middle = at_epoch(record, metric, common) if common is not None else None
        values = (at_epoch(record, metric, 1), middle, record.value(metric))
        shown = (metric_number(metric, value) for value in values)
        lines.append((str(record.number), str(record.state), str(record.epochs), *shown))
    return lines


def schedule_lines_of(panel: SchedulePanel, metric: str) -> list[tuple[str, str, str, str]]:
    """Trial, what it is, its schedule in words, its objective; the best first."""
    ordered = sorted(
        panel.traces,
        key=lambda t: (t.objective is None, -(t.objective or 0.0) * (-1 if is_rank(metric) else 1)),
    )
    return [(str(t.number), t.part, t.words, metric_number(metric, t.objective)) for t in ordered]


def _badges(row: Row) -> tuple[str, ...]:
    found = ["best"] if row.rank == 1 else []
    if row.arm:
        found.append(row.arm)
    if row.state == TrialState.STOPPED:
        found.append("stopped")
    return tuple(found)


def _span(metric: str, interval: Interval | None) -> str:
    digits = digits_of(metric)
    return "–" if interval is None else f"{number(interval.low, digits)} to {number(interval.high, digits)}"


def _strip(interval: Interval | None, low: float, high: float, default: float | None) -> Strip | None:
    if interval is None or high <= low:
        return None

    def place(value: float) -> float:
        return round(100.0 * min(1.0, max(0.0, (value - low) / (high - low))), 2)

    left = place(interval.low)
    return Strip(
        left,
        round(place(interval.high) - left, 2),
        place(interval.value),
        None if default is None else place(default),
    )
