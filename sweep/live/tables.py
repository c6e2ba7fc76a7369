"""The live screen's table of trials."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from adsw.report.format import number, signed
from sweep.live.screen_head import STATE_ORDER, STATE_STYLE
from sweep.live.state import DECIDED, OPEN, UNDECIDED, LiveArm, LiveState, LiveTrial
from sweep.run.ranking import place_of

BLOCKS = "▁▂▃▄▅▆▇█"

ASCII = "_.:-=+*#"


def sparkline(values: Sequence[float | None], low: float, high: float, width: int, ascii_only: bool = False) -> str:
    """Draw `values` on the scale low to high, newest on the right, thinned to at most `width` characters.

    Curves drawn on one scale can be compared by eye. A value that is missing or not finite is a blank.

    >>> sparkline([0.0, 0.5, 1.0], 0.0, 1.0, width=10)
    '▁▅█'
    """
    marks = ASCII if ascii_only else BLOCKS
    if width < 1 or not values:
        return ""
    span = high - low
    return "".join(_mark(value, low, span, marks) for value in thinned(values, width))


def thinned(values: Sequence[float | None], count: int) -> Sequence[float | None]:
    """Return at most `count` of the values, evenly spread and including the newest.

    >>> thinned([1.0, 2.0, 3.0, 4.0, 5.0], 3)
    [1.0, 3.0, 5.0]
    """
    if len(values) <= count:
        return values
    step = (len(values) - 1) / max(1, count - 1)
    return [values[len(values) - 1 - round(step * back)] for back in range(count)][::-1]


def scale(curves: Sequence[Sequence[float | None]]) -> tuple[float, float]:
    """Return the lowest and the highest value of all curves, or 0 and 1 if there is none."""
    values = [value for curve in curves for value in curve if value is not None and math.isfinite(value)]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _mark(value: float | None, low: float, span: float, marks: str) -> str:
    """Return the character of a value; a curve without a span is drawn at half height."""
    if value is None or not math.isfinite(value):
        return " "
    share = (value - low) / span if span > 0 else 0.5
    return marks[min(len(marks) - 1, max(0, int(share * len(marks))))]


PURPOSE_WORDS = {"tune": "tune", "confirm": "again"}
"""Marks of trials that are not compared with the others."""

_TRIAL_COLUMNS = 38
"""Characters of a row for state, epochs, cell and the gaps between."""

_WIDE = 120
"""Least width at which the searched values are shown too."""


def trial_table(state: LiveState, room: int, width: int, ascii_only: bool) -> Table:
    """Return the table: running trials, then the ended ones by value, as many as fit `room` lines beside the header."""
    numbers = len(state.objectives)
    # With several objectives, or arms, no single trial is the best.
    ranked = numbers == 1 and not state.arms
    best = {state.objective.best_number} if ranked else set()
    marks = {trial.number: _trial_mark(trial, trial.number in best) for trial in state.trials}
    name_width = max(10, min(5 + max(map(len, marks.values()), default=0), width // 4))
    space = width - _TRIAL_COLUMNS - name_width - 8 * numbers
    settings = min(72, space * 2 // 3) if width >= _WIDE and any(trial.settings for trial in state.trials) else 0
    table = _table(state, width, name_width, settings)
    ordered = by_place(state)
    count = len(ordered) + sum(state.more.values())
    shown = ordered if count <= room else ordered[: max(0, room - 1)]  # one line says how many more there are
    low, high = scale([trial.curve for trial in state.trials])
    for trial in shown:
        curve = sparkline(trial.curve, low, high, max(8, space - settings), ascii_only)
        table.add_row(*_trial_row(trial, marks[trial.number], curve, numbers, bool(settings)))
    if len(shown) < count:
        table.add_row(Text(f" {count - len(shown):>3} more", style="dim"))
    return table


def by_place(state: LiveState) -> list[LiveTrial]:
    """Return running trials by number, then the ended ones by state and value, without waiting ones."""
    mode = state.objective.mode
    return sorted((trial for trial in state.trials if trial.state != "waiting"), key=lambda each: order_of(each, mode))


def order_of(trial: LiveTrial, mode: str) -> tuple[int, bool, float, int]:
    """Return the sort key of a trial on the screen: trials that tune or confirm come after those that are compared."""
    state = STATE_ORDER.index(trial.state) if trial.state in STATE_ORDER else len(STATE_ORDER)
    # Running trials keep their places, though their values change.
    value = None if trial.state == "running" else trial.value
    return state, bool(trial.purpose), *place_of(value, trial.number, mode)


def _table(state: LiveState, width: int, name_width: int, settings: int) -> Table:
    """Return the empty table with its columns."""
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim", width=width)
    table.add_column("trial", no_wrap=True, overflow="crop", width=name_width)
    table.add_column("state", no_wrap=True, overflow="crop", width=9)
    table.add_column("epochs", no_wrap=True, overflow="crop", justify="right", width=7)
    for name in _value_names(state):
        table.add_column(name, no_wrap=True, overflow="crop", justify="right", width=7)
    table.add_column("curve", no_wrap=True, overflow="crop", ratio=1)
    if settings:
        table.add_column("settings", no_wrap=True, overflow="ellipsis", width=settings)
    table.add_column("cell", no_wrap=True, overflow="crop", width=8)
    return table


def _value_names(state: LiveState) -> Sequence[str]:
    """Return one word per objective: the metric's last part, or the set's name if two last parts are equal."""
    if len(state.objectives) == 1:
        return ("value",)
    last = [objective.metric.rsplit("/", 1)[-1] for objective in state.objectives]
    first = [objective.metric.split("/", 1)[0] for objective in state.objectives]
    return first if len(set(last)) < len(last) else last


def _trial_mark(trial: LiveTrial, best: bool) -> str:
    """Return the words beside a trial's number: best, purpose, arm."""
    words = ("best" if best else "", PURPOSE_WORDS.get(trial.purpose, trial.purpose), trial.arm or "")
    return " ".join(word for word in words if word)


