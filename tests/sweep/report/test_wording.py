"""Numbers, names and durations are written one way."""

from __future__ import annotations

import doctest
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw import metrics
from adsw.metrics import Metric
from adsw.report import format as wording
from adsw.report.format import duration, listed, metric_number, number, plural, short, short_names, signed
from sweep.live import state as live_state
from sweep.live import tables as sparkline


@pytest.mark.parametrize("module", [live_state, metrics, sparkline, wording])
def test_examples_in_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_what_is_no_number_is_a_dash() -> None:
    assert number(math.nan) == signed(None) == signed(math.inf) == metric_number("valid/t2m/MedR", None) == "–"
    assert number(-0.5, 1) == "\N{MINUS SIGN}0.5"
    assert signed(-0.5, 1) == "\N{MINUS SIGN}0.5"


def test_values_of_parameters() -> None:
    assert short(True) == "yes"
    assert short(False) == "no"
    assert short(-1.5) == "\N{MINUS SIGN}1.5"
    assert short(0.00012345678, 3) == "0.000123"
    assert short({"kind": "linear", "end": 0.15}) == "kind linear, end 0.15"
    assert short(12) == "12"


def test_lists_plurals_durations() -> None:
    assert listed([]) == ""
    assert listed([1, 2]) == "1 and 2"
    assert plural(1234, "query") == "1,234 queries"
    assert duration(math.nan) == "–"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join), max_size=12, unique=True))
def test_short_names_stay_apart(names: list[str]) -> None:
    found = short_names(names)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(names)
    assert all(name.endswith(ending) for name, ending in found.items())


def test_a_metric_has_three_parts() -> None:
    with pytest.raises(ValueError, match="three parts"):
        Metric.parse("R@10")
    metric = Metric.parse("valid/m2t/MedR")
    assert metric.short == "music to text MedR"
    assert metric.statistic == "median"
    assert metric.named("R@1").full == "valid/m2t/R@1"
