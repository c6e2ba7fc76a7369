from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from adsw.evaluate.baselines import BASELINES, Against, against, look_up, popularity
from adsw.evaluate.novelty import Training
from adsw.report.terminal import captioned_table
from adsw.retrieval.evaluation import Evaluation, evaluate
from adsw.retrieval.intervals import differences
from adsw.retrieval.queries import QuerySet
from adsw.retrieval.ranking import calibrated
from adsw.store.schema import Dimensions
from adsw.store.store import Store
from adsw.train.checkpoint import untrained_heads
from adsw.train.recipe import resolve

Make = Callable[..., Any]
Given = tuple[Any, Evaluation, Evaluation, QuerySet, Training]


@pytest.fixture
def given(tmp_path: Path, make_store: Make, make_usual_row: Make, dimensions: Dimensions) -> Given:
    rows = [make_usual_row(f"t{number}", [f"tag {number} {n}" for n in range(3)]) for number in range(40)]
    store = Store.open(make_store(tmp_path / "s", {"train": rows[:20], "test": rows[20:]}))
    queries = QuerySet.from_table(store.table("test"), dimensions)
    small = {"head.width": 8, "head.out": 6, "head.layers": 1}
    heads, other = (untrained_heads(dimensions, resolve(small | {"seed": seed})) for seed in (1, 2))
    return heads, evaluate(heads, queries, "test"), evaluate(other, queries, "test"), queries, Training.of(store)


def test_every_figure_stands_beside_its_baselines(given: Given) -> None:
    heads, evaluation, untrained, queries, training = given
    document = json.loads(json.dumps(against(*given).document(), allow_nan=False))
    lookup, popular = look_up(queries, training, "test"), popularity(heads, queries, training, "test")
    gaps = differences(evaluation, lookup)
    # Swap accuracy is no ranking: it stands beside judges of its own.
    assert set(document["figures"]) == {name for name in evaluation.metrics if "/swap/" not in name}
    for name, figure in document["figures"].items():
        assert figure["value"] == evaluation.metrics[name]
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["chance"] == evaluation.chance[name]
        assert figure["calibrated"] == calibrated(figure["value"], figure["chance"])
        assert figure["look_up"]["value"] == lookup.metrics[name]
        assert figure["look_up"]["gain"]["low"] == gaps[name].low
        assert figure["popularity"]["value"] == popular.metrics[name]
        assert figure["untrained"]["value"] == untrained.metrics[name]
        assert set(BASELINES) < set(figure)
    assert set(document["hubs"]) == {"t2m", "m2t"}
    assert document["training_tracks"] == 20


def test_the_tables_say_what_the_baselines_know(given: Given) -> None:
    out = Console(width=80, file=StringIO(), record=True)
    for table in against(*given).tables():
        out.print(captioned_table(table))
    said = " ".join(out.export_text().split())
    for words in ("look-up", "larity", "all 20 training tracks", "never found", "m2t/meanR"):
        assert words in said


def test_pools_too_small_for_hubs_say_so(given: Given) -> None:
    found: Against = replace(against(*given), hubs={"t2m": None, "m2t": None})
    assert found.document()["hubs"] == {"t2m": None, "m2t": None}
    out = Console(width=80, file=StringIO(), record=True)
    out.print(captioned_table(found.tables()[1]))
    assert out.export_text().count("–") == 8


def test_results_of_other_queries_are_refused(given: Given) -> None:
    heads, evaluation, untrained, queries, training = given
    with pytest.raises(ValueError, match="cannot be paired"):
        against(heads, evaluation, replace(untrained, queries="other"), queries, training)
