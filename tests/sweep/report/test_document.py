"""The report as a document: its sections in order, and the files that it offers with their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from adsw.report.section import every_table
from adsw.report.table import EVERYWHERE
from sweep.report.document import MOST_ROWS, csv_tables, report_document, report_tables, write_report
from sweep.report.report import Report

from .ablated import Ablated
from .simulated import METRIC, Simulation

ENDS = ["low95", "high95"]
FIELDS = {
    "test-results": "what,metric,queries,chance,system,value,low95,high95",
    "curves": "trial,state,epoch,valid/t2m/mAP@10",
    "importances": "over,parameter,share,low95,high95,shuffled,above shuffled,dummy",
    "variance-shares": "parameter,share,low95,high95,above random,dummy",
    "rank-agreement": "epoch,trials,kendall tau-b,spearman,low95,high95,place of best,rung keeps,keeps best",
    "schedules": "quantity,trial,state,schedule,valid/t2m/mAP@10",
    "validation-minus-test": "trial,validation minus test,low95,high95",
    "cost": "trial,state,epochs,seconds",
    "failures": "trial,epochs,why",
    "fresh-seeds": "set,seed,winner,default,winner minus default",
    "set-agreement": "set,other,measure,trials,kendall tau-b,tau low95,tau high95,spearman,rho low95,rho high95",
    "set-picking": "picked by,used on,measure,of,picked,place,best,lost,low95,high95",
    "surfaces": "parameter,other,epoch,trials,explained of left-out trials,most of shuffled values,length scale,"
    "other length scale,drawn",
}
COMMON = ["use", "test", "leaderboard", "curves"]
LAST = ["schedules", "caveats", "failures", "cost", "method", "provenance"]


def sections_of(report: Report) -> list[str]:
    return [section.key for section in report_document(report).sections]


def fields(text: str) -> list[str]:
    return next(csv.reader(io.StringIO(text)))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def rich(report_of: Callable[[Simulation], tuple[Report, Path]]) -> Report:
    """A search that has nearly everything."""
    simulation = Simulation(
        trials=24, failed=(3,), second="works/t2m/mAP@10", sets=("works",), confirm=3, conflict=0.4, stopping=False
    )
    return report_of(simulation)[0]


def test_there_is_a_section_for_what_the_run_holds(rich: Report, large: tuple[Report, Path], tmp_path: Path) -> None:
    assert sections_of(rich) == ["front", *COMMON, "hyperparameters", "search", "sets", *LAST]
    assert sections_of(large[0]) == [*COMMON, "hyperparameters", "search", *LAST]
    ablation = write_report(Ablated(seeds=(0, 1)).write(tmp_path).path, resamples=2)
    assert sections_of(ablation) == ["ablation", *COMMON, "sets", *LAST]


def test_files_have_the_columns_that_they_always_had(rich: Report) -> None:
    found = {name: fields(text) for name, text in csv_tables(rich).items()}
    gap = f"{METRIC} minus default"
    for name, columns in FIELDS.items():
        assert ",".join(found[name]) == columns
    assert found["set-values"][:3] == ["trial", METRIC, "works/t2m/mAP@10"]
    assert found["leaderboard"][:8] == ["rank", "trial", "arm", "state", METRIC, *ENDS, "to default"]
    assert {"seconds", "optim.lr", "works/t2m/mAP@10"} <= set(found["leaderboard"])
    assert {"trial", "arm", "on front", METRIC, f"{METRIC} low95", gap, f"{gap} high95"} <= set(found["front"])
    assert {"share of resamples", "ahead of default"} <= set(found["front"])
    assert found["parameters"][:6] == ["parameter", "role", "searched", "best", "default", "rank correlation"]
    assert all(len(set(columns)) == len(columns) for columns in found.values())


def test_files_hold_what_tables_leave_out(rich: Report) -> None:
    files = csv_tables(rich)
    shown = {table.name: table for table in report_tables(rich, 2)}
    assert rich.front is not None
    assert len(rows(files["front"])) == len(rich.front.trials) > len(shown["front"].rows)
    board = rows(files["leaderboard"])
    assert len(board) == len(rich.board.rows) > len(shown["leaderboard"].rows)
    for line, row in zip(board, rich.board.rows, strict=True):
        assert float(line[METRIC]) == row.value
        assert line["to default"] == ("" if row.to_default is None else repr(row.to_default.value))
    assert {line["parameter"] for line in rows(files["parameters"])} == {row.name for row in rich.influence.parameters}


def test_every_printed_table_has_its_file(rich: Report) -> None:
    tables = every_table(report_document(rich).sections)
    files = csv_tables(rich)
    for table in tables:
        if table.place == EVERYWHERE and table.rows and table.file is not None:
            assert (table.file or table.name) in files
    assert len([table for table in tables if table.name == "leaderboard"]) == 1
    assert len(rich.board.rows) < MOST_ROWS
