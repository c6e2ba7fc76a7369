from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adsw.metrics import METRICS
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.retrieval.intervals import differences, intervals, metric_intervals
from adsw.retrieval.ranking import QueryScores
from adsw.stats.bootstrap import bootstrap_interval, contrast_interval, paired_interval, share_interval

TRACKS, EACH = 60, 4


def direction(rng: np.random.Generator, skill: float, hardness: np.ndarray) -> Direction:
    """Ranks of TRACKS x EACH queries in a pool of 300, worse where the track is hard."""
    clusters = np.repeat(np.arange(TRACKS), EACH)
    ranks = 1 + np.floor(np.exp(hardness[clusters] + 0.5 * rng.standard_normal(len(clusters)) - skill))
    hits = np.stack([ranks <= k for k in (1, 5, 10)], axis=1).astype(float)
    scores = QueryScores(ranks, hits, np.where(ranks <= 10, 1 / ranks, 0.0))
    ones = np.ones(len(clusters), dtype=np.int64)
    return Direction(scores, ones, clusters, ones.astype(np.uint8), 300)


def evaluation(seed: int, skill: float, queries: str = "q") -> Evaluation:
    hardness = np.random.default_rng(99).normal(2.0, 1.5, TRACKS)
    rng = np.random.default_rng(seed)
    return Evaluation("test", queries, direction(rng, skill, hardness), direction(rng, skill, hardness))


def plain_bootstrap(values: np.ndarray, clusters: np.ndarray, statistic: str) -> tuple[float, float]:
    """The same by drawing clusters one by one."""
    rng = np.random.default_rng(1)
    members = [values[clusters == cluster] for cluster in np.unique(clusters)]
    take = {"mean": np.mean, "median": np.median}[statistic]
    draws = [
        take(np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])) for _ in range(4000)
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_weights_give_what_drawing_clusters_gives(statistic: str) -> None:
    rng = np.random.default_rng(0)
    clusters = rng.integers(0, 30, 150)
    values = rng.gamma(2.0, 10.0, 150) + 5 * clusters
    found = bootstrap_interval(values, clusters, resamples=4000, statistic=statistic)  # type: ignore[arg-type]
    assert found.value == pytest.approx(getattr(np, statistic)(values))
    assert (found.low, found.high) == pytest.approx(plain_bootstrap(values, clusters, statistic), rel=0.02)


def test_weighted_medians_are_plain_medians_of_the_resample() -> None:
    # Two clusters, drawn (2, 0), (1, 1) or (0, 2): medians 1, (1 + 5) / 2 and 5.
    found = bootstrap_interval([1.0, 5.0], ["a", "b"], statistic="median")
    assert (found.low, found.value, found.high) == (1.0, 3.0, 5.0)
    # Drawn twice, (1, 2, 2, 9) has the median 2; the two together (1, 2, 2, 4, 6, 9) the median 3.
    found = bootstrap_interval([1.0, 2.0, 9.0, 2.0, 4.0, 6.0], [0, 0, 0, 1, 1, 1], statistic="median")
    assert found.value == 3.0
    assert (found.low, found.high) == (2.0, 4.0)


def test_seeded_and_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    one = metric_intervals(evaluation(1, 0.5).t2m)
    assert metric_intervals(evaluation(1, 0.5).t2m) == one
    assert metric_intervals(evaluation(1, 0.5).t2m, seed=1) != one
    monkeypatch.setattr("adsw.stats.resampling._CHUNK", 5000)
    assert metric_intervals(evaluation(1, 0.5).t2m) == one


def test_every_figure_has_an_interval_that_holds_it() -> None:
    found = evaluation(2, 0.5)
    spans = intervals(found)
    assert set(spans) == set(found.metrics)
    for name, value in found.metrics.items():
        assert spans[name].value == value
        assert spans[name].low <= value <= spans[name].high
    assert all(spans[f"test/t2m/{name}"].low < spans[f"test/t2m/{name}"].high for name in METRICS)


def test_queries_of_one_track_stand_and_fall_together() -> None:
    part = evaluation(3, 0.0).t2m
    alone = replace(part, clusters=np.arange(len(part)))
    together, apart = metric_intervals(part)["R@10"], metric_intervals(alone)["R@10"]
    assert together.high - together.low > 1.3 * (apart.high - apart.low)


