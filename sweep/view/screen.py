"""The live screen of a sweep: a rich renderable that fits the terminal it is given, from 80 x 24 up."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from sweep.view.live_state import LiveCell, LiveState, LiveTrial, clock
from sweep.view.sparkline import sparkline

STATE_STYLE = {
    "running": "cyan",
    "completed": "green",
    "stopped": "yellow",
    "failed": "bold red",
    "duplicate": "magenta",
    "waiting": "dim",
}
_SHOWN_ORDER = ("running", "completed", "stopped", "duplicate", "failed", "waiting")
_FIXED_COLUMNS = 50
"""Characters of a row before its curve: trial, state, epochs, value, cell and the gaps between."""


class SweepScreen:
    """Draws one `LiveState` on at most as many lines as the terminal has."""

    def __init__(self, state: LiveState, events: Sequence[str] = ()) -> None:
        self.state = state
        self.events = events

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        ascii_only = options.ascii_only
        above = [
            _title(self.state, width),
            _bar(self.state, width, ascii_only),
            _best(self.state),
            _counts(self.state),
            _cells(self.state.cells, width),
        ]
        below = [Text(event, style="dim", no_wrap=True, overflow="crop") for event in self.events[-2:]]
        if self.state.message:
            below.append(Text(self.state.message, style="bold", no_wrap=True, overflow="crop"))
        # One line stays free for the cursor, one is the table's header, one sets the table off.
        room = (options.height or console.height) - len(above) - len(below) - 3
        yield from above
        yield Text("")
        yield _trials(self.state, max(1, room), width, ascii_only)
        yield from below


def _title(state: LiveState, width: int) -> Text:
    left = "starting" if state.eta_seconds is None else f"about {clock(state.eta_seconds)} left"
    right = f"{clock(state.elapsed)} gone, {left}"
    aim = "higher" if state.mode == "max" else "lower"
    text = Text(no_wrap=True, overflow="crop").append(state.name, style="bold")
    text.append(f"  {state.objective}, {aim} is better", style="dim")
    text.truncate(max(1, width - len(right) - 2), overflow="crop", pad=True)
    return text.append("  " + right)


def _bar(state: LiveState, width: int, ascii_only: bool) -> Text:
    share = min(1.0, state.epochs_done / state.epochs_planned) if state.epochs_planned else 0.0
    label = f" {state.epochs_done}/{state.epochs_planned} epochs {share:4.0%}"
    room = max(1, width - len(label))
    filled = round(share * room)
    full, empty = ("=", "-") if ascii_only else ("━", "─")
    return Text(no_wrap=True).append(full * filled, "cyan").append(empty * (room - filled), "dim").append(label)


def _best(state: LiveState) -> Text:
    text = Text(no_wrap=True, overflow="crop")
    if state.best_value is None:
        return text.append("no value yet", style="dim")
    text.append("best so far ").append(f"{state.best_value:.4f}", "bold green").append(f" (trial {state.best_number})")
    if state.default_value is None:
        return text.append("   default: no value yet", style="dim")
    text.append(f"   default {state.default_value:.4f}")
    return text.append(f"   difference {state.best_value - state.default_value:+.4f}")


def _counts(state: LiveState) -> Text:
    text = Text(no_wrap=True, overflow="crop")
    for name in _SHOWN_ORDER:
        if state.counts.get(name) or name == "failed":
            style = "dim" if name == "failed" and not state.failures else STATE_STYLE[name]
            count = state.failures if name == "failed" else state.counts[name]
            text.append(f"{count} {name}   ", style)
    if state.epochs_per_second is not None:
        text.append(f"{state.epochs_per_second:.1f} epochs/s")
    return text


def _cells(cells: Sequence[LiveCell], width: int) -> Text:
    if not cells:
        return Text("no cell yet", style="dim")
    parts = []
    for cell in cells:
        rate = "warming up" if cell.epochs_per_second is None else f"{cell.epochs_per_second:.1f}/s"
        doing = ",".join(f"#{number}" for number in cell.trials) or "idle"
        parts.append(f"{cell.name} {rate} {doing}")
    while len(parts) > 1 and len("   ".join(parts)) > width:
        hidden = int(parts[-1].split()[1]) if parts[-1].startswith("and ") else 0
        parts = [*parts[: -1 - bool(hidden)], f"and {hidden + 1} more cells"]
    return Text("   ".join(parts), no_wrap=True, overflow="crop")


def _trials(state: LiveState, room: int, width: int, ascii_only: bool) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim", width=width)
    table.add_column("trial", no_wrap=True, overflow="crop", width=12)
    table.add_column("state", no_wrap=True, overflow="crop", width=9)
    table.add_column("epochs", no_wrap=True, overflow="crop", justify="right", width=7)
    table.add_column("value", no_wrap=True, overflow="crop", justify="right", width=7)
    table.add_column("curve", no_wrap=True, overflow="crop", ratio=1)
    table.add_column("cell", no_wrap=True, overflow="crop", width=8)
    ordered = _ordered(state)
    shown = ordered if len(ordered) <= room else ordered[: max(0, room - 1)]
    low, high = _scale(state.trials)
    for trial in shown:
        curve = sparkline(trial.curve, low, high, max(8, width - _FIXED_COLUMNS), ascii_only)
        table.add_row(*_row(trial, trial.number == state.best_number, curve))
    if len(shown) < len(ordered):
        table.add_row(Text(f" {len(ordered) - len(shown):>3} more", style="dim"), "", "", "", "", "")
    return table


def _row(trial: LiveTrial, best: bool, curve: str) -> tuple[Text, Text, str, Text, Text, Text]:
    style = STATE_STYLE.get(trial.state, "")
    mark = " ".join(word for word in ("best" if best else "", trial.arm or "") if word)
    note = Text(trial.why, style="red") if trial.why and trial.state == "failed" else Text(curve, style=style)
    note.overflow = "crop"
    return (
        Text(f"{trial.number:>4} {mark}", style="bold" if best or trial.arm else "", overflow="crop"),
        Text(trial.state, style=style),
        f"{trial.epochs}/{trial.max_epochs}",
        Text("-" if trial.value is None else f"{trial.value:.4f}", style="bold" if best else ""),
        note,
        Text(trial.cell or "", style="dim", overflow="crop"),
    )


def _ordered(state: LiveState) -> list[LiveTrial]:
    """Running trials by number, then the ended ones by state and value; waiting ones are only counted."""
    sign = -1.0 if state.mode == "max" else 1.0

    def place(trial: LiveTrial) -> tuple[int, float, int]:
        order = _SHOWN_ORDER.index(trial.state) if trial.state in _SHOWN_ORDER else len(_SHOWN_ORDER)
        value = math.inf if trial.value is None else sign * trial.value
        return order, 0.0 if trial.state == "running" else value, trial.number

    return sorted((trial for trial in state.trials if trial.state != "waiting"), key=place)


def _scale(trials: Sequence[LiveTrial]) -> tuple[float, float]:
    values = [value for trial in trials for value in trial.curve if math.isfinite(value)]
    return (min(values), max(values)) if values else (0.0, 1.0)
