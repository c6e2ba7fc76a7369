"""One rule of what is a replicate of what, what it is called and what it is compared with."""

from __future__ import annotations

import doctest

import pytest

from sweep.space import compared, replication
from sweep.space.compared import reference_of, replicate_key, telling_names


@pytest.mark.parametrize("module", [compared, replication])
def test_examples_in_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_the_order_of_values_makes_no_other_configuration() -> None:
    assert replicate_key("a", {"x": 1, "y": 2}) == replicate_key("a", {"y": 2, "x": 1})
    assert replicate_key("a", {"x": 1}) != replicate_key("b", {"x": 1}) != replicate_key("b", {"x": 2})


def test_the_first_point_of_the_default_is_the_reference() -> None:
    points = [("wide", {}), ("default", {"optim.lr": 0.1}), ("default", {"optim.lr": 0.2})]
    assert reference_of(points, lambda one: one[0]) is points[1]
    assert telling_names(points) == ["wide", "default: optim.lr 0.1", "default: optim.lr 0.2"]
