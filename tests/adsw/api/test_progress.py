"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from adsw.api import progress
from adsw.api.progress import rate_text, seconds_text, stages


def test_plain_lines_at_the_ends_and_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"now": 0.0}
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock["now"])
    out = io.StringIO()
    with stages(Console(file=out), {"audio": "Encoding audio"}) as tell:
        for done in range(101):
            tell("audio", done, 100)
            clock["now"] += 0.3
        tell("other", 0, 0)
    assert out.getvalue().splitlines() == [
        "Encoding audio: 0 of 100",
        "Encoding audio: 34 of 100, 3.3/s, 20 s left",
        "Encoding audio: 68 of 100, 3.3/s, 9.6 s left",
        "Encoding audio: 100 of 100, 3.3/s",
        "other: 0 of 0",
    ]


def test_bars_on_a_terminal() -> None:
    out = io.StringIO()
    with stages(Console(file=out, force_terminal=True, width=100), {"audio": "Encoding audio"}) as tell:
        tell("audio", 10, 40)
        tell("audio", 40, 40)
        tell("shards", 0, 3)
    said = out.getvalue()
    assert "Encoding audio" in said
    assert "40/40" in said
    assert "0/3" in said


@pytest.mark.parametrize(
    ("rate", "said"), [(1234.5, "1,234/s"), (12.4, "12/s"), (9.96, "10/s"), (2.74, "2.7/s"), (0.5, "30.0/min")]
)
def test_rates(rate: float, said: str) -> None:
    assert rate_text(rate) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (7440, "2 h 4 min")]
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert seconds_text(seconds) == said
