"""The live screen's table of an ablation's arms."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from adsw.report.format import number, signed
from sweep.view.live_state import DECIDED, OPEN, UNDECIDED, LiveArm, LiveState
from sweep.view.sparkline import scale, sparkline

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
