"""The live view: fits its terminal, tells every event once without one, leaves the terminal in order."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, ConsoleDimensions
from rich.text import Text

from sweep.live.screen import SweepScreen
from sweep.live.state import DECIDED, OPEN, LiveArm, LiveCell, LiveObjective, LiveState, LiveTrial, clock
from sweep.live.tables import ASCII, BLOCKS, sparkline
from sweep.live.view import LiveView

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
"""A terminal's second screen."""
METRIC = "valid/t2m/mAP@10"


def trial(number: int, state: str, epochs: int = 12, top: float = 0.2, **more: object) -> LiveTrial:
    curve = [top * (epoch + 1) / 12 for epoch in range(epochs)]
    values = (curve[-1],) if curve else ()
    return LiveTrial(number, state, epochs, 12, **{"values": values, "curve": curve, **more})  # type: ignore[arg-type]


def sweep_of(count: int, **more: object) -> LiveState:
    """A sweep half done, of so many trials."""
    cells = (LiveCell("cell-0", 7.1, (count,)), LiveCell("cell-1", None, (count + 1,)))
    shown = [trial(0, "completed", arm="default")]
    shown += [trial(number, "completed", top=0.2 + number / 1000) for number in range(1, count // 2)]
    shown += [trial(number, "stopped", 3, 0.1) for number in range(count // 2, count - 1)]
    shown += [trial(count - 1, "failed", 2, why="the loss is not a number " * 5)]
    shown += [trial(count, "running", 5, 0.3, cell="cell-0"), trial(count + 1, "running", 0, cell="cell-1")]
    shown += [trial(count + 2, "waiting", 0)]
    fields: dict[str, object] = {
        "trials": shown,
        "trials_planned": count + 9,
        "cells": cells,
        "epochs_done": 132,
        "epochs_planned": 240,
        "epochs_per_second": 14.0,
        "elapsed": 133.0,
        "eta_seconds": 101.0,
        "phase": "search",
        "message": "Ctrl-C stops cleanly",
    }
    best = LiveObjective(METRIC, "max", count // 2 - 1, 0.2 + (count // 2 - 1) / 1000, 0.2)
    return LiveState("quickstart", **({"objectives": (best,)} | fields | more))  # type: ignore[arg-type]


def ablation_of(count: int, **more: object) -> LiveState:
    """An ablation half done, of so many arms."""
    arms = [LiveArm("default", 4, 5, 1, 0, 0.21, 0.012, None, [0.1, 0.2, 0.21], reference=True)]
    arms += [
        LiveArm(f"arm-{number}", 3, 5, 0, number % 2, 0.2 + number / 100, 0.01, number / 100 - 0.01, [0.1, 0.15, 0.2])
        for number in range(1, count - 1)
    ]
    return sweep_of(12, **{"arms": [*arms, LiveArm("coming", 0, 5)], **more})


def drawn(state: LiveState, width: int, height: int, events: tuple[str, ...] = ()) -> list[str]:
    console = Console(width=width, height=height, record=True, file=io.StringIO(), force_terminal=True)
    console.print(SweepScreen(state, events))
    return console.export_text().splitlines()


@pytest.mark.parametrize("trials", [4, 16, 200])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_it_fits_the_terminal(trials: int, width: int, height: int) -> None:
    lines = drawn(sweep_of(trials), width, height, ("trial 3 completed", "trial 4 stopped"))
    assert len(lines) < height
    assert max(len(line) for line in lines) <= width


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    cells=st.integers(0, 40),
    name=st.text("abcdef-", min_size=1, max_size=90),
    width=st.integers(60, 160),
    message=st.text("xyz ", max_size=300),
)
def test_it_fits_whatever_the_sweep_is_called(cells: int, name: str, width: int, message: str) -> None:
    many = tuple(LiveCell(f"cell-{index}", 1.5, (index, index + 1)) for index in range(cells))
    state = sweep_of(20, cells=many, message=message)
    lines = drawn(LiveState(name, state.objectives, trials=state.trials, cells=many, message=message), width, 24)
    assert len(lines) < 24
    assert max(len(line) for line in lines) <= width


def test_it_shows_what_matters() -> None:
    text = "\n".join(drawn(sweep_of(16), 80, 24))
    for said in (
        "132/240 epochs",
        "55%",
        "2:13 gone, about 1:41 left",
        "best so far 0.2070 (trial 7)",
        "default 0.2000",
        "difference +0.0070",
        "2 running",
        "8 completed",
        "7 stopped",
        "1 failed",
        "7 waiting",
        "14.0 epochs/s",
        "cell-0 7.1/s #16",
        "cell-1 warming up #17",
        "7 best",
        "more",
        "Ctrl-C stops cleanly",
    ):
        assert said in text
    lines = drawn(sweep_of(4), 80, 24)
    head = next(index for index, line in enumerate(lines) if line.startswith("trial"))
    rows = [line.split() for line in lines[head + 1 :]]
    assert [row[0] for row in rows[:2]] == ["4", "5"]
    assert ["0", "default", "completed", "12/12", "0.2000"] in [row[:5] for row in rows]
    assert any("the loss is not a number" in " ".join(row) for row in rows)


def test_trials_that_are_only_counted_are_counted_everywhere() -> None:
    state = sweep_of(4)
    before = state.counts["completed"]
    text = "\n".join(drawn(sweep_of(4, more={"completed": 700}), 80, 24))
    assert f"{before + 700} completed" in text
    assert "700 more" in text


def test_it_shows_a_sweep_that_has_only_begun() -> None:
    lines = drawn(LiveState("new", (LiveObjective("valid/t2m/R@10"),), trials_planned=16, epochs_planned=240), 80, 24)
    text = "\n".join(lines)
    assert "no value yet" in text
    assert "no cell yet" in text
    assert "starting" in text
    assert "16 waiting" in text
    text = "\n".join(drawn(sweep_of(4, objectives=(LiveObjective(METRIC, "max", 1, 0.201),)), 80, 24))
    assert "default: no value yet" in text


def test_a_terminal_of_plain_characters_gets_plain_characters() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(width=80, height=24, file=stream, force_terminal=True, legacy_windows=False).print(SweepScreen(sweep_of(8)))
    stream.flush()
    text = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert not set(text) & set(BLOCKS)


def test_without_a_terminal_every_ending_is_one_line_once() -> None:
    out, time = io.StringIO(), [0.0]
    with LiveView(Console(file=out, width=80), now=lambda: time[0]) as view:
        view.event("Starting Ray and the training cells")
        view.update(sweep_of(4, objectives=(LiveObjective(METRIC),)))
        view.update(sweep_of(4))
        time[0] = 31.0
        view.update(sweep_of(4))
        time[0] = 32.0
        view.update(sweep_of(4))
    lines = out.getvalue().splitlines()
    assert lines[0] == "Starting Ray and the training cells"
    endings = [line for line in lines if line.startswith("trial ")]
    assert len(endings) == 4
    assert "trial 0 (default) completed after 12 epochs: 0.2000" in endings
    assert any(line.startswith("trial 3 failed after 2 epochs: the loss is not a number") for line in endings)
    assert lines[5:] == ["4/13 trials ended, 132/240 epochs, best 0.2010 (trial 1), 14.0 epochs/s, about 1:41 left"]


def test_a_new_best_is_told() -> None:
    out, best = io.StringIO(), (LiveObjective(METRIC, "max", 40, 0.5),)
    with LiveView(Console(file=out, width=80)) as view:
        view.update(sweep_of(4))
        view.update(sweep_of(4, trials=[*sweep_of(4).trials, trial(40, "completed", top=0.5)], objectives=best))
    assert "trial 40 completed after 12 epochs: 0.5000, best so far" in out.getvalue()


def test_on_a_terminal_it_redraws_at_most_four_times_a_second() -> None:
    out, time = io.StringIO(), [0.0]
    console = Console(file=out, width=80, height=24, force_terminal=True)
    with LiveView(console, now=lambda: time[0]) as view:
        sizes = []
        for step in range(5):
            time[0] = 0.1 * step
            view.update(sweep_of(16))
            sizes.append(len(out.getvalue()))
        assert sizes[0] == sizes[1] == sizes[2]
        assert sizes[3] > sizes[2]
        assert sizes[4] == sizes[3]
        time[0] = 10.0
        view.event("stopping")
        assert "stopping" in out.getvalue()
    whole, _, after = out.getvalue().rpartition(LEAVE)
    assert "\x1b[2J" not in whole, "nothing is cleared before it is drawn"
    assert whole.startswith(ENTER)
    assert "\x1b[?25h" in whole + after
    assert "quickstart" in after, "the last state stands below what was there before"


def test_the_terminal_is_left_in_order_after_an_interrupt() -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=80, height=24, force_terminal=True))

    def interrupted() -> None:
        with view:
            view.update(sweep_of(4))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "\x1b[?25h" in out.getvalue()


def test_a_sweep_without_a_state_ends_quietly() -> None:
    out = io.StringIO()
    with LiveView(Console(file=out, width=80, height=24, force_terminal=True)) as view:
        view.event("nothing to show yet")
    assert "\x1b[?25h" in out.getvalue()


def test_sparklines_share_one_scale() -> None:
    assert sparkline([0, 1], 0, 1, 8) == "▁█"
    assert sparkline([0, 1], 0, 1, 8, ascii_only=True) == ASCII[0] + ASCII[-1]
    assert sparkline([0.5, 0.5], 0.5, 0.5, 8) == "▅▅"
    assert sparkline([0, float("nan"), 2], 0, 1, 8) == "▁ █"
    assert sparkline([], 0, 1, 8) == sparkline([1], 0, 1, 0) == ""


@settings(max_examples=50, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=200), width=st.integers(1, 60))
def test_sparklines_are_thinned_and_end_with_the_newest(values: list[float], width: int) -> None:
    drawn_line = sparkline(values, 0, 1, width)
    assert len(drawn_line) == min(len(values), width)
    assert drawn_line[-1] == sparkline(values[-1:], 0, 1, 1)


def test_clocks() -> None:
    assert [clock(seconds) for seconds in (0, -3, 59.6, 3600)] == ["0:00", "0:00", "1:00", "1:00:00"]


@pytest.mark.parametrize("arms", [2, 6, 40])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (160, 50), (240, 70)])
def test_an_ablation_fits_the_terminal(arms: int, width: int, height: int) -> None:
    lines = drawn(ablation_of(arms), width, height, ("trial 3 completed", "trial 4 stopped"))
    assert len(lines) < height
    assert max(len(line) for line in lines) <= width


