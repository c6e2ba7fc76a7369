"""An ablation at shorter budgets: curves read before their end, paired with the reference arm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adsw.report.table import Cell, TableModel
from adsw.stats.interval import Interval
from sweep.report.ablation.budgets import budget_table
from sweep.report.ablation.design import arms_of
from sweep.report.ablation.results import ablation_of
from sweep.report.data import RunData, read_run
from sweep.stats.replicates import replicate_interval

from .ablated import METRIC, Ablated


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    # Curves of four epochs that rise by a quarter of the final value at each.
    return read_run(Ablated(quality={"both": 1.0}).write(tmp_path_factory.mktemp("runs")).path)


def column(table: TableModel, head: str) -> dict[str, Cell]:
    place = [one.field or one.head for one in table.columns].index(head)
    return {row[0].text: row[place] for row in table.rows}


def test_means_and_paired_differences(run: RunData) -> None:
    finals = {arm.name: arm.valid for arm in arms_of(run)}
    table = budget_table(run, arms_of(run))
    for name, values in finals.items():
        for epochs in (2, 4):
            half = epochs / 4
            cell = column(table, f"epoch {epochs}")[name]
            assert cell.exact == pytest.approx(half * sum(values.values()) / len(values))
            gap = column(table, f"difference at {epochs}")[name]
            if name == "neither":
                assert gap.exact is None
                continue
            wanted = replicate_interval([half * (values[seed] - finals["neither"][seed]) for seed in values])
            assert isinstance(gap.exact, Interval)
            assert (gap.exact.low, gap.exact.high) == pytest.approx((wanted.low, wanted.high))
    assert column(table, "difference at 2")["both"].side == "better"
    assert column(table, "epoch 4")["both"].strong


def test_arm_with_a_short_curve_has_no_figure(run: RunData) -> None:
    ended = arms_of(run)[1].trials[0]
    records = tuple(
        record.model_copy(update={"curve": record.curve[:3]}) if record.number == ended else record
        for record in run.every_record
    )
    table = budget_table(replace(run, records=records), arms_of(run))
    assert column(table, "epoch 4")["drop"].text == column(table, "difference at 4")["drop"].text == "–"
    assert column(table, "epoch 2")["drop"].exact is not None


def test_report_shows_it(run: RunData) -> None:
    ablation = ablation_of(run)
    assert ablation is not None
    assert ablation.budgets is not None
    assert [row[0].text for row in ablation.budgets.rows] == ["neither", "drop", "swap", "both"]


def test_one_budget_makes_no_table(tmp_path: Path) -> None:
    run = read_run(Ablated().write(tmp_path).path)
    short = tuple(record.model_copy(update={"curve": record.curve[:1]}) for record in run.every_record)
    assert not budget_table(replace(run, records=short), arms_of(run)).rows
    assert METRIC in budget_table(run, arms_of(run)).caption
