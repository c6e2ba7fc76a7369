"""Evaluation sets beside validation: how far they agree, and what picking by one costs on another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scipy.stats import kendalltau

from adsw.report.statement import GOOD, OPEN, WARN
from sweep.report.ablation.design import arms_of
from sweep.report.document import report_tables, write_report
from sweep.report.evaluation_sets import AgreementOfSets, pair_words, picking_words, statements
from sweep.report.evaluation_sets_section import heat_table, pair_table, picking_table
from sweep.report.report import Report

from .ablated import LADDER, Ablated
from .simulated import METRIC, Simulation
from .test_page import Page, offered

OTHER = METRIC.replace("valid", "works")


@pytest.fixture(scope="module")
def made(report_of: Callable[[Simulation], tuple[Report, Path]]) -> tuple[Report, Path]:
    """One set that agrees and one on which what is good is bad."""
    return report_of(Simulation(trials=20, stopping=False, failed=(), sets=("works",), seed=1))


@pytest.fixture(scope="module")
def sets(made: tuple[Report, Path]) -> AgreementOfSets:
    assert made[0].sets is not None
    return made[0].sets


def test_the_figures_are_scipys_over_the_trials(made: tuple[Report, Path], sets: AgreementOfSets) -> None:
    records = made[0].run.records
    assert sets.sets == ("valid", "works")  # test was opened for two trials, too few to rank by
    pair = sets.pair("works", "valid")
    assert pair is not None
    assert pair.agreement is not None
    values = [[record.metrics[name] for record in records] for name in (METRIC, OTHER)]
    assert pair.agreement.tau.value == pytest.approx(kendalltau(*values).statistic)
    assert pair.trials == 20
    assert "nearly the same order" in pair_words(pair)


def test_what_picking_costs_is_what_the_trials_say(made: tuple[Report, Path], sets: AgreementOfSets) -> None:
    by_valid, by_other = ({r.number: r.metrics[name] for r in made[0].run.records} for name in (METRIC, OTHER))
    picked, best = (max(values, key=lambda number: values[number]) for values in (by_valid, by_other))
    one = next(one for one in sets.pickings if (one.by, one.on) == ("valid", "works"))
    assert one.picked == f"trial {picked}"
    assert one.best == f"trial {best}"
    assert one.lost == pytest.approx(by_other[best] - by_other[picked])
    assert one.same == (picked == best)
    if not one.same:
        assert one.gap is not None
        assert one.gap.value == pytest.approx(one.lost)
    assert f"trial {picked}" in picking_words(one, sets)


def test_sets_that_disagree_are_a_caveat(report_of: Callable[[Simulation], tuple[Report, Path]]) -> None:
    report, _ = report_of(Simulation(trials=20, stopping=False, failed=(), sets=("works",), conflict=1.0))
    assert report.sets is not None
    pair = report.sets.pair("valid", "works")
    assert pair is not None
    assert "reverse orders" in pair_words(pair)
    told = statements(report.sets)
    assert told[0].tone == WARN
    assert "another best trial than valid" in told[0].text
    assert told[1].tone == OPEN
    assert any("Evaluation sets disagree: works does not order trials as valid does" in one for one in report.caveats)
    rows = heat_table(report.sets).rows
    shade = rows[0][2].shade
    assert shade is not None
    assert shade[0] == "warn"


def test_one_set_is_compared_with_nothing(large: tuple[Report, Path]) -> None:
    assert large[0].sets is None
    assert statements(None) == []


def test_arms_are_compared_by_their_means(tmp_path: Path) -> None:
    arms = {"one": LADDER["tags"], "two": LADDER["captions"]}
    folder = Ablated(arms=arms, quality={"two": 1.0}, sets=("works",)).write(tmp_path)
    report = write_report(folder.path, resamples=2)
    assert report.sets is not None
    assert report.sets.noun == "arm"
    assert report.sets.sets == ("valid", "works", "test")
    assert [unit.label for unit in report.sets.units] == [arm.name for arm in arms_of(report.run)]
    assert all(one.same and one.picked == "two" for one in report.sets.pickings)
    told = statements(report.sets, but="test")
    assert told[0].tone == GOOD
    assert "valid and works have the same best arm: two" in told[0].text
    assert "test" not in " ".join(one.text for one in told)


def test_it_stands_on_the_page_and_in_the_files(made: tuple[Report, Path], sets: AgreementOfSets) -> None:
    page = Page((made[1] / "report.html").read_text())
    assert "Do the evaluation sets agree" in page.text
    assert "sets-0" in page.values("data-figure")
    assert {"set-agreement", "set-picking", "set-values"} <= set(offered(page))
    assert len(pair_table(sets, "run").rows) == 1
    assert len(picking_table(sets, "run").rows) == 2
    assert {"set-agreement", "set-picking"} <= {table.name for table in report_tables(made[0])}
    document = json.loads((made[1] / "statistics.json").read_text())["evaluation_sets"]
    assert document["sets"] == ["valid", "works"]
