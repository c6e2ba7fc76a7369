"""Arms against a reference arm: which test decides, Holm over the family, effect sizes, improvement."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.stats.paired import (
    holm,
    improvement,
    judged,
    judged_where_paired,
    paired_effect,
    pairing,
    probability_of_improvement,
    t_test,
)

SAMPLES = st.lists(st.floats(-2, 2, allow_subnormal=False), min_size=1, max_size=6)


def test_few_replicates_are_judged_by_the_t_test() -> None:
    family = [pairing([1.0, 1.1, 0.9, 1.05, 1.0]), pairing([0.1, -0.1, 0.0, 0.05, -0.02])]
    first, second = judged(family)
    assert first.test == second.test == "paired t"
    assert first.p == family[0].t_p
    assert first.adjusted == pytest.approx(2 * first.p)
    assert first.decided
    assert not second.decided


def test_the_exact_test_judges_where_it_can() -> None:
    rng = np.random.default_rng(0)
    seven = [pairing(1 + 0.1 * rng.normal(size=7)) for _ in range(3)]
    assert {one.test for one in judged(seven)} == {"sign flips"}
    assert [one.adjusted for one in judged(seven)] == pytest.approx([3 / 64] * 3)
    assert {one.test for one in judged([*seven, seven[0]])} == {"paired t"}  # four times 1/64 is above 5 %


def test_one_short_comparison_makes_the_whole_family_go_by_t() -> None:
    family = [pairing(np.arange(1.0, 11)), pairing([1.0, 1.2, 0.9])]
    assert {one.test for one in judged(family)} == {"paired t"}
    assert judged([]) == ()


def test_what_has_no_pairing_counts_for_nothing_in_its_family() -> None:
    family = [pairing([1.0, 1.1, 0.9, 1.05]), pairing([0.1, -0.1, 0.2, -0.2])]
    first, second = judged(family)
    assert judged_where_paired([None, family[0], None, family[1]]) == [None, first, None, second]
    assert judged_where_paired([None]) == [None]


def test_two_arms_alike_are_never_told_apart() -> None:
    nothing = pairing([0.0, 0.0, 0.0])
    assert nothing.t_p == 1.0
    assert nothing.effect is None
    assert not judged([nothing])[0].decided


def test_a_difference_without_scatter_is_left_to_the_flips() -> None:
    assert t_test([0.5, 0.5, 0.5]) == 0.25
    assert paired_effect([0.5, 0.5, 0.5]) is None
    assert paired_effect([0.5, 0.6]) is None
    with pytest.raises(ValueError, match="differences"):
        t_test([0.5])


def test_effect_sizes_far_out_have_limits_too() -> None:
    for differences in ([1.0, 1.0001, 1.0], [-1000.0, -1001.0, -1002.0], [1e-9, 2e-9, 1.5e-9]):
        found = paired_effect(differences)
        assert found is not None
        assert found.low < found.value < found.high
        assert np.sign(found.low) == np.sign(differences[0])


@given(SAMPLES, SAMPLES)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_improvement_one_way_is_none_the_other_way(values: list[float], others: list[float]) -> None:
    found, turned = probability_of_improvement(values, others), probability_of_improvement(others, values)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (turned.value, turned.low, turned.high) == pytest.approx((1 - found.value, 1 - found.high, 1 - found.low))


def test_a_clean_sweep_of_few_runs_is_not_certain() -> None:
    found = probability_of_improvement([3, 4, 5], [0, 1, 2])
    assert found.value == found.high == 1
    assert 0.3 < found.low < 0.8
    assert improvement([3, 4, 5], [0, 1, 2], "min").value == 0
    with pytest.raises(ValueError, match="values"):
        probability_of_improvement([], [1.0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_holm_only_raises_and_keeps_the_order(ps: list[float]) -> None:
    adjusted = holm(ps)
    assert (adjusted >= np.array(ps)).all()
    assert (adjusted <= 1).all()
    assert adjusted.min() == pytest.approx(min(1.0, min(ps) * len(ps)))
    order = np.argsort(ps, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


@pytest.mark.parametrize("ps", [[-0.1], [1.1, 0.2], [float("nan")], [[0.1]]])
def test_holm_refuses_what_is_no_p(ps: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(ps)