def test_an_ablation_shows_its_arms() -> None:
    lines = drawn(ablation_of(4), 80, 24)
    text = "\n".join(lines)
    rows = {line.split()[0]: line.split() for line in lines if line.split()}
    assert rows["default"][1:5] == ["4/5", "0.2100", "0.0120", "reference"]
    assert rows["arm-2"][1:5] == ["3/5", "0.2200", "0.0100", "+0.0100"]
    assert rows["coming"][1:] == ["0/5", "-", "-", "-"]
    assert rows["arm-1"][-2:] == ["1", "failed"]
    assert "best mean so far 0.2200 (arm-2)   reference default 0.2100" in text
    assert "best so far" not in text
    assert any(set(line) & set(BLOCKS) for line in lines if line.startswith("arm-2"))
    assert DECIDED not in text
    judged = [
        LiveArm("default", 5, 20, reference=True),
        LiveArm("a", 8, 20, verdict=OPEN),
        LiveArm("b", verdict=DECIDED),
    ]
    lines = drawn(ablation_of(2, arms=judged), 80, 24)
    assert any(line.startswith("a ") and "open" in line for line in lines)
    assert any(line.startswith("b ") and "decided" in line for line in lines)


def test_a_wide_terminal_shows_arms_and_trials_side_by_side_and_a_tall_one_below() -> None:
    heads = [line for line in drawn(ablation_of(6), 160, 50) if "from ref." in line]
    assert heads
    assert "epochs" in heads[0]
    lines = drawn(ablation_of(6), 100, 50)
    assert not any("from ref." in line and "epochs" in line for line in lines)
    assert any(line.startswith("trial") for line in lines)
    assert not any(line.startswith("trial") for line in drawn(ablation_of(12), 80, 24))


