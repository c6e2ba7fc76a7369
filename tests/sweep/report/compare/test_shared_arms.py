"""Arms that two ablations share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from adsw.retrieval.evaluation import Evaluation
from sweep.report.compare.arms import OTHER_SEEDS, SEEDS, TRACKS, ArmGap, arm_gaps, welch_interval
from sweep.report.compare.sides import open_sides

from ..ablated import DROP, LADDER, SQUARE, Ablated


def gaps(runs: Path, *names: str) -> dict[str, ArmGap]:
    return {gap.arm: gap for gap in arm_gaps(open_sides(runs, names))}


def test_the_same_arm_is_told_by_its_recipe_and_paired_by_seed(tmp_path: Path) -> None:
    Ablated().write(tmp_path, "one")
    renamed = {
        "none": SQUARE["neither"],
        "drop": SQUARE["drop"],
        "both": {**SQUARE["both"], DROP: 0.4},
        "new": {DROP: 0.9},
    }
    Ablated(arms=renamed, quality={"drop": 1.0}, seeds=(0, 1, 2, 3, 4, 5, 6)).write(tmp_path, "two")
    found = gaps(tmp_path, "one", "two")
    assert set(found) == {"none", "drop", "both"}
    assert found["none"].other_arm == "neither"
    assert found["none"].same_recipe
    assert found["both"].changed == (DROP,)
    drop = found["drop"]
    assert drop.same_recipe
    assert drop.covers == SEEDS
    assert drop.seeds == (0, 1, 2, 3, 4)
    assert drop.metric.full == "test/t2m/mAP@10"
    assert drop.decided
    assert drop.difference == pytest.approx(drop.value - drop.reference_value)
    assert drop.interval is not None
    assert drop.interval.low > 0
    assert drop.judgement is not None
    assert drop.judgement.adjusted >= drop.judgement.p


def test_trained_twice_with_the_same_result_is_identical(tmp_path: Path) -> None:
    for name in ("one", "two"):
        Ablated(seeds=(0, 1, 2)).write(tmp_path, name)
    found = gaps(tmp_path, "one", "two")
    assert len(found) == 4
    assert all(gap.identical and not gap.decided for gap in found.values())


def test_other_seeds_are_compared_unpaired_and_not_judged(tmp_path: Path) -> None:
    Ablated(seeds=(0, 1, 2)).write(tmp_path, "one")
    Ablated(seeds=(10, 11, 12, 13)).write(tmp_path, "two")
    drop = gaps(tmp_path, "one", "two")["drop"]
    assert drop.covers == OTHER_SEEDS
    assert drop.seeds == ()
    assert drop.judgement is None
    assert drop.interval is not None
    assert drop.interval.low < drop.difference < drop.interval.high


def test_one_seed_each_leaves_the_query_tracks(tmp_path: Path) -> None:
    Ablated(seeds=(0,), arms=LADDER).write(tmp_path, "one")
    Ablated(seeds=(0,), arms=LADDER, quality={"tags": 0.5}).write(tmp_path, "two")
    found = gaps(tmp_path, "one", "two")
    assert found["tags"].covers == TRACKS
    assert found["tags"].interval is not None
    assert found["tags"].interval.low > 0
    assert found["captions"].identical
    assert not found["tags"].decided


def test_one_seed_against_several_has_no_interval(tmp_path: Path) -> None:
    Ablated(seeds=(7,), arms=LADDER).write(tmp_path, "one")
    Ablated(seeds=(0, 1, 2), arms=LADDER).write(tmp_path, "two")
    tags = gaps(tmp_path, "one", "two")["tags"]
    assert tags.interval is None
    assert tags.covers == ""
    assert tags.difference == pytest.approx(tags.value - tags.reference_value)


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(3)
    one, two = rng.normal(0.3, 0.02, 5), rng.normal(0.25, 0.05, 4)
    found = welch_interval(one, two)
    ends = stats.ttest_ind(one, two, equal_var=False).confidence_interval()
    assert (found.low, found.high) == (ends.low, ends.high)
    assert found.value == pytest.approx(one.mean() - two.mean())
    same = welch_interval([0.5, 0.5], [0.25, 0.25])
    assert (same.low, same.value, same.high) == (0.25, 0.25, 0.25)


def test_arms_on_other_queries_are_not_judged(tmp_path: Path) -> None:
    Ablated(seeds=(0, 1, 2)).write(tmp_path, "one")
    folder = Ablated(seeds=(0, 1, 2), quality={"drop": 1.0}).write(tmp_path, "two")
    assert gaps(tmp_path, "one", "two")["drop"].judgement is not None
    for path in folder.evaluations.glob("*.test.npz"):
        replace(Evaluation.load(path), queries="others").save(path)
    drop = gaps(tmp_path, "one", "two")["drop"]
    assert not drop.same_queries
    assert drop.judgement is None
    assert not drop.decided
    assert drop.interval is not None
