from __future__ import annotations

from dataclasses import replace

import numpy as np

from adsw.metrics import BY_TAGS, METRICS
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.retrieval.intervals import intervals
from adsw.retrieval.ranking import TagScores
from sweep.report.held_out_results import BEST, DEFAULT, System, _all_metrics
from tests.sweep.report.simulated import evaluation_of


def with_tags(evaluation: Evaluation) -> Evaluation:
    """The same results, where truth by tags is known and every query has two right items."""

    def graded(part: Direction) -> Direction:
        scores = part.scores
        tags = TagScores(scores.hits, scores.average_precision, np.full(len(scores), 2))
        return replace(part, scores=replace(scores, by_tags=tags))

    return replace(evaluation, t2m=graded(evaluation.t2m), m2t=graded(evaluation.m2t))


def system(key: str, evaluation: Evaluation) -> System:
    return System(key, key, evaluation, intervals(evaluation))


def test_figures_by_tags_are_shown_where_all_systems_have_them() -> None:
    best, default = (with_tags(evaluation_of("test", quality, 1, trial)) for trial, quality in enumerate((1.0, 0.5)))
    rows = _all_metrics((system(BEST, best), system(DEFAULT, default)), "m2t")
    assert [row.metric.name for row in rows] == 2 * [*METRICS, *BY_TAGS]
    assert all(row.difference is not None for row in rows)
    assert rows[0].metric.way == "m2t"
    # A run that an older version began: its default was evaluated without.
    old = evaluation_of("test", 0.5, 1, 1)
    mixed = _all_metrics((system(BEST, best), system(DEFAULT, old)), "t2m")
    assert [row.metric.name for row in mixed] == 2 * [*METRICS]
    assert all(row.difference is not None for row in mixed)
