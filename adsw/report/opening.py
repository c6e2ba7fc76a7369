"""What a report says first: one sentence, one picture of the size with its interval, how sure, and what to do next."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from adsw.metrics import digits_of
from adsw.report.format import gap_number, kept_digits, number, span
from adsw.report.statement import Statement

if TYPE_CHECKING:
    # Only for types: what prints must not load numpy.
    from adsw.stats.interval import Interval

_ROOM = 0.06
"""Free room at either side of a picture, as a share of what it shows."""
_BAR = 25
"""Characters of a bar in text."""
_MOST_LABEL = 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval of a picture."""

    label: str
    interval: Interval
    side: str = "open"
    """``better``, ``worse`` or ``open``; ``best`` or ``default`` for a level."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Intervals below each other on one scale: differences about a line at zero, or levels."""

    kind: ClassVar[str] = "picture"
    metric: str
    bars: tuple[Bar, ...]
    caption: str
    ends: tuple[str, str] = ("", "")
    """What the left and the right of zero mean; empty for levels."""

    @property
    def is_difference(self) -> bool:
        """Whether zero is drawn, and figures carry their signs."""
        return any(self.ends)

    def place(self, value: float) -> float:
        """Return where a value lies, in per cent of the width."""
        low, high = self._reach()
        return round(100 * (value - low) / (high - low), 2)

    def figures(self, bar: Bar) -> tuple[str, str]:
        """Return a bar's value and its interval as text."""
        write = gap_number if self.is_difference else number
        digits = kept_digits(bar.interval, digits_of(self.metric))
        return write(bar.interval.value, digits), span(bar.interval, digits, write)

    def lines(self) -> list[str]:
        """Return the picture as text, 80 characters wide at most."""
        wide = min(_MOST_LABEL, max(len(bar.label) for bar in self.bars))
        head = [f"{'':{wide}}  {_between(*self.ends, self._column(0.0))}"] if self.is_difference else []
        return [*head, *(self._line(bar, wide) for bar in self.bars)]

    def _line(self, bar: Bar, wide: int) -> str:
        marks = [" "] * _BAR
        if self.is_difference:
            marks[self._column(0.0)] = "│"
        low, value, high = (self._column(end) for end in (bar.interval.low, bar.interval.value, bar.interval.high))
        for column in range(low, high + 1):
            marks[column] = "┼" if marks[column] == "│" else "─"
        marks[low], marks[high], marks[value] = "├", "┤", "●"
        label = bar.label if len(bar.label) <= wide else f"{bar.label[: wide - 1]}…"
        value_text, ends = self.figures(bar)
        return f"{label:{wide}}  {''.join(marks)}  {value_text} ({ends})".rstrip()

    def _column(self, value: float) -> int:
        return round(self.place(value) * (_BAR - 1) / 100)

    def _reach(self) -> tuple[float, float]:
        ends = [end for bar in self.bars for end in (bar.interval.low, bar.interval.value, bar.interval.high)]
        ends += [0.0] if self.is_difference else []
        room = _ROOM * (max(ends) - min(ends)) or 0.01
        return min(ends) - room, max(ends) + room


def _between(left: str, right: str, column: int) -> str:
    """Return two words on either side of a column, the left one if there is room."""
    room = max(0, column - 1)
    fitting = left if len(left) <= room else ""
    return f"{fitting:>{room}} 0 {right}".rstrip() if column else f"0 {right}"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, with the command if there is one."""

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first screen of a report."""

    sentence: Statement
    """The answer, short."""
    sure: Statement
    """How sure it is."""
    picture: Picture | None = None
    """None if there is nothing to compare yet."""
    steps: tuple[Step, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        bars = self.picture.bars if self.picture else ()
        spans = [(bar, bar.interval) for bar in bars]
        return {
            "sentence": self.sentence.text,
            "tone": self.sentence.tone,
            "sure": self.sure.text,
            "picture": [
                {"label": bar.label, "value": span.value, "low": span.low, "high": span.high, "side": bar.side}
                for bar, span in spans
            ],
            "next": [{"text": step.text, "command": step.command} for step in self.steps],
        }

    def lines(self, width: int = 80) -> list[str]:
        """Return it as plain text, broken to a width."""
        picture = ["", *self.picture.lines(), *_wrapped(self.picture.caption, width)] if self.picture else []
        steps = [line for step in self.steps for line in _step_lines(step, width)]
        return [
            *_wrapped(self.sentence.text, width),
            *picture,
            "",
            *_wrapped(f"How sure: {self.sure.text}", width),
            *(["Next:", *steps] if steps else []),
        ]


def _step_lines(step: Step, width: int) -> list[str]:
    """Return a step's lines; a command stays whole, so that it can be copied."""
    return [
        *textwrap.wrap(step.text, width, initial_indent="- ", subsequent_indent="  ", break_long_words=False),
        *([f"    {step.command}"] if step.command else []),
    ]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
