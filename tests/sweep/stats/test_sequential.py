"""Looks at arms while replicates come in: by hand, replayed, with failures; the error rate by simulation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space.replication import looks
from sweep.stats.paired import LEVEL, t_test
from sweep.stats.sequential import (
    Decision,
    judged_by_flips,
    repeated_interval,
    sequential_decisions,
    sequential_p,
    spent,
)
from sweep.stats.sign_flips import sign_flip_test

PLAN = (7, 9)
FIRST, SECOND = 49 / 81, 32 / 81
"""Weights of the two looks: squares of the replicates' shares."""
LATE = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0, 1.0]
"""Eight of nine are positive, but one of the first seven is not."""


def wanted_of(decisions: Mapping[str, Decision]) -> dict[str, int]:
    """Return the arms that need replicates before the next look, and how many they must have by then."""
    return {arm: one.wanted for arm, one in decisions.items() if one.wanted}


def test_the_first_look_by_hand() -> None:
    found = sequential_decisions({"a": [1.0] * 7}, PLAN)["a"]
    # Two of 128 patterns are as extreme; nothing at the look to come could have been missed by Bonferroni.
    assert found.p == pytest.approx(1 / 64)
    assert found.sequential == found.adjusted == pytest.approx(1 / 64 / FIRST)
    assert (found.decided, found.look, found.replicates, found.test) == (True, 0, 7, "sign flips")
    assert found.level == pytest.approx(LEVEL * FIRST)
    assert (found.exhausted, found.wanted) == (False, 0)


def test_the_second_look_by_hand() -> None:
    found = sequential_decisions({"a": LATE}, PLAN)["a"]
    # The smallest p / w is the second look's, (20 / 512) / SECOND. As small are the 20 patterns with at most one odd
    # sign, and by their first look the 8 whose first seven agree, 6 of which are among the 20.
    assert found.p == pytest.approx(20 / 512)
    assert found.sequential == pytest.approx(22 / 512)
    assert found.sequential < found.p / SECOND
    assert (found.decided, found.look, found.replicates) == (True, 1, 9)


def test_the_first_look_alone_leaves_room_for_the_second() -> None:
    found = sequential_decisions({"a": LATE[:7]}, PLAN)["a"]
    assert found.p == pytest.approx(16 / 128)
    smallest = 16 / 128 / FIRST
    assert found.sequential == pytest.approx(16 / 128 + SECOND * smallest)
    assert (found.decided, found.exhausted, found.wanted) == (False, False, 9)


def test_looks_by_t_and_by_flips_share_the_error_rate() -> None:
    plan = (5, 12)
    assert judged_by_flips(plan, 1) == (False, True)
    row = [0.5, 0.8, 0.6, 0.7, 0.65, -0.1, 0.3, 0.2, -0.2, 0.4, 0.1, 0.3]
    weight = 25 / 144
    early = sequential_decisions({"a": row[:5]}, plan)["a"]
    assert early.p == t_test(row[:5])
    assert early.sequential == pytest.approx(t_test(row[:5]) / weight)
    late = sequential_p(row, plan, (weight, 1 - weight), (False, True))
    assert late == pytest.approx(min(t_test(row[:5]) / weight, sign_flip_test(row).p / (1 - weight)))


def test_holm_over_arms_and_what_is_decided_frees_the_others() -> None:
    clear, close = [1.0] * 11, [1.0] * 10 + [-0.9]
    alone = sequential_decisions({"close": close}, (11,))["close"]
    both = sequential_decisions({"clear": clear, "close": close, "nothing": [1.0, -1.0] * 5 + [1.0]}, (11,))
    assert both["clear"].adjusted == pytest.approx(3 * both["clear"].sequential)
    assert both["close"].adjusted == pytest.approx(2 * alone.sequential)
    assert [one.decided for one in both.values()] == [True, True, False]
    assert both["nothing"].exhausted
    assert wanted_of(both) == {}


def test_a_decided_arm_gets_no_more_and_ignores_what_still_came() -> None:
    rng = np.random.default_rng(0)
    rows = {"good": 3 + rng.normal(size=20), "none": rng.normal(size=20)}
    plan = looks(5, 3, 20)
    early = sequential_decisions({arm: row[:11].tolist() for arm, row in rows.items()}, plan)
    assert early["good"].decided
    assert wanted_of(early) == {"none": 14}
    late = sequential_decisions({"good": rows["good"].tolist(), "none": rows["none"].tolist()}, plan)
    assert late["good"] == early["good"]
    assert late["none"].look == 5
    # Where it stopped is where it stays, though its own data have gone on.
    stopped = sequential_decisions({"good": rows["good"][: early["good"].replicates], "none": rows["none"]}, plan)
    assert stopped == late


def test_a_look_waits_for_every_undecided_arm() -> None:
    plan = (5, 8, 11)
    found = sequential_decisions(
        {"a": [0.1, -0.2, 0.3, 0.1, -0.1, 0.2, 0.1, 0.4], "b": [0.3, -0.1, 0.2, 0.1, 0.1]}, plan
    )
    assert {one.look for one in found.values()} == {0}
    assert wanted_of(found) == {"a": 8, "b": 8}
    nothing = sequential_decisions({"a": [0.1] * 4, "b": []}, plan)
    assert [(one.look, one.p, one.interval, one.test) for one in nothing.values()] == [(None, 1.0, None, None)] * 2
    assert wanted_of(nothing) == {"a": 5, "b": 5}


