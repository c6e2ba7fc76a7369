"""The tables of an ablation: what their files hold, and that files and shown tables say the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from adsw.report.csv import csv_files
from adsw.report.section import Section, every_table, printed_tables
from adsw.report.table import TableModel
from sweep.report.ablation.results import Ablation, ablation_of
from sweep.report.ablation.section import ablation_section
from sweep.report.data import read_run

from .ablated import LADDER, Ablated
from .simulated import METRIC

COMPARED = (
    "metric,arm,seeds,difference,seeds low95,seeds high95,tracks low95,tracks high95,sign-flip p,smallest p,t p,test,p,"
    "holm p,effect,effect low95,effect high95,improvement,improvement low95,improvement high95,verdict,needed seen,"
    "needed 5 %"
)
COLUMNS = {
    "ablation-arms": "metric,arm,replicates,mean,mean low95,mean high95,iqm,iqm low95,iqm high95",
    "ablation-budgets": (
        "arm,epoch 2,difference at 2,difference at 2 low95,difference at 2 high95,"
        "epoch 4,difference at 4,difference at 4 low95,difference at 4 high95"
    ),
    "ablation-comparisons": COMPARED,
    "ablation-effects": "metric,effect,value,low95,high95,test,p,holm p,decided",
    "ablation-epochs": "arm,best,last,best epoch,epochs,best at the end",
    "ablation-gaps": "arm,validation minus test,low95,high95",
    "ablation-looks": (
        "metric,arm,decided,no look left,look,replicates,level,test,p,sequential p,holm p,difference,low95,high95,"
        "next look at"
    ),
    "ablation-replicates": "metric,arm,seed,value",
    "ablation-steps": (
        "metric,step,seeds,difference,seeds low95,seeds high95,tracks low95,tracks high95,test,p,holm p,verdict"
    ),
    "ablation-tuning": "arm,optim.lr,seed,value,mean of the point,chosen",
}

Made = tuple[Ablation, Section]


def made(runs: Path, study: Ablated) -> Made:
    found = ablation_of(read_run(study.write(runs).path))
    assert found is not None
    return found, ablation_section(found, "ablated", METRIC)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A 2 x 2 design whose nuisances were tuned and whose arms are steps."""
    rates = {1e-3: 0.0, 2e-3: 0.3}
    return made(tmp_path_factory.mktemp("runs"), Ablated(quality={"drop": 0.8}, tuned=rates, fields={"steps": True}))


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(
        tmp_path_factory.mktemp("runs"), Ablated(arms=LADDER, quality={"captions": 1.0}, looks=(4, 3, 9), failed=(1,))
    )


def files(section: Section) -> dict[str, list[dict[str, str]]]:
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in csv_files(every_table([section])).items()}


def test_files_keep_their_names_and_columns(steps: Made, looked: Made) -> None:
    written = csv_files(every_table([steps[1]])) | csv_files(every_table([looked[1]]))
    assert {name: text.partition("\n")[0] for name, text in written.items()} == COLUMNS


def test_files_hold_both_splits_with_full_precision(steps: Made) -> None:
    found, section = steps
    assert found.other is not None
    rows = files(section)
    for name, count in (("effects", 3), ("comparisons", 3), ("arms", 4), ("replicates", 20)):
        metrics = [row["metric"] for row in rows[f"ablation-{name}"]]
        assert metrics == [found.primary.metric.full] * count + [found.other.metric.full] * count
    for row, (effect, judgement) in zip(rows["ablation-effects"], found.primary.effects, strict=False):
        assert row["effect"] == " x ".join(effect.factors)
        assert float(row["value"]) == effect.pairing.difference.value
        assert (float(row["holm p"]), row["decided"]) == (judgement.adjusted, str(judgement.decided))
    for row, one in zip(rows["ablation-steps"], found.steps, strict=True):
        assert one.tracks is not None
        assert (float(row["tracks low95"]), float(row["tracks high95"])) == (one.tracks.low, one.tracks.high)
        assert float(row["difference"]) == pytest.approx(one.value)
    assert {row["chosen"] for row in rows["ablation-tuning"] if row["optim.lr"] == "0.002"} == {"True"}


def test_the_file_of_looks_has_what_was_not_looked_at_too(looked: Made) -> None:
    found, section = looked
    decisions = [one.decision for split in found.splits for one in split.comparisons if one.decision]
    rows = files(section)["ablation-looks"]
    assert [row["arm"] for row in rows] == [one.arm for one in decisions]
    for row, one in zip(rows, decisions, strict=True):
        assert float(row["p"]) == one.p
        assert row["look"] == ("" if one.look is None else str(one.look + 1))
        assert row["low95"] == ("" if one.interval is None else str(one.interval.low))


def test_printed_tables_hold_nothing_that_is_for_files_alone(steps: Made) -> None:
    tables: dict[str, TableModel] = {table.name: table for table in printed_tables([steps[1]])}
    assert [*tables] == [
        *(
            "ablation",
            "ablation-validation",
            "ablation-epochs",
            "ablation-budgets",
            "ablation-steps",
            "ablation-tuning",
            "ablation-effects",
        ),
        *("ablation-replicates-needed", "ablation-splits"),
    ]
    heads = [column.head for column in tables["ablation-steps"].columns]
    assert heads == ["step", "difference", "p", "Holm p", "over seeds and tracks", "verdict"]
    assert len(tables["ablation-effects"].rows) == 3
    assert len(tables["ablation-tuning"].rows) == 8
