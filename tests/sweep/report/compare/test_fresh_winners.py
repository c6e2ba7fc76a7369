"""Winners of two searches on fresh seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.report.compare.arms import SEEDS, fresh_arms, fresh_gaps
from sweep.report.compare.comparison import compare
from sweep.report.compare.sides import open_sides
from sweep.report.compare.tables import comparison_tables

from ..simulated import METRIC
from .compared import SMALL, alike


def test_winners_are_paired_over_their_fresh_seeds(tmp_path: Path) -> None:
    good = replace(SMALL, confirm=4, quality={}).write(tmp_path, "good")
    replace(SMALL, effect=0.0, confirm=4, quality={}).write(tmp_path, "flat")
    sides = open_sides(tmp_path, ["flat", "good"])
    gaps = {gap.arm: gap for gap in fresh_gaps(sides)}
    best = gaps["best"]
    assert best.covers == SEEDS
    assert best.seeds == (20000, 20001, 20002, 20003)
    assert best.metric.full == "test/t2m/mAP@10"
    assert best.decided
    assert best.difference > 0
    fresh = [one.metrics[METRIC] for one in good.trials() if one.purpose == "confirm" and one.arm is None]
    assert np.mean(list(fresh_arms(sides[1])["best"].valid.values())) == pytest.approx(np.mean(fresh))
    found = compare(sides)
    told = next(line for line in found.verdict.lines() if "On fresh seeds" in line)
    assert told.startswith("- On fresh seeds, the best of good minus the best of flat: +")
    assert told.endswith(": decided.")
    assert not any("no interval here covers" in caveat for caveat in found.caveats)
    table = next(one for one in comparison_tables(found) if one.name == "fresh-winners")
    assert {row[0].text: row[-1].text for row in table.rows}["best"] == "decided: better"


def test_other_queries_are_not_judged(tmp_path: Path) -> None:
    replace(SMALL, confirm=3, quality={}).write(tmp_path, "one")
    replace(SMALL, confirm=3, seed=4, quality={}).write(tmp_path, "elsewhere")
    sides = open_sides(tmp_path, ["one", "elsewhere"])
    assert {gap.same_queries for gap in fresh_gaps(sides)} == {False}
    assert {gap.judgement for gap in fresh_gaps(sides)} == {None}
    found = compare(sides)
    assert any("on other queries, so it says nothing of the sweeps" in line for line in found.verdict.lines())
    table = next(one for one in comparison_tables(found) if one.name == "fresh-winners")
    assert {row[-1].text for row in table.rows} == {"other queries: not comparable"}


def test_without_fresh_seeds_on_both_sides_there_is_nothing(tmp_path: Path) -> None:
    alike(tmp_path, "plain")
    replace(SMALL, confirm=2, quality={}).write(tmp_path, "fresh")
    assert fresh_gaps(open_sides(tmp_path, ["plain", "fresh"])) == ()
    assert fresh_gaps(open_sides(tmp_path, ["fresh", "plain"])) == ()
