from __future__ import annotations

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from adsw.evaluate.html import Dot, dot_plot, random_recall, recall_curves
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.retrieval.ranking import QueryScores, chance
from adsw.stats.interval import Interval


def direction(ranks: list[float], targets: list[int], pool: int) -> Direction:
    rank = np.array(ranks)
    scores = QueryScores(rank, np.stack([rank <= k for k in (1, 5, 10)], 1).astype(float), 1 / rank)
    numbers = np.arange(len(ranks))
    return Direction(scores, np.array(targets), numbers, np.zeros(len(ranks), np.uint8), pool)


@pytest.mark.parametrize("targets", [[1, 1, 1, 1], [1, 2, 5, 5]])
def test_the_random_curve_passes_through_chance(targets: list[int]) -> None:
    found = random_recall(direction([1, 2, 3, 4], targets, 60), np.array([1, 5, 10, 60]))
    level = chance(np.array(targets), 60)
    assert found.tolist() == pytest.approx([level["R@1"], level["R@5"], level["R@10"], 1.0])


def test_recall_rises_to_one_at_the_whole_pool() -> None:
    part = direction([1, 7, 7, 30], [1] * 4, 30)
    figure = recall_curves(Evaluation("test", "q", part, part))
    curves = [trace for trace in figure["data"] if trace.get("name")]
    assert [trace["name"] for trace in curves] == ["text to music", "music to text"]
    points = dict(zip(curves[0]["x"], curves[0]["y"], strict=True))
    assert (points[1], points[6], points[7], points[30]) == (0.25, 0.25, 0.75, 1.0)
    assert all(np.diff(curves[0]["y"]) >= 0)


def test_a_pool_of_one_can_be_drawn() -> None:
    part = direction([1], [1], 1)
    assert recall_curves(Evaluation("test", "q", part, part))["data"][0]["y"] == [1.0]


def test_dots_stand_on_their_rows_with_their_intervals() -> None:
    rows = [Dot("a", 0.5, Interval(0.5, 0.3, 0.8)), Dot("b", 0.1)]
    figure = dot_plot(rows, "score", 0.2)
    trace = figure["data"][0]
    assert figure["layout"]["yaxis"]["ticktext"] == ["a", "b"]
    assert trace["error_x"]["array"] == pytest.approx([0.3, 0.0])
    assert trace["error_x"]["arrayminus"] == pytest.approx([0.2, 0.0])
    assert figure["layout"]["shapes"][0]["x0"] == 0.2
    assert "shapes" not in dot_plot(rows, "score")["layout"]


def test_figures_are_what_plotly_accepts() -> None:
    part = direction([1, 7], [1, 2], 30)
    figures = [recall_curves(Evaluation("test", "q", part, part)), dot_plot([Dot("a", 0.5)], "score", 0.0)]
    for figure in figures:
        # The page fills its colours in before it draws.
        go.Figure(json.loads(re.sub(r"var\(--\w+\)", "#000000", json.dumps(figure))))