def test_an_arm_that_ended_is_looked_at_with_what_it_has() -> None:
    plan = (5, 8, 11)
    rows = {"failed": [0.2, -0.1, 0.3, 0.1, 0.2, 0.15], "empty": [0.4], "going": [0.1, -0.1, 0.2, -0.2, 0.1] * 2}
    waiting = sequential_decisions(rows, plan)
    assert wanted_of(waiting) == {"failed": 5, "empty": 5, "going": 5}
    found = sequential_decisions(rows, plan, ended=("failed", "empty"))
    assert (found["failed"].replicates, found["failed"].look) == (6, 1)
    assert (found["empty"].look, found["empty"].p) == (None, 1.0)
    assert [one.exhausted for one in found.values()] == [True, True, False]
    assert wanted_of(found) == {"going": 11}


@given(st.lists(st.lists(st.floats(-3, 3, allow_subnormal=False), max_size=12), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_more_data_never_undo_a_decision(rows: list[list[float]]) -> None:
    plan = (4, 7, 10, 12)
    before: dict[str, float] = {}
    decided: dict[str, int | None] = {}
    for count in range(13):
        found = sequential_decisions({str(arm): row[:count] for arm, row in enumerate(rows)}, plan)
        for arm, one in found.items():
            assert one.sequential <= before.get(arm, 1.0) + 1e-12
            assert arm not in decided or (one.decided and one.look == decided[arm])
            if one.decided:
                decided[arm] = one.look
        before = {arm: one.sequential for arm, one in found.items()}


def test_at_the_last_look_it_is_the_exact_p_of_the_smallest_weighted_p() -> None:
    """Against a plain listing: every pattern of signs goes through the looks itself."""
    row, plan, weights = np.random.default_rng(4).normal(0.6, 1, 10), (7, 9, 10), (0.5, 0.2, 0.3)
    patterns = np.array([[1 - 2 * (code >> bit & 1) for bit in range(10)] for code in range(2**10)])

    def smallest(signs: np.ndarray) -> float:
        return min(sign_flip_test((signs * row)[:n]).p / w for n, w in zip(plan, weights, strict=True))

    own = np.array([smallest(signs) for signs in patterns[::2]])  # mirrors are alike
    found = sequential_p(row, plan, weights, (True, True, True))
    assert found == pytest.approx(float((own <= own[0] * (1 + 1e-9)).mean()))


def test_drawn_flips_agree_with_listed_ones() -> None:
    row = np.random.default_rng(5).normal(0.7, 1, 14)
    weights, flips = (0.5, 0.2, 0.3), (True, True, True)
    listed, drawn = (sequential_p(row, plan, weights, flips) for plan in ((10, 14, 16), (10, 14, 17)))
    assert drawn == pytest.approx(listed, abs=5 * np.sqrt(listed / 20_000))


@pytest.mark.parametrize("law", ["normal", "skewed"])
def test_arms_alike_are_seldom_called(law: str) -> None:
    rng, plan, called, runs = np.random.default_rng(6), looks(5, 3, 14), 0, 300
    for _ in range(runs):
        own = rng.normal(size=(14, 3)) if law == "normal" else rng.gamma(2.0, size=(14, 3))
        rows = {str(arm): (own[:, arm] - own[:, 0]).tolist() for arm in (1, 2)}
        called += any(one.decided for one in sequential_decisions(rows, plan).values())
    assert called / runs <= LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / runs)


def test_repeated_intervals_hold_at_all_looks_together() -> None:
    rng, plan = np.random.default_rng(7), looks(5, 3, 20)
    draws = rng.normal(size=(2000, 20))
    spans = [[repeated_interval(row[:n], level) for n, level in zip(plan, spent(plan), strict=True)] for row in draws]
    held = np.mean([all(span.low <= 0 <= span.high for span in row) for row in spans])
    assert held >= 0.95
    assert held <= 0.99  # and are not needlessly wide
    found = sequential_decisions({"a": draws[0].tolist()}, plan)["a"]
    assert found.interval == spans[0][-1]


def test_the_plan() -> None:
    assert looks(2, 1, 4) == (2, 3, 4)
    assert looks(6, 3, 6) == (6,)
    assert sum(spent(looks(5, 3, 20))) == pytest.approx(LEVEL)
    assert judged_by_flips(looks(5, 3, 20), 1) == (False, False, True, True, True, True)
    assert judged_by_flips((20,), 2000) == (False,)  # drawn flips give no p below 1 / 20,001
    for wrong in ((1, 3, 20), (5, 0, 20), (5, 3, 4)):
        with pytest.raises(ValueError, match="looks need"):
            looks(*wrong)
    for plan in ((), (1, 5), (5, 5)):
        with pytest.raises(ValueError, match="looks must rise"):
            sequential_decisions({"a": [0.1] * 5}, plan)
    with pytest.raises(ValueError, match="differences of a"):
        sequential_decisions({"a": [float("nan")]}, PLAN)
    with pytest.raises(ValueError, match="between 0 and 1"):
        repeated_interval([0.1, 0.2], 1.0)
    assert sequential_p([0.3], PLAN, (0.5, 0.5), (True, True)) == 1.0
