"""Ranges hold at every epoch, and all that is wrong with a schedule is told at once."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adsw.train.schedules import (
    KINDS,
    MODELS,
    AnySchedule,
    Constant,
    Cosine,
    Linear,
    OnAccuracy,
    OnPlateau,
    Piecewise,
    Probability,
    Rate,
    Schedule,
    Step,
    Weight,
    called,
    kinds_with,
    zero_together,
)

PATIENT = settings(max_examples=200, deadline=None, derandomize=True)


def test_a_number_is_a_constant() -> None:
    assert TypeAdapter(Schedule).validate_python(3) == Constant(value=3.0)


@pytest.mark.parametrize("value", [True, "0.1", None, [1], {"kind": "linear", "start": 0}, {"kind": "x"}, math.nan])
def test_what_is_no_schedule_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Schedule).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Probability, 1.01),
        (Probability, {"kind": "linear", "start": 0, "end": 1.5, "epochs": 2}),
        (Probability, {"kind": "piecewise", "points": [[0, 0], [1, -0.1]]}),
        (Weight, -1),
        (Rate, 0),
        (Rate, -1e-3),
        (Rate, {"kind": "cosine", "start": 1e-3, "end": -1e-9, "epochs": 5}),
        (Schedule, {"kind": "linear", "start": 0, "end": 1, "epochs": 0}),
        (Schedule, {"kind": "linear", "start": 0, "end": 1, "epochs": 1, "delay": -1}),
        (Schedule, {"kind": "step", "start": 0, "end": 1, "epochs": 1, "steps": 0}),
    ],
)
def test_ranges_hold_at_every_epoch(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_a_learning_rate_may_end_at_zero() -> None:
    schedule = TypeAdapter(Rate).validate_python({"kind": "cosine", "start": 1e-3, "end": 0, "epochs": 5})
    assert schedule.at(9) == 0.0


def test_an_adaptive_learning_rate_must_begin_above_zero() -> None:
    with pytest.raises(ValidationError, match="nothing would be learnt"):
        TypeAdapter(Rate).validate_python({"kind": "adaptive", "start": 0, "end": 1e-3})
    assert TypeAdapter(Rate).validate_python({"kind": "adaptive", "start": 1e-3, "end": 0}).extremes == (0, 1e-3)


def test_kinds_know_their_fields() -> None:
    assert kinds_with("sharpness") == ["exponential"]
    assert kinds_with("threshold") == ["adaptive on accuracy"]
    assert {MODELS[name].model_fields["kind"].default for name in kinds_with("kind")} == set(KINDS)
    assert all(called(model.model_fields["kind"].default, name.rpartition(" ")[2]) for name, model in MODELS.items())


FULL: dict[str, dict[str, Any]] = {
    "constant": {"value": 0.1},
    "linear": {"start": 0, "end": 0.2, "epochs": 3, "delay": 1},
    "cosine": {"start": 0, "end": 0.2, "epochs": 3, "delay": 1},
    "exponential": {"start": 0, "end": 0.2, "epochs": 3, "delay": 1, "sharpness": 2},
    "step": {"start": 0, "end": 0.2, "epochs": 3, "delay": 1, "steps": 2},
    "piecewise": {"points": [[0, 0.1], [2, 0.3]]},
    "adaptive on accuracy": {"start": 0, "end": 0.2, "steps": 2, "patience": 3, "threshold": 0.4},
    "adaptive on plateau": {
        "start": 0, "end": 0.2, "steps": 2, "patience": 3, "gain": 0.01, "metric": "valid/m2t/R@10", "signal": "plateau"
    },
}  # fmt: skip


def plain(name: str) -> dict[str, Any]:
    return {"kind": name.partition(" ")[0], **FULL[name]}


@pytest.mark.parametrize("name", MODELS)
def test_every_kind_is_read_and_written_back(name: str) -> None:
    schedule = TypeAdapter(Probability).validate_python(plain(name))
    assert type(schedule) is MODELS[name]
    assert set(MODELS[name].model_fields) == {"kind", "signal", *FULL[name]} & set(MODELS[name].model_fields)
    for mode in ("python", "json"):
        assert TypeAdapter(Probability).validate_python(schedule.model_dump(mode=mode)) == schedule
    assert TypeAdapter(Probability).validate_python(schedule) == schedule


BAD: dict[str, list[Any]] = {
    "value": ["a", None, True, math.nan, math.inf, -0.1, 1.1],
    "start": ["a", None, True, math.nan, -math.inf, -0.1, 1.1],
    "end": ["a", None, [1], math.nan, 2, -1e-9],
    "epochs": ["a", None, 0, -1, math.nan, math.inf],
    "delay": ["a", None, -1, math.nan],
    "sharpness": ["a", 0, 51, math.nan],
    "steps": ["a", 0, 1.5, -2, None],
    "points": ["a", None, [], [[0, 0.1], [0, 0.2]], [[0]], [[0, 0.1, 2]], [[-1, 0.1]], [[0, math.nan]], [[0, 1.1]], 3],
    "patience": ["a", 0, 1.5, None],
    "threshold": ["a", 0, 1.1, math.nan],
    "gain": ["a", -0.1, math.nan],
    "metric": [3, "valid/t2m/R@7", "test/t2m/R@10", "loss"],
    "signal": [3, "loss"],
    "kind": [3, "linar", None],
}
CASES = [(name, field, bad) for name in FULL for field in (*FULL[name], "kind") for bad in BAD[field]]


@pytest.mark.parametrize(("name", "field", "bad"), CASES)
def test_every_bad_field_is_refused_at_its_place(name: str, field: str, bad: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Probability).validate_python({**plain(name), field: bad})
    (error, *others) = caught.value.errors()
    assert not others or field == "points"
    assert field in ("kind", "signal", "value") or field in error["loc"] or "points" in error["msg"]
    assert "schedule" in error["msg"] if field in ("kind", "signal") else error["msg"]


@pytest.mark.parametrize("name", FULL)
def test_a_missing_field_and_one_of_another_kind_are_told_together(name: str) -> None:
    needed = [field for field, of in MODELS[name].model_fields.items() if of.is_required() and field != "signal"]
    given = {field: value for field, value in plain(name).items() if field not in needed}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Probability).validate_python({**given, "nonsense": 1})
    assert {error["loc"][-1] for error in caught.value.errors()} == {*needed, "nonsense"}


def test_a_range_is_looked_at_beside_the_other_rules() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Probability).validate_python({"kind": "linear", "start": 2, "end": -1, "epochs": 0})
    assert {error["loc"][-1] for error in caught.value.errors()} == {"start", "end", "epochs"}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Weight).validate_python({"kind": "piecewise", "points": [[3, 1], [1, -1]]})
    assert len(caught.value.errors()) == 2


WEIGHTS = st.one_of(
    st.builds(lambda value: Constant(value=value), st.sampled_from([0.0, 1.0])),
    st.builds(
        lambda make, start, end, epochs, delay: make(start=start, end=end, epochs=epochs, delay=delay),
        st.sampled_from([Linear, Step, Cosine]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
        st.integers(1, 4).map(float),
        st.integers(0, 4).map(float),
    ),
    st.builds(
        lambda first, middle, last: Piecewise(points=((1, first), (3, middle), (6, last))),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
    ),
)


def test_an_adaptive_weight_may_be_zero_while_it_can() -> None:
    rising = OnAccuracy(start=0, end=1, steps=2)
    falling = OnPlateau(signal="plateau", start=1, end=0, steps=3, patience=2)
    assert zero_together([rising]) == 0
    assert zero_together([rising, Linear(start=1, end=0, epochs=7)]) == 7, "it may never have been raised"
    assert zero_together([rising, Constant(value=0.1)]) is None
    assert zero_together([falling]) == falling.fastest == 9
    assert zero_together([falling, Linear(start=0, end=1, epochs=8)]) is None
    assert zero_together([OnAccuracy(start=0.1, end=1)]) is None


@PATIENT
@given(st.lists(WEIGHTS, min_size=1, max_size=3))
def test_being_zero_together_is_found_wherever_it_happens(schedules: list[AnySchedule]) -> None:
    sampled = [epoch / 8 for epoch in range(8 * 12)]
    zero = [epoch for epoch in sampled if not any(schedule.at(epoch) for schedule in schedules)]
    assert (zero_together(schedules) is None) == (not zero)
