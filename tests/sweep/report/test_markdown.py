"""The report as Markdown and as LaTeX: whole, aligned, and of the run's own numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adsw.report.latex import latex_files
from adsw.report.markdown import escaped_line
from sweep.report.document import TOP, markdown, report_document, report_tables, write_report
from sweep.report.report import Report

from .ablated import Ablated
from .latex_text import Latex
from .simulated import METRIC, Simulation


@pytest.fixture(scope="module")
def ablation(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = Ablated(quality={"drop": 0.8, "both": 0.8}, seeds=(0, 1, 2)).write(tmp_path_factory.mktemp("runs"))
    return write_report(folder.path, resamples=2)


def tables_in(text: str) -> list[list[str]]:
    """The tables of a document, as their lines."""
    blocks = [block.split("\n") for block in text.split("\n\n")]
    return [block for block in blocks if block[0].startswith("|")]


@pytest.mark.parametrize("which", ["search", "ablation"])
def test_every_table_is_whole_and_aligned(which: str, large: tuple[Report, Path], ablation: Report) -> None:
    report = large[0] if which == "search" else ablation
    text = markdown(report)
    found = tables_in(text)
    assert len(found) == len(report_tables(report)) > 3
    for lines in found:
        assert len(lines) > 2
        assert len({len(line) for line in lines}) == 1
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_it_says_what_the_page_says(large: tuple[Report, Path]) -> None:
    report = large[0]
    text = markdown(report)
    assert text.startswith("# simulated: sweep report\n")
    for heading in (
        "## Verdict",
        "## Test results",
        "## Leaderboard",
        "## Hyperparameters",
        "## Provenance",
        "## Cost",
    ):
        assert f"\n{heading}\n" in text
    assert "**Trial 5 beats the default by " in text
    assert "- **found**: " in text
    assert "store fingerprint: 3f3f" in text
    assert "- Trial 11 after 2 epochs: the loss is not a number \\<at> epoch 3" in text
    assert all(escaped_line(caveat) in text for caveat in report.caveats)
    assert text.index("## Test results") < text.index("## Leaderboard") < text.index("## Hyperparameters")
    sections = report_document(report).sections
    assert len({section.title for section in sections}) == len({section.key for section in sections}) == len(sections)


def test_figures_are_plain_ascii(large: tuple[Report, Path], ablation: Report) -> None:
    for report in (large[0], ablation):
        assert [letter for letter in markdown(report) if ord(letter) > 127] == []


def test_the_leaderboard_holds_the_best_and_the_default(large: tuple[Report, Path]) -> None:
    board = large[0].board
    table = next(one for one in report_tables(large[0], 3) if one.name == "leaderboard")
    assert [row[0].text for row in table.rows] == ["1", "2", "3", str(board.default.rank if board.default else "")]
    assert [row[2].strong for row in table.rows] == [True, False, False, False]
    assert f"{len(board.rows) - 4} more trials not shown." in table.caption
    assert (
        "more trials not shown"
        not in next(one for one in report_tables(large[0], len(board.rows)) if one.name == "leaderboard").caption
    )
    assert TOP >= 10


def test_an_ablation_is_judged_by_holm_and_by_nothing_else(ablation: Report) -> None:
    table = next(one for one in report_tables(ablation) if one.name == "ablation")
    heads = [column.head for column in table.columns]
    assert ablation.ablation is not None
    primary = ablation.ablation.primary
    for row in table.rows[1:]:
        one = next(found for found in primary.comparisons if found.name == row[0].text)
        assert row[heads.index("verdict")].text.startswith("decided") == one.decided
    assert [row[0].text for row in table.rows if row[heads.index("mean")].strong] == [
        max(primary.arms, key=lambda arm: arm.value).name
    ]
    assert "Holm over 3 comparisons at 5 %" in table.caption
    assert "*" not in latex_files([table], "run")["ablation"].replace("smallskip", "")


def test_several_objectives_sets_and_fresh_seeds_are_told(tmp_path: Path) -> None:
    simulation = Simulation(
        trials=12, failed=(), second="other/t2m/mAP@10", sets=("other",), confirm=3, conflict=1.0, stopping=False
    )
    report = write_report(simulation.write(tmp_path).path, resamples=2)
    tables = {table.name: table for table in report_tables(report)}
    assert {"front", "set-agreement", "set-picking"} <= set(tables)
    assert [column.head for column in tables["front"].columns][1::2][:2] == [METRIC, "other/t2m/mAP@10"]
    assert report.front is not None
    marks = [row[0].text for row in tables["front"].rows]
    assert [mark for mark in marks if mark.endswith("(front)")] == [
        f"{one.number} (front)" for one in report.front.front
    ]
    assert "other/t2m/mAP@10" in [column.head for column in tables["leaderboard"].columns]
    text = markdown(report)
    assert f"objective {METRIC}, higher is better; objective other/t2m/mAP@10, higher is better" in text
    assert "## Do the evaluation sets agree" in text
    assert "Picking by valid: trial" in text
    for table in tables.values():
        made = Latex(latex_files([table], "run")[table.name])
        assert made.widths == [{len(made.specs[0])}]


def test_a_winner_on_fresh_seeds_is_told(tmp_path: Path) -> None:
    simulation = Simulation(trials=6, failed=(), confirm=3, luck=0.5)
    report = write_report(simulation.write(tmp_path).path, resamples=2)
    table = next(one for one in report_tables(report) if one.name == "fresh-seeds")
    assert {(row[0].text, row[1].text) for row in table.rows} == {
        (name, str(seed)) for name in (METRIC, "test/t2m/mAP@10") for seed in (20000, 20001, 20002)
    }
    text = markdown(report)
    assert "The winner was picked by valid/t2m/mAP@10" in text
    assert "6 on fresh seeds" in text


def test_looks_and_tuning_are_told(tmp_path: Path) -> None:
    study = Ablated(quality={"drop": 0.8, "both": 0.8}, looks=(3, 3, 9))
    report = write_report(study.write(tmp_path, "looks").path, resamples=2)
    tables = {table.name: table for table in report_tables(report)}
    assert {"ablation-looks-test", "ablation-looks-valid"} <= set(tables)
    assert "ablation-replicates-needed" not in tables
    assert "looks were planned at 3, 6 and 9 replicates" in tables["ablation"].caption
    study = Ablated(seeds=(0, 1), tuned={1e-3: 0.0, 1e-2: -0.5})
    report = write_report(study.write(tmp_path, "tuned").path, resamples=2)
    tables = {table.name: table for table in report_tables(report)}
    assert [row[-1].text for row in tables["ablation-tuning"].rows].count("chosen") == 4
    assert "optim.lr 0.001" in markdown(report)


@pytest.mark.parametrize("which", ["search", "ablation"])
def test_every_latex_table_can_be_set(which: str, large: tuple[Report, Path], ablation: Report) -> None:
    report = large[0] if which == "search" else ablation
    files = latex_files(report_tables(report), report.board.name)
    labels = []
    for text in files.values():
        made = Latex(text)
        assert made.environments == ["table", "tabular"]
        assert made.widths == [{len(made.specs[0])}]
        assert len(made.captions) == 1
        labels += made.labels
        assert all(ord(letter) < 128 for letter in text)
    assert len(set(labels)) == len(files) > 3


@pytest.mark.parametrize(
    "simulation",
    [
        Simulation(trials=0, tested=False, status="interrupted"),
        Simulation(trials=2, failed=(0, 1), tested=False),
        Simulation(trials=3, failed=(), default=False),
    ],
    ids=["none", "all failed", "no default"],
)
def test_it_holds_whatever_there_is(tmp_path: Path, simulation: Simulation) -> None:
    report = write_report(simulation.write(tmp_path).path, resamples=2)
    text = markdown(report)
    assert report.verdict.headline.split(":")[0] in text
    assert "## Leaderboard" in text or not report.board.rows
    assert all(len({len(line) for line in lines}) == 1 for lines in tables_in(text))


def test_text_of_the_run_cannot_break_the_document(tmp_path: Path) -> None:
    folder = Simulation(trials=1, failed=(), tested=False).write(tmp_path)
    space = folder.read_sweep().space
    folder.update_sweep(space={**space, "description": "# no heading\n\n<script>alert(1)</script> | *x*"})
    text = markdown(write_report(folder.path))
    assert "\n\\# no heading \\<script>alert(1)\\</script> \\| \\*x\\*\n" in text
