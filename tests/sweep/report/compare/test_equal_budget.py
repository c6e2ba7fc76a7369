"""What the same budget bought."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from sweep.report.compare.budget import best_so_far, equal_budgets
from sweep.report.compare.sides import open_sides
from sweep.stats.selection import chances_of_ranks, expected_best_without

from ..ablated import Ablated
from ..simulated import METRIC, Simulation
from .compared import SMALL, alike, changed_record, drawn_at_random


def test_the_larger_search_is_cut_to_the_smaller_ones_budget(tmp_path: Path) -> None:
    large = Simulation(trials=21, failed=(), stopping=False).write(tmp_path, "large")
    small = SMALL.write(tmp_path, "small")
    drawn_at_random(large, range(1, 21))
    drawn_at_random(small, range(1, 8))
    budgets = equal_budgets(open_sides(tmp_path, ["large", "small"]))
    assert [budget.unit for budget in budgets] == [
        *("trials", "trials"),
        *("trial-epochs", "trial-epochs"),
        *("seconds of a cell", "seconds of a cell"),
    ]
    half, whole = budgets[0], budgets[1]
    assert [one.trials for one in whole.bought] == [7, 7]
    assert [one.trials for one in half.bought] == [3, 3]
    assert (whole.words, half.words) == ("7 trials", "3 trials")
    values = [record.metrics[METRIC] for record in large.trials() if record.number > 0]
    assert whole.bought[0].expected == pytest.approx(np.mean([max(some) for some in combinations(values, 7)]))
    assert whole.bought[1].expected == max(record.metrics[METRIC] for record in small.trials() if record.number > 0)
    # 7 of 7 is one draw; 3 of 7 can be drawn again.
    assert whole.bought[1].difference is None
    gap = half.bought[1].difference
    assert gap is not None
    assert gap.low < gap.value < gap.high
    assert gap.value == pytest.approx(half.bought[1].expected - half.bought[0].expected)
    assert half.bought[0].difference is None


def test_epochs_buy_fewer_trials_where_a_trial_takes_more(tmp_path: Path) -> None:
    for name in ("long", "short"):
        folder = SMALL.write(tmp_path, name)
        drawn_at_random(folder, range(1, 8))
    for number in range(1, 8):
        changed_record(folder, number, lambda record: record.update(epochs=6, seconds=8.0))
    budgets = equal_budgets(open_sides(tmp_path, ["long", "short"]))
    whole = next(one for one in budgets if one.unit == "trial-epochs" and one.amount == 42)
    assert [one.trials for one in whole.bought] == [3, 7]
    assert whole.words == "42 trial-epochs"
    assert budgets[-1].words == "56.0 s of a cell"
    assert [one.trials for one in budgets[-1].bought][1] == 7


def test_without_random_trials_there_is_nothing_to_expect(tmp_path: Path) -> None:
    one, _ = alike(tmp_path, "one", "two")
    sides = open_sides(tmp_path, ["one", "two"])
    assert equal_budgets(sides) == ()
    drawn_at_random(one, range(1, 8))
    assert equal_budgets(open_sides(tmp_path, ["one", "two"])) == ()


@pytest.mark.parametrize(("total", "count"), [(7, 3), (5, 5), (9, 1)])
def test_resampling_weighs_ranks_as_the_estimator_does(total: int, count: int) -> None:
    values = np.random.default_rng(total).normal(size=total)
    expected = expected_best_without(values)[count - 1]
    assert float(np.sort(values) @ chances_of_ranks(total)[count - 1]) == pytest.approx(expected)
    assert chances_of_ranks(total)[count - 1].sum() == pytest.approx(1.0)


def test_the_best_so_far_never_falls_and_counts_every_epoch(tmp_path: Path) -> None:
    folder = replace(SMALL, failed=(3,), quality={}).write(tmp_path, "one")
    Simulation(trials=4, failed=(), metric="valid/t2m/MedR", mode="min").write(tmp_path, "rank")
    Ablated(seeds=(0, 1)).write(tmp_path, "ablation")
    Simulation(trials=1, failed=(0,), tested=False).write(tmp_path, "failed")
    curve = best_so_far(open_sides(tmp_path, ["one"])[0])
    assert curve is not None
    records = folder.trials()
    assert curve.epochs[-1] == sum(record.epochs for record in records) == 7 * 12 + 2
    assert curve.seconds[-1] == pytest.approx(sum(record.seconds for record in records))
    assert list(curve.values) == sorted(curve.values)
    assert curve.values[-1] == max(record.metrics.get(METRIC, 0.0) for record in records)
    falling = best_so_far(open_sides(tmp_path, ["rank"])[0])
    assert falling is not None
    assert list(falling.values) == sorted(falling.values, reverse=True)
    assert best_so_far(open_sides(tmp_path, ["ablation"])[0]) is None
    assert best_so_far(open_sides(tmp_path, ["failed"])[0]) is None
