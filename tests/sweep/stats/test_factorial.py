"""Factorial effects: planted ones are found, designs that are not full are refused."""

from __future__ import annotations

import numpy as np
import pytest

from sweep.stats.factorial import factorial_effects, is_full
from sweep.stats.paired import judged

CUBE = np.array([[bool(arm >> factor & 1) for factor in range(3)] for arm in range(8)])


def test_planted_effects_are_found_and_no_others() -> None:
    rng = np.random.default_rng(0)
    a, _, c = (np.where(CUBE[:, factor], 1.0, -1.0) for factor in range(3))
    truth = 0.05 * a + 0.03 * a * c  # effects of 0.10 and 0.06, differences of means
    values = 0.4 + truth + 0.02 * rng.normal(size=(10, 1)) + 0.005 * rng.normal(size=(10, 8))
    effects = factorial_effects(values, CUBE, ["a", "b", "c"])
    calls = judged([effect.pairing for effect in effects])
    assert [effect.order for effect in effects] == [1, 1, 1, 2, 2, 2, 3]
    assert {effect.factors for effect, call in zip(effects, calls, strict=True) if call.decided} == {("a",), ("a", "c")}
    found = {effect.factors: effect.pairing.difference for effect in effects}
    assert found["a",].value == pytest.approx(0.1, abs=0.01)
    assert found["a", "c"].low < 0.06 < found["a", "c"].high


def test_what_a_seed_gives_to_all_arms_cancels() -> None:
    values = np.random.default_rng(1).normal(size=(5, 8))
    shifted = values + 100 * np.arange(5)[:, None]
    one, two = (factorial_effects(found, CUBE, ["a", "b", "c"]) for found in (values, shifted))
    assert [e.pairing.differences for e in one] == [pytest.approx(e.pairing.differences, abs=1e-9) for e in two]


def test_what_is_no_full_design_is_refused() -> None:
    values = np.zeros((3, 8))
    twice = CUBE.copy()
    twice[1] = twice[0]
    for levels, names in ((twice, "abc"), (CUBE[:6], "abc"), (CUBE, "ab"), (CUBE[:, 0], "a")):
        with pytest.raises(ValueError, match="no full two-level design"):
            factorial_effects(values, levels, list(names))
    for wrong in (values[:, :6], np.full((3, 8), np.nan), values[0]):
        with pytest.raises(ValueError, match="needs finite values"):
            factorial_effects(wrong, CUBE, ["a", "b", "c"])
    assert not is_full([[True], [False]])  # one factor is a comparison
