"""What holds up a search: expected best, agreement of ranks, what picking did, shares of variance."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space.distributions import Choices, Distribution, Integers, Reals
from sweep.stats import selection as expected_best
from sweep.stats.fanova import FEWEST_TRIALS, variance_shares
from sweep.stats.importance import Observation
from sweep.stats.rank_agreement import FEWEST, rank_agreement, rungs
from sweep.stats.selection import expected_best_with, expected_best_without, fresh_seed_drop, replicate_gap, split_gap

VALUES = st.lists(st.floats(-2, 2, allow_subnormal=False), min_size=1, max_size=15)


@given(VALUES)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_more_trials_are_never_worse_and_end_at_the_best(values: list[float]) -> None:
    without, replaced = expected_best_without(values), expected_best_with(values)
    assert without[0] == pytest.approx(np.mean(values))
    assert without[-1] == pytest.approx(max(values))
    assert (np.diff(without) >= -1e-9).all()
    assert (np.diff(replaced) >= -1e-9).all()
    assert (replaced <= without + 1e-9).all()
    assert expected_best_without([-one for one in values], "min") == pytest.approx(-without)


def test_many_trials_do_not_overflow() -> None:
    found = expected_best_without(np.arange(1500.0))
    assert np.isfinite(found).all()
    assert found[-1] == pytest.approx(1499.0)


def test_wrong_values_and_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        expected_best_with([1.0], "best")
    with pytest.raises(ValueError, match="values"):
        expected_best_without([])


def test_perfect_and_reversed_orders() -> None:
    early = np.arange(12.0)
    same, turned = rank_agreement(early, early**3), rank_agreement(early, -early)
    assert same is not None
    assert turned is not None
    assert (same.tau, same.rho.value, same.place_of_best) == pytest.approx((1.0, 1.0, 1))
    assert (turned.tau, turned.rho.value, turned.place_of_best) == pytest.approx((-1.0, -1.0, 12))
    least = rank_agreement(early, early**3, "min")
    assert least is not None
    assert least.place_of_best == 1


def test_a_shared_place_is_the_worse_one() -> None:
    found = rank_agreement([1, 1, 1, 0, 0.5], [5, 1, 2, 3, 4])
    assert found is not None
    assert found.place_of_best == 3
    assert found.needed_share == pytest.approx(0.6)


def test_too_little_gives_no_agreement() -> None:
    assert rank_agreement(range(FEWEST - 1), range(FEWEST - 1)) is None
    assert rank_agreement([1.0] * 6, range(6)) is None
    with pytest.raises(ValueError, match="same trials"):
        rank_agreement(range(6), range(5))


@pytest.mark.parametrize(
    ("grace", "factor", "epochs", "expected"),
    [(6, 3.0, 24, (6, 18)), (1, 3.0, 9, (1, 3)), (2, 1.5, 6, (2, 3, 5)), (6, 3.0, 6, ()), (9, 3.0, 4, ())],
)
def test_rungs_are_before_the_last_epoch(grace: int, factor: float, epochs: int, expected: tuple[int, ...]) -> None:
    assert rungs(grace, factor, epochs) == expected


def test_a_lucky_winner_loses_on_fresh_seeds() -> None:
    found = fresh_seed_drop(0.5, [0.4, 0.42, 0.38, 0.41])
    assert found.value == pytest.approx(0.5 - 0.4025)
    assert 0 < found.low < found.value < found.high
    with pytest.raises(ValueError, match="fresh values"):
        fresh_seed_drop(0.5, [0.4])


def test_examples_in_docstrings_hold() -> None:
    result = doctest.testmod(expected_best)
    assert (result.attempted, result.failed) == (1, 0)


def test_gaps_between_splits() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(0.5, 1, 300), rng.normal(0.0, 1, 200)
    found = split_gap(one, np.arange(300), two, np.arange(200))
    assert found.value == pytest.approx(one.mean() - two.mean())
    width = 2 * 1.96 * np.hypot(one.std() / np.sqrt(300), two.std() / np.sqrt(200))
    assert found.high - found.low == pytest.approx(width, rel=0.1)
    assert replicate_gap([0.5, 0.6, 0.7], [0.4, 0.5, 0.6]).low == pytest.approx(0.1)
    with pytest.raises(ValueError, match="same replicates"):
        replicate_gap([0.5, 0.6, 0.7], [0.4, 0.5])


SPACE: dict[str, Distribution] = {
    "lr": Reals(1e-4, 1e-2, log=True),
    "rate": Reals(0.0, 0.8),
    "kind": Choices(("linear", "cosine")),
    "ramp": Integers(2, 20),
}


def observed(count: int, effect: float = 1.0) -> list[Observation]:
    rng = np.random.default_rng(count)
    found = []
    for _ in range(count):
        params = {"lr": float(10 ** rng.uniform(-4, -2)), "rate": float(rng.uniform(0, 0.8))}
        params |= {"kind": str(rng.choice(["linear", "cosine"]))}
        if params["kind"] == "cosine":
            params["ramp"] = int(rng.integers(2, 21))
        value = effect * math.log10(params["lr"]) + rng.normal(0, 0.1)
        found.append(Observation(params, float(value)))
    return found


def test_a_planted_effect_explains_the_variance() -> None:
    found = variance_shares(observed(40), SPACE, resamples=3)
    assert found is not None
    assert found.rows[0].name == "lr"
    assert [row.name for row in found.rows if row.above_dummy] == ["lr"]
    assert sum(row.share for row in found.rows) == pytest.approx(1.0)
    assert all(0 <= row.low <= row.share <= row.high <= 1 for row in found.rows)
    assert found.left_out == ("ramp",)
    assert found == variance_shares(observed(40), SPACE, resamples=3)


def test_too_few_or_equal_trials_have_no_shares() -> None:
    assert variance_shares(observed(FEWEST_TRIALS - 1), SPACE) is None
    assert variance_shares([Observation(one.params, 0.5) for one in observed(25)], SPACE) is None
    assert variance_shares(observed(25), {}) is None