def test_a_wide_terminal_shows_what_was_searched() -> None:
    state = sweep_of(8, trials=[trial(0, "completed", settings="optim.lr 0.003, view_dropout.rate 0.5")])
    assert any("optim.lr 0.003" in line for line in drawn(state, 160, 40))
    assert not any("optim.lr 0.003" in line for line in drawn(state, 100, 40))


def test_several_objectives_are_shown_side_by_side_with_the_size_of_their_front() -> None:
    objectives = (
        LiveObjective("valid/t2m/mAP@10", "max", 1, 0.25, 0.2),
        LiveObjective("words/t2m/R@10", "max", 2, 0.6),
    )
    trials = [trial(1, "completed", values=(0.25, 0.5)), trial(2, "completed", values=(0.21, 0.6))]
    lines = drawn(sweep_of(8, objectives=objectives, trials=trials, front=2), 80, 24)
    text = "\n".join(lines)
    assert "2 objectives" in text
    assert "valid/t2m/mAP@10: best so far 0.2500 (trial 1)   default 0.2000" in text
    assert "words/t2m/R@10: best so far 0.6000 (trial 2)" in text
    assert "Pareto front: 2 of 2 completed trials" in text
    rows = [line.split() for line in lines if line.split()[:1] == ["1"]]
    assert rows[0][:5] == ["1", "completed", "12/12", "0.2500", "0.5000"], "no single best"
    assert any(line.split()[3:5] == ["mAP@10", "R@10"] for line in lines if line.startswith("trial"))


