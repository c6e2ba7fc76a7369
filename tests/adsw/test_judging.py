"""Which epoch is judged: of equal ones the earliest, never one without a value; and when a training is over."""

from __future__ import annotations

import math
from typing import Any

import pytest

from adsw.judging import Judging


def curve(*values: float | None) -> list[dict[str, Any]]:
    return [{"epoch": n, **({} if value is None else {"R": value})} for n, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("mode", "values", "best"),
    [
        ("max", (0.1, 0.3, 0.3, 0.2), 2),
        ("min", (0.3, 0.1, 0.1), 2),
        ("max", (math.nan, 0.1, math.inf, None), 2),
        ("max", (math.nan, None), None),
        ("max", (), None),
        ("max", (-0.0, 0.0), 1),
    ],
)
def test_the_best_epoch(mode: str, values: tuple[float | None, ...], best: int | None) -> None:
    judging = Judging("R", mode, "best")
    assert judging.best_epoch(curve(*values)) == best
    assert judging.judged_epoch(curve(*values)) == (best or len(values))
    assert Judging("R", mode).judged_epoch(curve(*values)) == len(values)


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_patience_counts_epochs_without_a_better_value(patience: int) -> None:
    judging = Judging("R", at="best", patience=patience)
    values = (0.1, 0.3, 0.3, 0.2, 0.3, 0.4)
    over = [judging.is_over(curve(*values[:count])) for count in range(1, len(values) + 1)]
    first = 2 + patience
    assert over.index(True) == first - 1
    assert not Judging("R", at="best").is_over(curve(*values))


def test_without_any_value_patience_counts_from_the_start() -> None:
    assert Judging("R", at="best", patience=2).is_over(curve(math.nan, None))


def test_values_so_far_never_get_worse() -> None:
    points = curve(0.1, 0.3, math.nan, 0.2, 0.4)
    assert [point["R"] for point in Judging("R", at="best").so_far(points)] == [0.1, 0.3, 0.3, 0.3, 0.4]
    assert [point["epoch"] for point in Judging("R", at="best").so_far(points)] == [1, 2, 3, 4, 5]
    assert Judging("R").so_far(curve(0.3, 0.1)) == curve(0.3, 0.1)