def test_coverage_is_near_its_nominal_value() -> None:
    # 400 rounds: the share of intervals that hold the truth has a standard error of about 0.011.
    rng = np.random.default_rng(5)
    tracks, each = 100, 3
    clusters = np.repeat(np.arange(tracks), each)
    held = 0
    for round_ in range(400):
        skill = np.repeat(rng.beta(2, 3, tracks), each)
        hits = rng.random(tracks * each) < skill
        found = bootstrap_interval(hits, clusters, seed=round_, resamples=400)
        held += found.low <= 0.4 <= found.high
    assert 0.915 <= held / 400 <= 0.98


def test_paired_differences_are_narrower_than_unpaired() -> None:
    better, worse = evaluation(6, 0.7), evaluation(7, 0.4)
    found = differences(better, worse)
    assert set(found) == set(better.metrics)
    ours, theirs = metric_intervals(better.t2m), metric_intervals(worse.t2m)
    for name in ("R@5", "R@10", "mAP@10"):
        difference = found[f"test/t2m/{name}"]
        unpaired = np.hypot(ours[name].high - ours[name].low, theirs[name].high - theirs[name].low)
        assert difference.high - difference.low < 0.8 * unpaired
        assert difference.low <= difference.value <= difference.high
        assert difference.value == pytest.approx(ours[name].value - theirs[name].value)
    assert found["test/t2m/mAP@10"].low > 0


def test_a_difference_to_itself_is_none() -> None:
    found = differences(evaluation(8, 0.5), evaluation(8, 0.5))
    assert all((span.low, span.value, span.high) == (0.0, 0.0, 0.0) for span in found.values())


def test_paired_values() -> None:
    rng = np.random.default_rng(9)
    values = rng.standard_normal(200)
    found = paired_interval(values + 1, values, np.arange(200))
    assert (found.low, found.value, found.high) == pytest.approx((1.0, 1.0, 1.0))
    assert paired_interval(values + 1, values, np.arange(200), statistic="median").value == pytest.approx(1.0)


def test_different_queries_are_not_paired() -> None:
    with pytest.raises(ValueError, match="different queries cannot be paired"):
        differences(evaluation(1, 0.5), evaluation(2, 0.5, queries="other"))


def test_bad_values_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        bootstrap_interval([1.0, 2.0], [0])
    with pytest.raises(ValueError, match="one length"):
        bootstrap_interval([], [])
    with pytest.raises(ValueError, match="one length"):
        paired_interval([1.0], [1.0, 2.0], [0])
    with pytest.raises(ValueError, match="finite"):
        bootstrap_interval([1.0, np.nan], [0, 1])
    with pytest.raises(ValueError, match="'mode'"):
        bootstrap_interval([1.0, 2.0], [0, 1], statistic="mode")  # type: ignore[arg-type]


def test_a_contrast_is_the_difference_of_the_two_means() -> None:
    rng = np.random.default_rng(3)
    chosen, clusters = rng.random(400) < 0.4, rng.integers(0, 80, 400)
    values = rng.standard_normal(400) + 0.5 * chosen
    found = contrast_interval(values, chosen, clusters)
    assert found.value == pytest.approx(values[chosen].mean() - values[~chosen].mean())
    assert found.low < 0.5 < found.high
    draws = []
    for _ in range(3000):
        index = np.concatenate([np.flatnonzero(clusters == drawn) for drawn in rng.integers(0, 80, 80)])
        draws.append(values[index][chosen[index]].mean() - values[index][~chosen[index]].mean())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(draws, [0.025, 0.975])), abs=0.03)


def test_resamples_of_one_kind_say_nothing_of_a_contrast() -> None:
    # Two tracks, one of each kind: only the resamples that hold both count, and all of them say 2.
    found = contrast_interval([3.0, 1.0], [True, False], ["a", "b"])
    assert (found.low, found.value, found.high) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize("chosen", [[True, True], [False, False]])
def test_a_contrast_needs_both_kinds(chosen: list[bool]) -> None:
    with pytest.raises(ValueError, match="needs chosen queries and others"):
        contrast_interval([1.0, 2.0], chosen, [0, 1])


def test_a_share_is_that_of_the_sum() -> None:
    rng = np.random.default_rng(4)
    chosen, clusters = rng.random(300) < 0.5, rng.integers(0, 60, 300)
    values = 1.0 + rng.random(300) + 2.0 * chosen
    found = share_interval(values, chosen, clusters)
    assert found is not None
    assert found.value == pytest.approx(values[chosen].sum() / values.sum())
    assert 0.5 < found.low < found.value < found.high < 1


@pytest.mark.parametrize("values", [[-1.0, 0.5, -0.5, 0.2], [5.0, -4.0, 5.0, -4.0]])
def test_what_may_be_no_sum_has_no_share(values: list[float]) -> None:
    assert share_interval(values, [True, True, False, False], [0, 1, 2, 3]) is None
