"""An ablation's live rows: what counts as a replicate, what is compared with what, and when it is decided."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.live.arms import ArmRows, Outline, mean_curve, outline_of
from sweep.live.state import DECIDED, OPEN, UNDECIDED, LiveArm
from sweep.plan.describe import trials_of
from sweep.run.records import TrialRecord, TrialState
from sweep.space.compared import reference_of
from sweep.space.load import parse_space
from sweep.space.sections import Objective

METRIC = "valid/t2m/mAP@10"


def outline(**fields: Any) -> Outline:
    base = {"name": "one", "objectives": (Objective(metric=METRIC, mode="max"),), "trials": 9, "epochs": 2}
    return Outline(**{**base, "arms": ("default", "wide", "deep"), "compared": True, "replicates": 3, **fields})


def record(number: int, arm: str | None, seed: int, value: float | None, **fields: Any) -> TrialRecord:
    state = TrialState.FAILED if value is None else TrialState.COMPLETED
    metrics = {} if value is None else {METRIC: value}
    curve = [] if value is None else [{"epoch": 1.0, METRIC: value / 2}, {"epoch": 2.0, METRIC: value}]
    base = {"number": number, "arm": arm, "seed": seed, "state": state, "metrics": metrics, "curve": curve}
    return TrialRecord(**{**base, **fields})


def rows(*records: TrialRecord, **fields: Any) -> dict[str, LiveArm]:
    found = ArmRows(outline(**fields))
    for one in records:
        found.add(one)
    return {arm.name: arm for arm in found.rows()}


def test_arms_are_compared_on_the_seeds_that_both_have() -> None:
    found = rows(
        record(0, "default", 0, 0.2),
        record(1, "wide", 0, 0.3),
        record(2, "default", 1, 0.4),
        record(3, "wide", 1, 0.5),
        record(4, "wide", 2, 0.9),
        record(5, "deep", 0, None),
    )
    assert list(found) == ["default", "wide", "deep"]
    wide = found["wide"]
    assert (wide.done, wide.planned, wide.failed) == (3, 3, 0)
    assert wide.mean == pytest.approx(17 / 30)
    assert wide.spread == pytest.approx(0.305505, abs=1e-6)
    assert wide.difference == pytest.approx(0.1), "seed 2 has no reference yet"
    assert wide.curve == pytest.approx([17 / 60, 17 / 30])
    assert found["default"].reference
    assert found["default"].difference is None
    deep = found["deep"]
    assert (deep.done, deep.failed, deep.mean, deep.difference) == (0, 1, None, None)


def test_trials_that_tune_are_no_replicates_and_duplicates_are() -> None:
    found = rows(
        record(0, "wide", 7, 0.9, purpose="tune"),
        record(1, "wide", 0, 0.3, state=TrialState.DUPLICATE),
        record(2, "default", 0, 0.2),
    )
    assert (found["wide"].done, found["wide"].mean) == (1, 0.3)


def test_without_a_default_the_first_arm_is_the_reference() -> None:
    found = rows(record(0, "b", 0, 0.3), record(1, "a", 0, 0.2), arms=("a", "b"))
    assert list(found) == ["a", "b"]
    assert found["a"].reference
    assert found["b"].difference == pytest.approx(0.1)


def test_points_of_a_grid_are_rows_of_their_own() -> None:
    points = [record(number, None, 0, 0.1 * number, params={"optim.lr": 0.001 * number}) for number in (1, 2)]
    assert list(rows(*points, arms=())) == ["optim.lr 0.001", "optim.lr 0.002"]
    points = [record(number, "wide", 0, 0.1, params={"optim.lr": 0.001 * number}) for number in (1, 2)]
    assert list(rows(*points)) == ["default", "wide: optim.lr 0.001", "wide: optim.lr 0.002", "deep"]


def test_running_replicates_are_counted() -> None:
    found = {arm.name: arm for arm in ArmRows(outline()).rows([("wide", {}), ("wide", {}), ("deep", {})])}
    assert [found[name].running for name in ("default", "wide", "deep")] == [0, 2, 1]
    assert found["wide"].planned == 3


def test_where_replicates_come_until_it_is_decided_every_arm_says_how_it_stands() -> None:
    seeds = range(8)
    records = [record(seed, "default", seed, 0.2 + 0.01 * (seed % 3)) for seed in seeds]
    records += [record(10 + seed, "wide", seed, 0.4 + 0.011 * (seed % 3)) for seed in seeds]
    records += [record(20 + seed, "deep", seed, 0.2 + 0.01 * ((seed + 1) % 3)) for seed in seeds]
    found = rows(*records, replicates=20, looks=(5, 8, 20))
    assert {name: arm.verdict for name, arm in found.items()} == {"default": "", "wide": DECIDED, "deep": OPEN}
    found = rows(*records, replicates=8, looks=(5, 8))
    assert found["deep"].verdict == UNDECIDED
    assert rows(*records)["wide"].verdict == "", "their number is fixed"


def test_mean_curves() -> None:
    assert mean_curve([]) == []
    assert mean_curve([[None, 1.0], [None, 3.0]]) == [None, 2.0]
    assert mean_curve([[float("nan")], [1.0]]) == [None]


def test_the_outline_of_a_space() -> None:
    arms = {"objective": {"metric": METRIC}, "method": "grid", "arms": {"a": {}, "b": {"epochs": 3}}}
    fixed = outline_of("one", parse_space({**arms, "replicates": [1, 2]}), 4, 3)
    assert (fixed.arms, fixed.compared, fixed.replicates, fixed.looks) == (("a", "b"), True, 2, ())
    assert reference_of(fixed.arms, str) == "a"
    until = {"until_decided": {"first": 2, "step": 2, "most": 5}}
    open_ended = outline_of("one", parse_space({**arms, "include": ["default"], "replicates": until}), None, 3)
    assert (open_ended.replicates, open_ended.looks, reference_of(open_ended.arms, str)) == (5, (2, 4, 5), "default")
    search = parse_space(
        {
            "objective": {"metric": METRIC},
            "trials": 3,
            "space": {"optim.lr": {"uniform": [0.1, 0.2]}},
            "include": ["default"],
        }
    )
    assert outline_of("one", search, 3, 3).arms == ()


def test_the_number_of_trials_counts_those_that_tune_and_confirm() -> None:
    arms = {"objective": {"metric": METRIC}, "method": "grid", "arms": {"a": {}, "b": {"epochs": 3}}}
    lr = {"optim.lr": {"choice": [0.1, 0.2, 0.3], "role": "nuisance"}}
    until = {"until_decided": {"first": 2, "step": 2, "most": 5}}
    tuned = parse_space({**arms, "space": lr, "tune": {"replicates": 2}, "replicates": until, "include": ["default"]})
    assert trials_of(tuned) == 2 * 3 * 2 + 5 * 3
    assert trials_of(parse_space({**arms, "replicates": [1, 2]})) == 4
    search = {"objective": {"metric": METRIC}, "trials": 8, "space": lr, "include": ["default"]}
    assert trials_of(parse_space({**search, "confirm": 3})) == 14
    budget = {"objective": {"metric": METRIC}, "budget": {"trial_epochs": 9}, "space": lr}
    assert trials_of(parse_space(budget)) is None