def test_trials_that_tune_or_confirm_are_marked() -> None:
    trials = [
        trial(0, "completed", top=0.2),
        trial(1, "completed", top=0.5, purpose="tune", arm="wide"),
        trial(2, "running", 3, purpose="confirm"),
    ]
    lines = drawn(sweep_of(8, trials=trials, phase="confirming", trials_planned=4), 80, 24)
    rows = [line.split() for line in lines]
    assert ["2", "again", "running"] in [row[:3] for row in rows]
    numbers = [row[0] for row in rows if row[:1] in (["0"], ["1"], ["2"])]
    assert numbers == ["2", "0", "1"], "those that are compared come first"
    assert "1 tune wide" in next(line for line in lines if line.split()[:1] == ["1"])
    assert "confirming: 1 running" in "\n".join(lines)


def test_the_screen_of_a_sweep_that_is_over() -> None:
    text = "\n".join(drawn(sweep_of(8, over=True, phase="done", eta_seconds=None), 80, 24))
    assert "2:13 in all" in text
    assert "cell" not in text.split("trial ")[0]
    assert "starting" not in text
    assert "132 epochs" in text
    assert "240" not in text


def test_without_a_terminal_arms_and_phases_are_told() -> None:
    out = io.StringIO()
    arms = [LiveArm("default", 1, 3, mean=0.2, reference=True), LiveArm("wide", 2, 3, 0, 0, 0.25, 0.01, 0.05)]
    with LiveView(Console(file=out, width=80)) as view:
        view.update(sweep_of(4, trials=[], phase="tuning"))
        view.update(sweep_of(4, trials=[], arms=arms))
        view.update(sweep_of(4, trials=[], arms=arms))
        view.phase("opening the test split")
        view.update(sweep_of(4, trials=[], arms=[arms[0], LiveArm("wide", 2, 3, mean=0.25, verdict=DECIDED)]))
    lines = out.getvalue().splitlines()
    assert lines[:3] == [
        "now: search",
        "arm default: 1/3 replicates, mean 0.2000",
        "arm wide: 2/3 replicates, mean 0.2500, spread 0.0100, +0.0500 from the reference",
    ]
    assert "arm wide: 2/3 replicates, mean 0.2500, decided" in lines


def test_what_ended_before_one_looked_is_no_news() -> None:
    out = io.StringIO()
    with LiveView(Console(file=out, width=80), known=[0, 1, 2]) as view:
        view.update(sweep_of(4, arms=[LiveArm("default", 1, 3, reference=True)]))
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["trial 3 failed after 2 epochs"]


def test_the_terminal_may_be_resized_between_two_draws() -> None:
    out, time = io.StringIO(), [0.0]
    console = Console(file=out, width=120, height=40, force_terminal=True)
    with LiveView(console, now=lambda: time[0]) as view:
        view.update(sweep_of(30))
        console.size = ConsoleDimensions(80, 24)
        time[0] = 1.0
        out.seek(0)
        out.truncate()
        view.update(sweep_of(30))
        plain = Text.from_ansi(out.getvalue()).plain
        assert out.getvalue().startswith("\x1b[H"), "drawn from the corner, whatever stood there"
        assert len(plain.splitlines()) == 24
        assert max(len(line) for line in plain.splitlines()) <= 80
