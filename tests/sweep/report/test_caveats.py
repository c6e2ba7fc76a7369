"""Caveats on the outcome hold where they should, and only there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sweep.report.caveats import (
    TOLERANCE,
    not_confirmed,
    off_doses,
    recordings_twice,
    saturated,
    short_swaps,
    test_opened,
    weak_ranks,
    within_noise,
)
from sweep.report.findings import Findings
from sweep.report.leaderboard import build_leaderboard
from sweep.report.report import Report
from sweep.report.search_quality import evidence

from .simulated import METRIC, Simulation

test_opened.__test__ = False  # type: ignore[attr-defined]  # a caveat, and no test
Made = tuple[Report, Path]


def test_a_winner_within_noise_is_said_to_be(large: Made, zero: Made) -> None:
    assert within_noise(large[0].board, large[0].results, Findings()) == ""
    told = within_noise(zero[0].board, zero[0].results, Findings())
    assert told.startswith("The winner is within noise of the default: on test/t2m/mAP@10 the difference is ")
    assert told in zero[0].caveats
    on_validation = within_noise(zero[0].board, None, Findings())
    assert on_validation == "" or METRIC in on_validation


def test_the_default_as_winner_needs_no_confirmation(report_of: Callable[[Simulation], Made]) -> None:
    report, _ = report_of(Simulation(trials=4, failed=(), effect=-1.0, stopping=False, base=1.5))
    assert not_confirmed(report.board, Findings()) == ""
    assert within_noise(report.board, report.results, Findings()) == ""


def test_early_epochs_that_say_nothing_are_pointed_at(large: Made) -> None:
    run = large[0].run
    flipped = tuple(
        record.model_copy(
            update={
                "curve": [
                    point | ({METRIC: 1.0 - record.metrics[METRIC]} if point["epoch"] == 3 else {})
                    for point in record.curve
                ]
            }
        )
        if record.metrics
        else record
        for record in run.records
    )
    other = replace(run, records=flipped)
    support = evidence(other, build_leaderboard(other), 1)
    told = weak_ranks(support)
    assert "unsound here" in told
    assert "at epoch 3" in told
    assert "at epoch 9" not in told
    assert weak_ranks(large[0].evidence) == ""


def test_a_saturated_task_is_a_caveat(large: Made, report_of: Callable[[Simulation], Made]) -> None:
    assert saturated(large[0].board, large[0].results) == ""
    easy, _ = report_of(Simulation(trials=2, failed=(), base=9.0, effect=0.0))
    assert "The task is saturated: test/t2m/mAP@10 is" in saturated(easy.board, easy.results)
    assert "valid/t2m/mAP@10 is" in saturated(easy.board, None)


def test_recordings_in_several_splits_are_a_caveat(large: Made) -> None:
    run = large[0].run
    assert recordings_twice(run) == ""
    alike = {"recordings": 12, "tracks": {"train": 12, "test": 12}, "examples": [{"a": "train", "b": "test"}]}
    stores = {"own": run.sweep.store.model_dump() | {"duplicates": alike}}
    told = recordings_twice(replace(run, sweep=run.sweep.changed(stores=stores)))
    assert told.startswith("Store own: 12 recordings stand in several splits under different ids: 12 of train and 12")
    assert "a (train) = b (test)" in told


def test_how_often_the_test_split_was_opened_is_told(large: Made) -> None:
    assert "opened for 2 trials, once each" in test_opened(large[0].run)
    assert test_opened(replace(large[0].run, test={})) == ""


def with_curves(large: Made, **figures: float) -> Any:
    """The run with figures in the curve of its first trial."""
    run = large[0].run
    first, *others = run.records
    named = {name.replace("__", "."): value for name, value in figures.items()}
    return replace(run, records=(first.model_copy(update={"curve": [point | named for point in first.curve]}), *others))


def test_earlier_curves_say_nothing(large: Made) -> None:
    assert off_doses(large[0].run) == short_swaps(large[0].run) == ""


def test_shares_beyond_the_tolerance_are_told(large: Made) -> None:
    near = {"share__human": 0.2, "share__human__asked": 0.2 + TOLERANCE - 0.001}
    assert off_doses(with_curves(large, **near)) == ""
    far = {"share__human": 0.1, "share__human__asked": 0.4, "swap_share": 0.07, "swap_asked": 0.15}
    told = off_doses(with_curves(large, **far, share__dataset__one=0.9, share__dataset__one__asked=0.5))
    number = large[0].run.records[0].number
    assert told.startswith("1 trial was not shown what")
    assert f"human 10% of the visits where 40% were asked for (trial {number})" in told
    assert f"hard negatives 7% of the visits where 15% were asked for (trial {number})" in told
    assert "data set one 90%" in told


def test_swaps_of_fewer_terms_are_told(large: Made) -> None:
    assert "1 trial" in short_swaps(with_curves(large, swap_terms_short=12.0))
    assert "up to 12 visits an epoch" in short_swaps(with_curves(large, swap_terms_short=12.0))
