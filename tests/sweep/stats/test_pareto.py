"""Fronts and hypervolumes against their definitions, written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.stats.pareto import front_shares, hypervolume, non_dominated, volume_draws

MODES = ("max", "min")


def points(objectives: int) -> st.SearchStrategy[list[list[int]]]:
    """Small whole numbers, so that ties and equal points occur."""
    one = st.lists(st.integers(0, 4), min_size=objectives, max_size=objectives)
    return st.lists(one, min_size=1, max_size=9)


def dominates(one: list[int], other: list[int], modes: tuple[str, ...]) -> bool:
    gains = [a - b if mode == "max" else b - a for a, b, mode in zip(one, other, modes, strict=True)]
    return min(gains) >= 0 and max(gains) > 0


@pytest.mark.parametrize("modes", [("max",), *product(MODES, MODES), ("max", "min", "max")], ids="-".join)
def test_the_front_is_what_no_other_point_dominates(modes: tuple[str, ...]) -> None:
    @given(points(len(modes)))
    @settings(max_examples=80, deadline=None, derandomize=True)
    def check(values: list[list[int]]) -> None:
        wanted = [not any(dominates(other, one, modes) for other in values) for one in values]
        assert non_dominated(values, modes).tolist() == wanted

    check()


@pytest.mark.parametrize("modes", [("max",), *product(MODES, MODES), ("max", "min", "max")], ids="-".join)
def test_the_volume_is_that_of_the_unit_cells_that_a_point_covers(modes: tuple[str, ...]) -> None:
    reference = [1 if mode == "max" else 3 for mode in modes]

    @given(points(len(modes)))
    @settings(max_examples=60, deadline=None, derandomize=True)
    def check(values: list[list[int]]) -> None:
        gains = [
            [value - base if mode == "max" else base - value for value, base, mode in zip(*row, modes, strict=True)]
            for row in ((one, reference) for one in values)
        ]
        cells = product(range(4), repeat=len(modes))
        covered = sum(any(all(g > c for g, c in zip(gain, cell, strict=True)) for gain in gains) for cell in cells)
        assert hypervolume(values, reference, modes) == pytest.approx(covered)

    check()


def test_shares_and_volumes_are_those_of_the_resamples() -> None:
    draws = np.array([[[1.0, 1.0], [2.0, 0.0], [0.0, 0.0]], [[1.0, 1.0], [2.0, 2.0], [0.0, 3.0]]])
    assert front_shares(draws, ("max", "max")).tolist() == [0.5, 1.0, 0.5]
    assert volume_draws(draws, draws[:, 2], ("max", "max")).tolist() == [1.0, 0.0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        non_dominated([[1.0]], ("best",))
    with pytest.raises(ValueError, match="finite"):
        non_dominated([[float("nan"), 0.0]], ("max", "max"))
    with pytest.raises(ValueError, match="shape"):
        hypervolume([[1.0, 2.0]], [0.0], ("max",))
