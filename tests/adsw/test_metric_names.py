"""The names that are known without torch are those of the metrics that are computed."""

from __future__ import annotations

from adsw.evaluate import retrieval
from adsw.metric_names import DIRECTIONS, LOWER_IS_BETTER, MEASURES, lower_is_better, validation_metrics


def test_names_are_those_of_the_evaluation() -> None:
    assert MEASURES == retrieval.METRICS
    assert set(MEASURES) >= LOWER_IS_BETTER


def test_every_metric_of_an_epoch_is_named() -> None:
    names = validation_metrics()
    assert len(names) == len(set(names)) == len(DIRECTIONS) * len(MEASURES)
    assert {"valid/t2m/mAP@10", "valid/m2t/MedR"} <= set(names)
    assert {name.rpartition("/")[2] for name in names if lower_is_better(name)} == LOWER_IS_BETTER
