"""The adaptive state machine: exact at its ends, never back, at rest at the end, raised by what it follows alone."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.train.schedules import Adaptive, AdaptiveState, OnAccuracy, OnPlateau, Signals
from adsw.train.schedules.describe import fastest, followed_path, simulated

PATIENT = settings(max_examples=200, deadline=None, derandomize=True)
MAP = "valid/t2m/mAP@10"
VALUES = st.floats(-1e6, 1e6)
SCHEDULES = st.one_of(
    st.builds(
        OnAccuracy,
        start=VALUES,
        end=VALUES,
        steps=st.integers(1, 8),
        patience=st.integers(1, 4),
        threshold=st.floats(0.1, 0.9),
    ),
    st.builds(
        OnPlateau,
        signal=st.just("plateau"),
        start=VALUES,
        end=VALUES,
        steps=st.integers(1, 8),
        patience=st.integers(1, 4),
        gain=st.floats(0, 0.2),
        metric=st.sampled_from([MAP, "valid/t2m/MedR"]),
    ),
)
SIGNALS = st.lists(
    st.builds(
        lambda accuracy, metric: Signals(accuracy, {MAP: metric, "valid/t2m/MedR": 100 * metric}),
        st.floats(0, 1),
        st.floats(0, 1),
    ),
    max_size=60,
)


def states(schedule: Adaptive, signals: list[Signals]) -> list[AdaptiveState]:
    found = [AdaptiveState()]
    for epoch in signals:
        found.append(schedule.advance(found[-1], epoch))
    return found


@PATIENT
@given(SCHEDULES, SIGNALS)
def test_it_goes_from_start_to_end_and_never_back(schedule: Adaptive, signals: list[Signals]) -> None:
    found = states(schedule, signals)
    values = [schedule.value(state) for state in found]
    assert values[0] == schedule.start
    low, high = schedule.extremes
    assert all(low <= value <= high for value in values)
    rising = schedule.end >= schedule.start
    assert all((after >= before) if rising else (after <= before) for before, after in pairwise(values))
    assert all(after.raises - before.raises in (0, 1) for before, after in pairwise(found))
    if found[-1].raises == schedule.steps:
        assert values[-1] == schedule.end


@PATIENT
@given(SCHEDULES, SIGNALS)
def test_it_rests_at_its_end(schedule: Adaptive, signals: list[Signals]) -> None:
    ended = AdaptiveState(raises=schedule.steps)
    assert states(schedule, signals)[0].raises == 0
    for epoch in signals:
        assert schedule.advance(ended, epoch) == ended


@PATIENT
@given(SCHEDULES)
def test_nothing_is_faster_than_the_fastest(schedule: Adaptive) -> None:
    found = states(schedule, fastest(schedule, schedule.fastest))
    assert found[-1].raises == schedule.steps
    assert found[-2].raises == schedule.steps - 1


@PATIENT
@given(SCHEDULES, SIGNALS)
def test_no_signals_are_faster_than_the_fastest(schedule: Adaptive, signals: list[Signals]) -> None:
    early = states(schedule, signals)[: schedule.fastest]
    assert all(state.raises < schedule.steps for state in early)


@PATIENT
@given(SCHEDULES, SIGNALS, st.integers(0, 60))
def test_it_goes_on_from_any_state_as_if_never_stopped(schedule: Adaptive, signals: list[Signals], cut: int) -> None:
    whole = states(schedule, signals)
    cut = min(cut, len(signals))
    state = whole[cut]
    for epoch in signals[cut:]:
        state = schedule.advance(state, epoch)
    assert state == whole[-1]


def path(schedule: Adaptive, figures: list[float]) -> list[float]:
    return list(followed_path(schedule, simulated(schedule, figures, len(figures)), "by hand").values)


def test_accuracy_by_hand() -> None:
    once = OnAccuracy(start=0, end=0.4, steps=2, threshold=0.5)
    assert path(once, [0.4, 0.5, 0.4, 0.9, 1.0]) == [0, 0, 0.2, 0.2, 0.4, 0.4]
    twice = OnAccuracy(start=0, end=0.4, steps=2, threshold=0.5, patience=2)
    assert path(twice, [0.5, 0.4, 0.5, 0.5, 0.5, 0.5]) == [0, 0, 0, 0, 0.2, 0.2, 0.4], (
        "in a row, and anew after a raise"
    )


def test_a_plateau_by_hand() -> None:
    schedule = OnPlateau(signal="plateau", start=1, end=0, steps=2, patience=2)
    figures = [0.1, 0.2, 0.2, 0.1, 0.05, 0.06, 0.06, 0.05, 0.5]
    assert path(schedule, figures) == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.0, 0.0], "the best counts anew after a raise"


def test_a_gain_must_be_large_enough() -> None:
    schedule = OnPlateau(signal="plateau", start=0, end=1, steps=1, patience=1, gain=0.1)
    assert path(schedule, [0.1, 0.25]) == [0, 0, 0]
    assert path(schedule, [0.1, 0.15]) == [0, 0, 1]


def test_ranks_get_better_downwards() -> None:
    schedule = OnPlateau(signal="plateau", start=0, end=1, steps=1, patience=1, metric="valid/t2m/MedR")
    assert path(schedule, [30, 20, 10]) == [0, 0, 0, 0]
    assert path(schedule, [30, 31]) == [0, 0, 1]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_watched_must_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match="accuracy is watched and is"):
        OnAccuracy(start=0, end=1).advance(AdaptiveState(), Signals(value, {}))
    with pytest.raises(ValueError, match="mAP@10 is watched and is"):
        OnPlateau(signal="plateau", start=0, end=1).advance(AdaptiveState(), Signals(0.5, {MAP: value}))


def test_what_is_watched_must_be_measured() -> None:
    with pytest.raises(ValueError, match="mAP@10 is watched and was not measured"):
        OnPlateau(signal="plateau", start=0, end=1).advance(AdaptiveState(), Signals(0.5, {"valid/t2m/R@1": 0.1}))


def test_it_has_no_value_at_an_epoch() -> None:
    with pytest.raises(TypeError, match="none at epoch 3"):
        OnAccuracy(start=0, end=1).at(3)
