"""The live screen of a sweep: a rich renderable that fits the terminal, from 80 x 24 up."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from sweep.live.screen_head import head
from sweep.live.state import LiveState
from sweep.live.tables import arm_table, trial_table

_SIDE_BY_SIDE = 150
"""Least width at which arms and trials of an ablation are shown side by side."""
_TRIALS_BELOW = 4
"""Fewest lines for which the table of trials is shown below the arms."""


class SweepScreen:
    """Draws one `LiveState` on at most as many lines as the terminal has."""

    def __init__(self, state: LiveState, events: Sequence[str] = ()) -> None:
        self.state = state
        self.events = events

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the parts of the screen, from top to bottom."""
        width = options.max_width
        above = head(self.state, width, options.ascii_only)
        below = [Text(event, style="dim", no_wrap=True, overflow="crop") for event in self.events[-2:]]
        if self.state.message:
            below.append(Text(self.state.message, style="bold", no_wrap=True, overflow="crop"))
        # One line stays free for the cursor, one is the table's header, one sets the table off.
        room = (options.height or console.height) - len(above) - len(below) - 3
        yield from above
        yield Text("")
        yield from self._tables(max(1, room), width, options.ascii_only)
        yield from below

    def _tables(self, room: int, width: int, ascii_only: bool) -> list[RenderableType]:
        """Return the tables of trials and arms, within `room` lines and one for a header."""
        state = self.state
        if not state.arms:
            return [trial_table(state, room, width, ascii_only)]
        if width >= _SIDE_BY_SIDE:
            half = width // 2 - 1
            both = Table.grid(padding=(0, 1))
            both.add_row(arm_table(state, room, half, ascii_only), trial_table(state, room, half, ascii_only))
            return [both]
        # Below the arms: an empty line and another header.
        left = room - len(state.arms) - 2
        if left < _TRIALS_BELOW:
            return [arm_table(state, room, width, ascii_only)]
        return [arm_table(state, room, width, ascii_only), Text(""), trial_table(state, left, width, ascii_only)]
