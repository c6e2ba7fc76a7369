from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adsw.evaluate.retrieval_report import SetReport
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.intervals import metric_intervals
from adsw.retrieval.queries import QuerySet
from adsw.store.schema import Dimensions
from adsw.train.checkpoint import untrained_heads
from adsw.train.recipe import resolve

SMALL = {"head.width": 8, "head.out": 6, "head.layers": 1}


@pytest.fixture
def pair(
    make_table: Callable[..., Any], make_usual_row: Callable[..., Any], dimensions: Dimensions
) -> list[Evaluation]:
    rows = [make_usual_row(f"t{number}", [f"tag {number} {n}" for n in range(4)]) for number in range(30)]
    queries = QuerySet.from_table(make_table(rows), dimensions)
    recipes = [resolve(SMALL | {"seed": seed}) for seed in (1, 2)]
    return [evaluate(untrained_heads(dimensions, recipe), queries, "test") for recipe in recipes]


def test_every_figure_comes_with_what_judges_it(pair: list[Evaluation]) -> None:
    report = SetReport.of(*pair, "stores/s", "f00", "test", ("A remark.",))
    document = json.loads(json.dumps(report.document(), allow_nan=False))
    assert set(document["metrics"]) == {name for name in pair[0].metrics if "/swap/" not in name}
    spans = metric_intervals(pair[0].t2m)
    for name, figure in document["metrics"].items():
        assert figure["value"] == pair[0].metrics[name]
        assert figure["chance"] == pair[0].chance[name]
        assert figure["calibrated"] == (figure["value"] - figure["chance"]) / (1 - figure["chance"])
        assert figure["untrained"] == pair[1].metrics[name]
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert document["metrics"]["test/t2m/R@10"]["low"] == spans["R@10"].low
    assert document["pools"] == {"t2m": {"queries": 120, "pool": 30}, "m2t": {"queries": 30, "pool": 120}}
    assert document["protocol"]["rank_base"] == 1
    assert set(document["text_sources"]) == {"tags", "caption"}
    assert document["text_sources"]["tags"]["queries"] == 60
    assert set(document["sources"]) == {"full_tags", "full_caption", "partial_tags", "partial_caption"}
    for source, part in document["sources"].items():
        assert (part["queries"], part["pool"]) == (30, 30)
        assert part["metrics"]["mAP@10"]["value"] == pair[0].slices[source]["mAP@10"]
        assert part["metrics"]["mAP@10"]["untrained"] == pair[1].slices[source]["mAP@10"]
    assert document["remarks"] == ["A remark."]
    assert "2000 resamples" in document["conventions"][-1]


def test_untrained_heads_are_those_of_the_seed_and_score_chance(pair: list[Evaluation]) -> None:
    one, two = pair
    assert one.metrics != two.metrics
    mean = np.mean([evaluation.metrics["test/t2m/meanR"] for evaluation in pair])
    assert mean == pytest.approx(one.chance["test/t2m/meanR"], rel=0.15)


def test_reports_of_other_queries_are_refused(pair: list[Evaluation]) -> None:
    with pytest.raises(ValueError, match="on the same queries"):
        SetReport.of(pair[0], replace(pair[1], queries="other"), "s", "f", "test")