def _trial_row(trial: LiveTrial, mark: str, curve: str, numbers: int, settings: bool) -> list[Text]:
    """Return the cells of a trial's row; a failed trial has its reason in place of the curve."""
    style = STATE_STYLE.get(trial.state, "")
    bold = "bold" if mark.startswith("best") else ""
    failed = trial.why and trial.state == "failed"
    note = Text(trial.why or "", style="red") if failed else Text(curve, style=style)
    note.overflow = "crop"
    values = (*trial.values, *(None,) * numbers)[:numbers]
    return [
        Text(f"{trial.number:>4} {mark}", style=bold or ("bold" if trial.arm else ""), overflow="crop"),
        Text(trial.state, style=style),
        Text(f"{trial.epochs}/{trial.max_epochs}"),
        *(Text(number(value, none="-"), style=bold) for value in values),
        note,
        *([Text(trial.settings, style="dim")] if settings else []),
        Text(trial.cell or "", style="dim", overflow="crop"),
    ]


_VERDICT_STYLE = {DECIDED: "bold green", UNDECIDED: "yellow", OPEN: "dim"}

_FIXED = 37
"""Characters of a row for replicates, mean, spread, difference and the gaps between."""


def arm_table(state: LiveState, room: int, width: int, ascii_only: bool) -> Table:
    """Return the table of arms in the space's order, as many as fit `room` lines beside the header."""
    has_verdicts = any(arm.verdict for arm in state.arms)
    longest = max(len(arm.name) for arm in state.arms)
    name_width = max(8, min(longest, width // 4))
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim", width=width)
    table.add_column("arm", no_wrap=True, overflow="ellipsis", width=name_width)
    table.add_column("done", no_wrap=True, overflow="crop", justify="right", width=7)
    table.add_column("mean", no_wrap=True, overflow="crop", justify="right", width=7)
    table.add_column("spread", no_wrap=True, overflow="crop", justify="right", width=6)
    table.add_column("from ref.", no_wrap=True, overflow="crop", justify="right", width=9)
    if has_verdicts:
        table.add_column("", no_wrap=True, overflow="crop", width=9)
    table.add_column("mean curve", no_wrap=True, overflow="crop", ratio=1)
    shown = state.arms if len(state.arms) <= room else state.arms[: max(0, room - 1)]
    low, high = scale([arm.curve for arm in state.arms])
    space = max(8, width - _FIXED - name_width - 10 * has_verdicts)
    for arm in shown:
        table.add_row(*_row(arm, sparkline(arm.curve, low, high, space, ascii_only), has_verdicts))
    if len(shown) < len(state.arms):
        table.add_row(Text(f"{len(state.arms) - len(shown)} more", style="dim"))
    return table


def _row(arm: LiveArm, curve: str, has_verdicts: bool) -> list[Text]:
    """Return the cells of an arm's row."""
    name = Text(arm.name, style="bold" if arm.reference else "", overflow="ellipsis")
    failed = f" {arm.failed} failed" if arm.failed else ""
    note = Text(curve, style="green" if arm.done >= arm.planned else "cyan" if arm.running else "", overflow="crop")
    return [
        name,
        Text(f"{arm.done}/{arm.planned}"),
        Text(number(arm.mean, none="-")),
        Text(number(arm.spread, none="-"), style="dim"),
        Text("reference" if arm.reference else signed(arm.difference, minus="-", none="-")),
        *([Text(arm.verdict, style=_VERDICT_STYLE.get(arm.verdict, ""))] if has_verdicts else []),
        note.append(failed, "bold red"),
    ]
