"""Lines above the tables of the live screen: name and time, progress, the best, counts, cells."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from adsw.metrics import sign_of
from adsw.report.format import aim, number, signed
from sweep.live.state import LiveArm, LiveCell, LiveObjective, LiveState, clock

STATE_STYLE = {
    "running": "cyan",
    "completed": "green",
    "stopped": "yellow",
    "failed": "bold red",
    "duplicate": "magenta",
    "waiting": "dim",
}
STATE_ORDER = ("running", "completed", "stopped", "duplicate", "failed", "waiting")


def head(state: LiveState, width: int, ascii_only: bool) -> list[Text]:
    """Return the lines above the tables, each at most `width` wide."""
    return [
        _title(state, width),
        _bar(state, width, ascii_only),
        *_standing(state),
        _counts(state),
        *([] if state.over else [_cells(state.cells, width)]),
    ]


def _title(state: LiveState, width: int) -> Text:
    """Return name and objective on the left, and the times on the right."""
    left = "starting" if state.eta_seconds is None else f"about {clock(state.eta_seconds)} left"
    right = f"{clock(state.elapsed)} in all" if state.over else f"{clock(state.elapsed)} gone, {left}"
    several = f"{len(state.objectives)} objectives"
    text = Text(no_wrap=True, overflow="crop").append(state.name, style="bold")
    text.append(
        "  " + (aim(state.objective.metric, state.objective.mode) if len(state.objectives) == 1 else several),
        style="dim",
    )
    text.truncate(max(1, width - len(right) - 2), overflow="crop", pad=True)
    return text.append("  " + right)


def _bar(state: LiveState, width: int, ascii_only: bool) -> Text:
    """Return the progress bar, with epochs and rate."""
    share = min(1.0, state.epochs_done / state.epochs_planned) if state.epochs_planned else 0.0
    if state.over and state.phase == "done":  # trials that were stopped early needed fewer than planned
        share, label = 1.0, f" {state.epochs_done} epochs"
    else:
        label = f" {state.epochs_done}/{state.epochs_planned} epochs {share:4.0%}"
    if state.epochs_per_second is not None:
        label += f"  {state.epochs_per_second:.1f} epochs/s"
    room = max(1, width - len(label))
    filled = round(share * room)
    full, empty = ("=", "-") if ascii_only else ("━", "─")
    return Text(no_wrap=True).append(full * filled, "cyan").append(empty * (room - filled), "dim").append(label)


def _standing(state: LiveState) -> list[Text]:
    """Return the best trial or arm; with several objectives the best by each, and the size of the front."""
    if state.arms:
        return [_best_arm(state.arms, state.objective)]
    if len(state.objectives) == 1:
        return [_best(state.objective)]
    lines = [_line(f"{objective.metric}: ", style="dim").append(_best(objective)) for objective in state.objectives]
    front = _line("Pareto front: ").append(f"{state.front or 0}", "bold green")
    return [*lines, front.append(f" of {state.counts['completed']} completed trials")]


def _best(objective: LiveObjective) -> Text:
    """Return the best trial by an objective, beside the default."""
    if objective.best_value is None:
        return _line("no value yet", style="dim")
    text = _line("best so far ").append(number(objective.best_value), "bold green")
    text.append(f" (trial {objective.best_number})")
    if objective.default_value is None:
        return text.append("   default: no value yet", style="dim")
    text.append(f"   default {number(objective.default_value)}")
    return text.append(f"   difference {signed(objective.best_value - objective.default_value, minus='-')}")


def _best_arm(arms: Sequence[LiveArm], objective: LiveObjective) -> Text:
    """Return the arm with the best mean, beside the reference."""
    measured = [arm for arm in arms if arm.mean is not None]
    reference = next((arm for arm in arms if arm.reference), None)
    if not measured or reference is None:
        return _line("no value yet", style="dim")
    sign = sign_of(objective.mode)
    best = max(measured, key=lambda arm: sign * (arm.mean or 0.0))
    text = _line("best mean so far ").append(number(best.mean), "bold green").append(f" ({best.name})")
    if reference.mean is None:
        return text.append(f"   reference {reference.name}: no value yet", style="dim")
    return text.append(f"   reference {reference.name} {number(reference.mean)}")


def _counts(state: LiveState) -> Text:
    """Return the phase and the numbers of trials by state."""
    text = _line(f"{state.phase}: " if state.phase else "", style="bold")
    counts = state.counts
    for name in STATE_ORDER:
        if counts[name] or name == "failed":
            style = "dim" if name == "failed" and not counts[name] else STATE_STYLE[name]
            text.append(f"{counts[name]} {name}   ", style)
    return text


def _cells(cells: Sequence[LiveCell], width: int) -> Text:
    """Return the cells with their rates and trials, as many as fit the width."""
    if not cells:
        return Text("no cell yet", style="dim")
    parts = []
    for cell in cells:
        rate = "warming up" if cell.epochs_per_second is None else f"{cell.epochs_per_second:.1f}/s"
        doing = ",".join(f"#{number}" for number in cell.trials) or "idle"
        parts.append(f"{cell.name} {rate} {doing}")
    # Cells are dropped from the end; the last part then counts those that are not shown.
    while len(parts) > 1 and len("   ".join(parts)) > width:
        hidden = int(parts[-1].split()[1]) if parts[-1].startswith("and ") else 0
        parts = [*parts[: -1 - bool(hidden)], f"and {hidden + 1} more cells"]
    return _line("   ".join(parts))


def _line(words: str, style: str = "") -> Text:
    """Return a line that is cut off at the width, not wrapped."""
    return Text(no_wrap=True, overflow="crop").append(words, style)
