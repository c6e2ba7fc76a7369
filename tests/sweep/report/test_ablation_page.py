"""The ablation on the page, in statistics.json and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

from adsw.report.section import every_figure
from sweep.report.document import csv_tables, report_document, write_report
from sweep.report.report import Report

from .ablated import LADDER, SQUARE, Ablated
from .test_page import MOST_BYTES, Page, offered


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    folder = Ablated(quality={"drop": 0.8, "both": 0.8}, seeds=(0, 1, 2)).write(tmp_path_factory.mktemp("runs"))
    return write_report(folder.path, resamples=2), folder.path


@pytest.fixture(scope="module")
def page(made: tuple[Report, Path]) -> Page:
    return Page((made[1] / "report.html").read_text())


def test_the_page_is_whole_and_small(made: tuple[Report, Path], page: Page) -> None:
    assert page.open == []
    assert (made[1] / "report.html").stat().st_size < MOST_BYTES
    figures = json.loads(page.contents["figures"])
    assert sorted(page.values("data-figure")) == sorted(figures)
    assert {"ablation-arms", "ablation-forest", "ablation-effects", "ablation-interaction-0"} <= set(figures)


def test_it_says_what_was_decided_and_how(page: Page) -> None:
    for text in (
        "beats “neither”",
        "decided: better",
        "Holm (1979)",
        "Hesterberg",
        "Replicates needed",
        "full 2\N{SUPERSCRIPT TWO} design",
    ):
        assert text in page.text
    assert "PED-ANOVA" not in page.text  # nothing was searched
    assert "To see a difference of 5 % of the reference arm's level" in page.text


def test_plotly_accepts_the_figures(made: tuple[Report, Path]) -> None:
    for name, figure in every_figure(report_document(made[0]).sections).items():
        if name.startswith("ablation"):
            plain = json.loads(re.sub(r"var\(--[\w-]+\)", "#123456", json.dumps(figure)))
            plain["layout"]["font"]["family"] = "Arial"
            go.Figure(plain)


def test_statistics_json_holds_the_numbers(made: tuple[Report, Path]) -> None:
    report, folder = made
    document = json.loads((folder / "statistics.json").read_text())
    ablation = document["ablation"]
    assert ablation["reference"] == "neither"
    assert [split["metric"] for split in ablation["splits"]] == ["test/t2m/mAP@10", "valid/t2m/mAP@10"]
    assert report.ablation is not None
    drop = ablation["splits"][0]["comparisons"][0]
    one = report.ablation.primary.comparisons[0]
    assert one.pairing is not None
    assert one.judgement is not None
    assert drop["arm"] == "drop"
    assert drop["over_seeds"]["difference"]["low"] == one.pairing.difference.low
    assert drop["judgement"]["adjusted"] == one.judgement.adjusted
    assert {tuple(effect["factors"]) for effect in ablation["splits"][0]["effects"]} == {
        effect.factors for effect, _ in report.ablation.primary.effects
    }
    assert "ablation" not in json.loads((folder / "leaderboard.json").read_text())


def test_every_table_is_a_csv_of_even_rows(made: tuple[Report, Path], page: Page) -> None:
    tables = csv_tables(made[0])
    of_arms = {f"ablation-{what}" for what in ("arms", "replicates", "comparisons", "effects")}
    assert {"leaderboard"} | of_arms <= set(tables)
    for text in tables.values():
        rows = list(csv.reader(io.StringIO(text)))
        assert len(rows) > 1
        assert len({len(row) for row in rows}) == 1
    assert len(list(csv.DictReader(io.StringIO(tables["ablation-replicates"])))) == 2 * 4 * 3
    assert offered(page) == sorted(tables)


def test_one_seed_and_a_cube_have_pages_too(tmp_path: Path) -> None:
    cube = {
        f"{arm}-{kind}": {**overrides, "text.mix.caption": caption, "text.mix.tags": 1 - caption}
        for arm, overrides in SQUARE.items()
        for kind, caption in (("tags", 0.0), ("captions", 1.0))
    }
    for name, study in (("one", Ablated(arms=LADDER, seeds=(3,))), ("cube", Ablated(arms=cube, seeds=(0, 1)))):
        folder = study.write(tmp_path, name)
        report = write_report(folder.path, resamples=2)
        text = Page((folder.path / "report.html").read_text())
        assert text.open == []
        assert report.ablation is not None
        assert sorted(text.values("data-figure")) == sorted(every_figure(report_document(report).sections))
    assert len(report.ablation.primary.effects) == 7
    assert "text.mix" in {factor.name for factor in report.ablation.design.factors}
