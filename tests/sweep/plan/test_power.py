"""Replicates asked for before an ablation: from a guess, and from what other trials show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adsw.stats.interval import Interval
from sweep.plan.power import MULTIPLES, Scatter, measured_scatter, power_plan
from sweep.run.records import TrialRecord, TrialState
from sweep.stats.power import paired_scatter, power_of, replicates_needed

METRIC = "valid/t2m/mAP@10"
SEEDS = 5
RNG = np.random.default_rng(0)
SHARED = 0.1 * RNG.normal(size=SEEDS)
ARMS = {name: 0.4 + SHARED + 0.01 * RNG.normal(size=SEEDS) for name in ("one", "default", "two")}


def record(arm: str | None, seed: int, value: float | None, **fields: Any) -> TrialRecord:
    metrics = {} if value is None else {METRIC: value}
    fields = {"state": TrialState.COMPLETED, "number": 0, **fields}
    return TrialRecord(arm=arm, seed=seed, metrics=metrics, **fields)


def trials(**fields: Any) -> list[TrialRecord]:
    return [record(arm, seed, float(values[seed]), **fields) for arm, values in ARMS.items() for seed in range(SEEDS)]


def test_a_guess_gives_the_replicates_of_the_power_formula() -> None:
    made = power_plan(Scatter(Interval(0.02, 0.02, 0.02)), [-0.03, 0.01, 0.01], 4, 0.9)
    assert made.level == pytest.approx(0.05 / 3)
    assert made.exact_from == 7
    assert [row.difference for row in made.rows if row.asked] == [0.01, 0.03]
    assert [row.deviations for row in made.rows if not row.asked] == pytest.approx(MULTIPLES)
    for row in made.rows:
        assert row.replicates == row.low == row.high == replicates_needed(row.difference, 0.02, 0.05 / 3, 0.9)
        assert row.replicates is not None
        assert row.trainings == 4 * row.replicates
        assert row.power[10] == power_of(row.difference, 0.02, 10, 0.05 / 3)


def test_what_scatters_little_known_leaves_the_replicates_open() -> None:
    row = power_plan(Scatter(Interval(0.02, 0.012, 0.058), replicates=5), [0.02], 2, 0.8).rows[0]
    assert (row.low, row.replicates, row.high) == (6, 10, 68)
    tiny = power_plan(Scatter(Interval(1.0, 1.0, 1.0)), [1e-4], 2, 0.8).rows[0]
    assert tiny.replicates is tiny.trainings is None


def test_scatter_is_that_of_differences_to_the_default_on_shared_seeds() -> None:
    found = measured_scatter(trials(), METRIC)
    assert found is not None
    assert found.deviation == paired_scatter([ARMS["one"] - ARMS["default"], ARMS["two"] - ARMS["default"]])
    assert found.deviation.value < 0.03  # what a seed gives to all arms, 0.1, is not in it
    assert (found.paired, found.replicates, found.comparisons) == (True, SEEDS, 2)
    assert found.reference == pytest.approx(float(ARMS["default"].mean()))


def test_trials_without_a_figure_and_of_tuning_count_for_nothing() -> None:
    noise = [
        record("two", 7, 9.0, purpose="tune"),
        record("default", 7, 1.0, purpose="tune"),
        record("two", 8, None),
        record("two", 9, 5.0, state=TrialState.STOPPED),
        record("default", 9, 0.1),
    ]
    found, plain = measured_scatter([*trials(), *noise], METRIC), measured_scatter(trials(), METRIC)
    assert found is not None
    assert plain is not None
    assert (found.deviation, found.replicates) == (plain.deviation, plain.replicates)


def test_a_search_is_judged_by_what_confirmed_it() -> None:
    searched = [record(None, 0, 0.1 * number, params={"optim.lr": number}) for number in range(4)]
    assert measured_scatter(searched, METRIC) is None
    again = [
        record(arm, seed, float(ARMS[name][seed]), purpose="confirm", params=params)
        for arm, name, params in ((None, "one", {"optim.lr": 3}), ("default", "default", {}))
        for seed in range(3)
    ]
    found = measured_scatter([*searched, *again], METRIC)
    assert found is not None
    assert found.deviation == paired_scatter([(ARMS["one"] - ARMS["default"])[:3]])


def test_single_arms_stand_in_where_no_two_share_seeds() -> None:
    alone = [record("one", seed, float(ARMS["one"][seed])) for seed in range(SEEDS)]
    found = measured_scatter(alone, METRIC)
    assert found is not None
    assert not found.paired
    assert found.deviation.value == pytest.approx(np.sqrt(2) * ARMS["one"].std(ddof=1))
    assert measured_scatter([], METRIC) is None
    assert measured_scatter([record("one", seed, 0.4) for seed in range(3)], METRIC) is None
