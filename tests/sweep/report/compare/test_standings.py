"""Best and default of each sweep, and the differences between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adsw.stats.bootstrap import paired_interval
from sweep.report.compare.sides import open_sides
from sweep.report.compare.standings import standings, winner_gaps

from ..ablated import Ablated
from ..simulated import METRIC, Simulation
from .compared import SMALL, alike


def test_winners_are_paired_on_the_same_queries(tmp_path: Path) -> None:
    SMALL.write(tmp_path, "good")
    replace(SMALL, effect=0.0, quality={}).write(tmp_path, "flat")
    good, flat = open_sides(tmp_path, ["good", "flat"])
    gaps = winner_gaps((good, flat))
    assert [(gap.name, gap.who, gap.metric.full) for gap in gaps] == [
        ("flat", "best", "test/t2m/mAP@10"),
        ("flat", "best", METRIC),
        ("flat", "default", "test/t2m/mAP@10"),
        ("flat", "default", METRIC),
    ]
    assert good.board.best is not None
    assert flat.board.best is not None
    one, other = flat.run.test[flat.board.best.number], good.run.test[good.board.best.number]
    expected = paired_interval(one.t2m.scores.of("mAP@10"), other.t2m.scores.of("mAP@10"), one.t2m.clusters)
    assert gaps[0].paired
    assert gaps[0].gap == expected
    assert gaps[0].gap.high < 0
    assert gaps[0].gap.value == pytest.approx(gaps[0].value - gaps[0].reference_value)
    # The defaults are one trial twice: no difference at all.
    assert (gaps[2].gap.low, gaps[2].gap.high) == (0.0, 0.0)


def test_other_queries_are_said_to_be_other_queries(tmp_path: Path) -> None:
    SMALL.write(tmp_path, "one")
    replace(SMALL, seed=4, quality={}).write(tmp_path, "other")
    sides = open_sides(tmp_path, ["one", "other"])
    gaps = winner_gaps(sides)
    assert {gap.paired for gap in gaps} == {False}
    paired = winner_gaps((sides[0], sides[0]))[0].gap
    assert gaps[0].gap.high - gaps[0].gap.low > 2 * (paired.high - paired.low)
    assert gaps[0].gap.low < gaps[0].gap.value < gaps[0].gap.high


def test_each_stands_with_its_best_and_its_default(tmp_path: Path) -> None:
    Simulation(trials=4, failed=(), tested=False, default=False).write(tmp_path, "bare")
    folder = Ablated(quality={"drop": 1.0}, seeds=(0, 1, 2)).write(tmp_path, "arms")
    Simulation(trials=1, failed=(0,), tested=False).write(tmp_path, "failed")
    sides = open_sides(tmp_path, ["bare", "arms", "failed"])
    bare, arms, failed = standings(sides)
    assert bare.best.startswith("trial ")
    assert bare.test is None
    assert bare.default == ""
    assert bare.default_valid is None
    assert arms.best == "arm drop"
    assert arms.default == "arm neither, the reference"
    drop = [record.metrics[METRIC] for record in folder.trials() if record.arm == "drop"]
    assert arms.valid is not None
    assert arms.valid.value == pytest.approx(float(np.mean(drop)))
    assert arms.valid.interval is not None
    assert (failed.best, failed.valid) == ("", None)
    assert winner_gaps(sides) == ()


def test_a_search_is_not_set_against_an_ablation(tmp_path: Path) -> None:
    alike(tmp_path, "search", "second")
    Ablated(seeds=(0, 1)).write(tmp_path, "ablation")
    gaps = winner_gaps(open_sides(tmp_path, ["search", "ablation", "second"]))
    assert {gap.name for gap in gaps} == {"second"}


def test_an_objective_of_an_extra_set_is_compared_on_it(tmp_path: Path) -> None:
    shared = replace(SMALL, sets=("other",), metric="other/t2m/mAP@10")
    shared.write(tmp_path, "one")
    replace(shared, effect=0.0, quality={}).write(tmp_path, "two")
    gaps = winner_gaps(open_sides(tmp_path, ["one", "two"]))
    assert [gap.metric.full for gap in gaps[:2]] == ["test/t2m/mAP@10", "other/t2m/mAP@10"]
    assert all(gap.paired for gap in gaps)
    assert gaps[1].gap.high < 0
