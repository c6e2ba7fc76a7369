"""What a comparison says: verdict, caveats, tables, page, Markdown and JSON."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import plotly.graph_objects as go
import pytest

from adsw.report.csv import table_csv
from adsw.report.latex import latex_files
from adsw.report.terminal import terminal_table
from sweep.report.compare.comparison import SweepComparison, compare
from sweep.report.compare.page import comparison_document, comparison_figures, comparison_markdown, render_comparison
from sweep.report.compare.sides import open_sides
from sweep.report.compare.tables import comparison_tables

from ..ablated import LADDER, Ablated
from ..latex_text import Latex
from ..simulated import METRIC, Simulation
from ..test_page import MOST_BYTES, Page
from .compared import SMALL, alike, changed_record, drawn_at_random


def compared(runs: Path, *names: str) -> SweepComparison:
    return compare(open_sides(runs, names))


@pytest.fixture(scope="module")
def searches(tmp_path_factory: pytest.TempPathFactory) -> SweepComparison:
    """A good search against a flat one and one on other queries, all with random trials."""
    runs = tmp_path_factory.mktemp("runs")
    # Recipes are drawn alike whatever the effect: other draws keep them apart.
    found = [
        Simulation(trials=14, failed=(), stopping=False).write(runs, "good"),
        Simulation(trials=8, failed=(), stopping=False, effect=0.0).write(runs, "flat"),
        Simulation(trials=8, failed=(), stopping=False, seed=4).write(runs, "elsewhere"),
    ]
    for place, folder in enumerate(found):
        drawn_at_random(folder, range(1, 8))
        folder.update_sweep(store={**folder.read_sweep().document()["store"], "fingerprint": f"{place}" * 64})
    return compared(runs, "good", "flat", "elsewhere")


@pytest.fixture(scope="module")
def ablations(tmp_path_factory: pytest.TempPathFactory) -> SweepComparison:
    runs = tmp_path_factory.mktemp("runs")
    Ablated(seeds=(0, 1, 2)).write(runs, "one")
    Ablated(seeds=(0, 1, 2), quality={"drop": 1.0}).write(runs, "two")
    return compared(runs, "one", "two")


def all_text(found: SweepComparison) -> str:
    return " ".join([*found.verdict.lines(), *found.caveats])


def test_the_better_search_is_named(tmp_path: Path) -> None:
    SMALL.write(tmp_path, "good")
    flat = replace(SMALL, effect=0.0, quality={}).write(tmp_path, "flat")
    flat.update_sweep(store={**flat.read_sweep().document()["store"], "fingerprint": "other"})
    for names in (("good", "flat"), ("flat", "good")):
        found = compared(tmp_path, *names)
        assert found.verdict.headline.startswith("The best of good beats the best of flat: test/t2m/mAP@10 ")
        assert "a difference of +" in found.verdict.headline
        assert found.verdict.tone == "good"
        assert "gave the very same results" in all_text(found)
        assert "The queries are the same tracks and texts, so differences are paired" in all_text(found)


def test_alike_sweeps_are_reproduced_and_undecided(tmp_path: Path) -> None:
    alike(tmp_path, "one", "two")
    found = compared(tmp_path, "one", "two")
    assert found.verdict.tone == "open"
    assert "cannot be told apart" in found.verdict.headline
    assert "Reproduced: 8 trainings with the same recipe, seed and store came out the same, to the last bit." in (
        all_text(found)
    )
    assert found.differences == ()
    assert "with seed 0 alone" in all_text(found)


def test_what_does_not_agree_goes_first_and_names_the_code(tmp_path: Path) -> None:
    _, two = alike(tmp_path, "one", "two")
    changed_record(two, 3, lambda record: record["metrics"].update({METRIC: 0.2}))
    two.update_sweep(code={"revision": "c" * 40, "dirty": False})
    found = compared(tmp_path, "one", "two")
    assert found.verdict.tone == "warn"
    assert found.verdict.headline.startswith("Not reproduced: 1 of 8 trainings")
    assert f"{METRIC} 0.200000 and" in found.verdict.headline
    assert "The code was cccccccccc and 00504f4a1b." in found.verdict.headline
    assert "The code differs: one 00504f4a1b; two cccccccccc." in all_text(found)
    assert "not-reproduced" in {table.name for table in comparison_tables(found)}


def test_other_queries_are_no_verdict(searches: SweepComparison) -> None:
    text = all_text(searches)
    assert searches.verdict.headline == (
        "By their best trials on test/t2m/mAP@10, against good: flat is worse; elsewhere is on other queries."
    )
    assert "are figures of two tasks" in text
    assert "elsewhere answered other queries than good" in text
    assert "Their tracks, texts or encoders are not the same" in text
    assert "good 14; flat and elsewhere 8" in text
    standings = next(table for table in comparison_tables(searches) if table.name == "standings")
    assert not any(cell.strong for row in standings.rows for cell in row)


def test_other_epochs_seeds_and_states_are_held_against_it(tmp_path: Path) -> None:
    SMALL.write(tmp_path, "search")
    Ablated(arms=LADDER, seeds=(0, 1), tested=False).write(tmp_path, "arms")
    Simulation(trials=3, failed=(), status="interrupted", tested=False).write(tmp_path, "stopped")
    text = all_text(compared(tmp_path, "search", "arms", "stopped"))
    assert "Completed trials saw different numbers of epochs: search and stopped 12; arms 4." in text
    assert "Training seeds differ: search and stopped 0; arms 0, 1." in text
    assert "search is a search, arms is an ablation and stopped is a search" in text
    assert "Not all sweeps are done: stopped (interrupted)." in text
    assert "arms and stopped have no test results" in text


def test_arms_of_one_recipe_that_differ_are_a_warning(ablations: SweepComparison) -> None:
    # Same recipes, seeds and store, and another truth: nothing that could be real.
    assert ablations.verdict.headline.startswith("Not reproduced: 3 of 12 trainings")
    assert "Arms in common with one, on test/t2m/mAP@10: 1 decided: “drop”; 3 identical." in all_text(ablations)
    table = next(one for one in comparison_tables(ablations) if one.name == "arms")
    verdicts = {row[0].text: row[-1].text for row in table.rows}
    assert verdicts == {"neither": "identical", "drop": "decided: better", "swap": "identical", "both": "identical"}


def test_nothing_to_compare_is_said(tmp_path: Path) -> None:
    Ablated(arms={"a": {}, "b": {"optim.lr": 0.1}}, seeds=(0, 1)).write(tmp_path, "one")
    Ablated(arms={"c": {"optim.lr": 0.2}, "d": {"optim.lr": 0.3}}, seeds=(0, 1)).write(tmp_path, "two")
    Simulation(trials=0, tested=False).write(tmp_path, "empty")
    Simulation(trials=1, failed=(0,), tested=False).write(tmp_path, "failed")
    assert "share no arm" in compared(tmp_path, "one", "two").verdict.headline
    found = compared(tmp_path, "empty", "failed")
    assert "results are missing" in found.verdict.headline
    assert Page(render_comparison(found)).open == []
    assert comparison_markdown(found).startswith("# empty and failed: sweeps compared\n")


@pytest.mark.parametrize("which", ["searches", "ablations"])
def test_the_page_is_whole_small_and_loads_nothing(which: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(which)
    source = render_comparison(found)
    page = Page(source)
    assert page.open == []
    assert len(source.encode()) < MOST_BYTES
    assert all(link.startswith(("#", "data:text/csv")) for link in page.values("href"))
    assert page.values("src") == []
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(page.values("id"))
    figures = json.loads(page.contents["figures"])
    assert sorted(page.values("data-figure")) == sorted(figures) == sorted(comparison_figures(found))
    for figure in figures.values():
        plain = json.loads(re.sub(r"var\(--[\w-]+\)", "#123456", json.dumps(figure)))
        plain["layout"]["font"]["family"] = "Arial"
        go.Figure(plain)
    for said in [*found.verdict.lines()[1:], *found.caveats]:
        assert " ".join(said.removeprefix("- ").split()) in page.text


def test_every_download_is_its_table(searches: SweepComparison) -> None:
    page = Page(render_comparison(searches))
    links = [link for link in page.values("href") if link.startswith("data:")]
    tables = comparison_tables(searches)
    assert [base64.b64decode(link.partition("base64,")[2]).decode() for link in links] == [
        table_csv(table) for table in tables
    ]
    assert page.values("download") == [f"comparison-{table.name}.csv" for table in tables]
    for table in tables:
        rows = list(csv.reader(io.StringIO(table_csv(table))))
        assert len(rows) == len(table.rows) + 1
        assert len({len(row) for row in rows}) == 1
    assert {"standings", "winners", "equal-budget", "differences"} <= {table.name for table in tables}


def test_markdown_latex_json_and_terminal_hold_the_same(searches: SweepComparison) -> None:
    text = comparison_markdown(searches)
    tables = comparison_tables(searches)
    assert sum(line.startswith(("| :-", "| -")) for line in text.split("\n")) == len(tables)
    for made in map(Latex, latex_files(tables, "a-b").values()):
        assert made.widths == [{len(made.specs[0])}]
    document = json.loads(json.dumps(comparison_document(searches), allow_nan=False))
    assert document["verdict"]["headline"] == searches.verdict.headline
    assert [one["name"] for one in document["sweeps"]] == ["good", "flat", "elsewhere"]
    assert document["winners"][0]["gap"]["value"] == searches.findings.gaps[0].gap.value
    assert document["reproducibility"]["checked"] == 0
    assert document["best_so_far"][0]["epochs"][-1] == 14 * 12
    assert all(terminal_table(table).row_count == len(table.rows) for table in tables)


def test_curves_of_all_stand_in_one_figure(searches: SweepComparison) -> None:
    figure = comparison_figures(searches)["spent"]
    assert [trace["name"] for trace in figure["data"]] == ["good", "good", "flat", "flat", "elsewhere", "elsewhere"]
    assert {trace["xaxis"] for trace in figure["data"]} == {"x", "x2"}
    told = {(trace["line"]["color"], trace["line"]["dash"]) for trace in figure["data"]}
    assert len(told) == 3
