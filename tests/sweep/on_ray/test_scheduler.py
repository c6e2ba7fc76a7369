"""ASHA's rungs: counted in epochs, refilled on resume, never stopping an included configuration."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from ray.tune.schedulers import FIFOScheduler, TrialScheduler

from sweep.on_ray.scheduler import AshaScheduler, Rungs, scheduler_for

METRIC = "valid/t2m/mAP@10"
RUNGS = Rungs(grace_epochs=2, reduction_factor=2, epochs=8)


def trial(name: str, arm: str | None = None) -> Any:
    return SimpleNamespace(trial_id=name, config={"exempt": arm is not None})


def asha_with(*trials: Any, mode: str = "max") -> AshaScheduler:
    scheduler = AshaScheduler(METRIC, mode, RUNGS)
    for one in trials:
        scheduler.on_trial_add(None, one)
    return scheduler


def result(epoch: int, value: float) -> dict[str, Any]:
    return {"epoch": epoch, METRIC: value}


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        (RUNGS, [2, 4, 8]),
        (Rungs(6, 3.0, 24), [6, 18, 24]),
        (Rungs(1, 4.0, 3), [1, 3]),
        (Rungs(3, 1.5, 8), [3, 5, 7, 8]),
    ],
)
def test_decisions_fall_on_the_rungs_and_the_end(rungs: Rungs, expected: list[int]) -> None:
    assert rungs.milestones() == expected


def test_the_worse_half_stops_at_a_rung() -> None:
    good, bad = trial("good"), trial("bad")
    scheduler = asha_with(good, bad)
    assert scheduler.on_trial_result(None, good, result(2, 0.5)) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(None, bad, result(2, 0.1)) == TrialScheduler.STOP


def test_lower_is_better_where_the_mode_says_so() -> None:
    good, bad = trial("good"), trial("bad")
    scheduler = asha_with(good, bad, mode="min")
    assert scheduler.on_trial_result(None, good, result(2, 0.1)) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(None, bad, result(2, 0.5)) == TrialScheduler.STOP


def test_an_included_configuration_goes_on_and_still_counts_in_the_rung() -> None:
    good, default, late = trial("good"), trial("default", arm="default"), trial("late")
    scheduler = asha_with(good, default, late)
    scheduler.on_trial_result(None, good, result(2, 0.5))
    assert scheduler.on_trial_result(None, default, result(2, 0.1)) == TrialScheduler.CONTINUE
    assert scheduler.on_trial_result(None, late, result(2, 0.2)) == TrialScheduler.STOP


def test_every_trial_ends_at_the_last_epoch() -> None:
    one, default = trial("one"), trial("default", arm="default")
    scheduler = asha_with(one, default)
    assert scheduler.on_trial_result(None, one, result(8, 0.5)) == TrialScheduler.STOP
    assert scheduler.on_trial_result(None, default, result(8, 0.5)) == TrialScheduler.STOP


def test_replayed_curves_decide_as_the_trials_themselves_would_have() -> None:
    curve = [{"epoch": float(epoch), METRIC: 0.5} for epoch in range(1, 5)]
    weak = trial("weak")
    fresh = asha_with(weak)
    assert fresh.on_trial_result(None, weak, result(2, 0.1)) == TrialScheduler.CONTINUE
    resumed = asha_with(weak)
    resumed.replay([curve, [{"epoch": 1.0}]])
    assert resumed.on_trial_result(None, weak, result(2, 0.1)) == TrialScheduler.STOP


def test_a_failed_trial_leaves_no_trace_in_the_rungs() -> None:
    failed, next_one = trial("failed"), trial("next")
    scheduler = asha_with(failed, next_one)
    scheduler.on_trial_complete(None, failed, result(2, math.nan))
    assert scheduler.on_trial_result(None, next_one, result(2, 0.1)) == TrialScheduler.CONTINUE


def test_without_rungs_nothing_is_stopped() -> None:
    assert isinstance(scheduler_for(None, METRIC, "max"), FIFOScheduler)
    assert isinstance(scheduler_for(RUNGS, METRIC, "max"), AshaScheduler)
