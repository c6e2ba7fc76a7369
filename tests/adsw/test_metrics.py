"""The names that are known without torch are those of the metrics that are computed."""

from __future__ import annotations

import pytest

from adsw.metrics import (
    DIRECTIONS,
    METRICS,
    RANKS,
    Metric,
    digits_of,
    is_metric,
    is_rank,
    mode_of,
    names_on,
    set_of,
    statistic_of,
    validation_metrics,
)
from adsw.retrieval import ranking as retrieval


def test_names_are_those_of_the_evaluation() -> None:
    assert (*(f"R@{k}" for k in retrieval.CUTOFFS), f"mAP@{retrieval.DEPTH}", *RANKS) == METRICS
    assert set(METRICS) >= RANKS.keys()


def test_every_metric_of_an_epoch_is_named() -> None:
    names = validation_metrics()
    assert len(names) == len(set(names)) == len(DIRECTIONS) * len(METRICS)
    assert {"valid/t2m/mAP@10", "valid/m2t/MedR"} <= set(names)
    assert {name.rpartition("/")[2] for name in names if mode_of(name) == "min"} == RANKS.keys()


@pytest.mark.parametrize("name", METRICS)
def test_ranks_are_better_low_and_have_one_digit_by_any_form_of_their_name(name: str) -> None:
    for form in (name, f"test/m2t/{name}"):
        assert is_rank(form) == (mode_of(form) == "min") == (digits_of(form) == 1)
        assert is_rank(form) or digits_of(form, 3) == 3
        assert statistic_of(form) == ("median" if name == "MedR" else "mean")


def test_full_names_are_told_from_others_and_split_at_their_end() -> None:
    assert all(map(is_metric, names_on("works")))
    assert not any(map(is_metric, ("train/loss", "/t2m/R@10", "valid/t2m/R@11", "valid/a2b/R@10", "R@10")))
    assert [set_of(text) for text in ("works/t2m/R@1", "train/loss", "")] == ["works", "", ""]
    assert Metric.parse("a/b/m2t/R@1") == Metric("a/b", "m2t", "R@1")
    assert Metric("test", "t2m", "R@1", "tags").full == "test:tags/t2m/R@1"
