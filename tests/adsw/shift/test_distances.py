"""Distances between clouds against plain references, known values and their own promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm

from adsw.draws import generator
from adsw.shift.distances import frechet, frechet_distance, kernel_distance
from adsw.shift.sample import Cloud


def cloud(*key: object, n: int = 200, features: int = 4, shift: float = 0.0, scale: float = 1.0) -> Cloud:
    points = generator(*key).standard_normal((n, features)) * scale + shift
    return Cloud(points, np.array([f"{key}{row}" for row in range(n)]))


@pytest.mark.parametrize(("n", "m", "features"), [(50, 60, 5), (8, 200, 12), (9, 7, 30)])
def test_the_plug_in_estimate_is_the_formula(n: int, m: int, features: int) -> None:
    one, other = cloud("a", n=n, features=features).points, cloud("b", n=m, features=features, scale=1.7).points
    shift = one.mean(axis=0) - other.mean(axis=0)
    covariances = [np.cov(points, rowvar=False) for points in (one, other)]
    root = np.real(sqrtm(covariances[0] @ covariances[1] + 0j))
    expected = shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet(one, other) == pytest.approx(expected, rel=1e-5)
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)


def test_extrapolation_takes_the_bias_away() -> None:
    # Two samples of one normal law: the truth is 0, the plug-in estimate is far above.
    plain, mended = [], []
    for draw in range(8):
        one, other = cloud("one", draw, n=120, features=20), cloud("other", draw, n=120, features=20)
        plain.append(frechet(one.points, other.points))
        mended.append(frechet_distance(one, other).between.value)
    assert min(plain) > 0.8
    assert abs(np.mean(mended)) < 0.2


def test_a_known_distance_lies_in_the_interval() -> None:
    # Normal laws N(0, I) and N(s, c^2 I) in D dimensions: D (s^2 + (c - 1)^2).
    one, other = cloud("k", n=600), cloud("l", n=600, shift=0.5, scale=1.5)
    found = frechet_distance(one, other)
    assert found.between.low < 4 * (0.25 + 0.25) < found.between.high
    assert found.within.low < 0 < found.within.high
    assert found.between.low > found.within.high
    assert not found.is_thin
    assert frechet_distance(cloud("k", n=20, features=30), cloud("l", n=30, features=30)).is_thin


def test_intervals_cover() -> None:
    truth = 4 * 0.3**2
    hits = 0
    for draw in range(40):
        found = frechet_distance(cloud("c", draw, n=150), cloud("d", draw, n=150, shift=0.3), seed=draw)
        hits += found.between.low <= truth <= found.between.high
    assert hits >= 34


def test_the_kernel_distance_is_the_double_sum() -> None:
    one, other = cloud("e", n=12, features=3), cloud("f", n=9, features=3, shift=1.0)
    scale = np.mean(np.concatenate([one.points, other.points]) ** 2)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / (3 * scale) + 1) ** 3)

    def inside(points: np.ndarray) -> float:
        pairs = [(x, y) for i, x in enumerate(points) for j, y in enumerate(points) if i != j]
        return float(np.mean([kernel(x, y) for x, y in pairs]))

    across = np.mean([kernel(x, y) for x in one.points for y in other.points])
    expected = inside(one.points) + inside(other.points) - 2 * across
    assert kernel_distance(one, other).between.value == pytest.approx(expected)


def test_the_kernel_distance_of_one_law_is_about_nothing() -> None:
    values = [kernel_distance(cloud("g", d, n=60), cloud("h", d, n=60)).between.value for d in range(30)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(30)
    assert min(values) < 0
    far = kernel_distance(cloud("g", n=60), cloud("h", n=60, shift=1.0)).between
    assert far.low > max(values)


def test_what_is_of_one_group_is_drawn_together() -> None:
    # Fifty copies of each of eight points say no more than eight points: the interval must be as wide.
    few, others = cloud("few", n=8, features=2), cloud("others", n=400, features=2)
    copies = Cloud(np.repeat(few.points, 50, axis=0), np.repeat(few.groups, 50))
    alone = Cloud(copies.points, np.array([str(row) for row in range(400)]))
    grouped, loose = (kernel_distance(one, others).between for one in (copies, alone))
    assert grouped.high - grouped.low > 2 * (loose.high - loose.low)


def test_the_same_seed_gives_the_same_figures() -> None:
    one, other = cloud("s", n=60), cloud("t", n=50)
    assert frechet_distance(one, other, 3) == frechet_distance(one, other, 3)
    assert frechet_distance(one, other, 3) != frechet_distance(one, other, 4)


def test_large_clouds_are_drawn_evenly_and_always_alike() -> None:
    one = cloud("large", n=100)
    drawn = one.drawn(30, 1, "audio")
    assert len(drawn) == 30
    assert np.array_equal(drawn.points, one.drawn(30, 1, "audio").points)
    assert not np.array_equal(drawn.points, one.drawn(30, 2, "audio").points)
    assert one.drawn(100, 1) is one
