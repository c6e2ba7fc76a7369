"""`sweep report` from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ..report.simulated import Simulation

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small run and one that holds nothing yet."""
    folder = tmp_path_factory.mktemp("runs")
    Simulation(trials=4, failed=(3,)).write(folder, "small")
    Simulation(trials=0, tested=False, status="interrupted").write(folder, "empty")
    return folder


@pytest.fixture
def columns() -> int:
    return 120


def test_it_prints_the_answer_and_the_place_on_one_screen(sweep: Run, runs: Path) -> None:
    status, out, _ = sweep("report", "small", "--runs", runs)
    assert status == 0
    page = runs / "small/report.html"
    assert f"Report: {page}" in out
    assert page.is_file()
    assert (runs / "small/leaderboard.json").is_file()
    assert "beats the default" in out.splitlines()[0]
    assert "How sure: " in out
    assert "\nNext:\n" in out
    assert sum(-(-max(1, len(line)) // 120) for line in out.splitlines()) < 24


def test_json_is_one_document(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, out, _ = sweep("report", "small", "--runs", runs, "--out", tmp_path / "page.html", "--json")
    document = json.loads(out)
    assert status == 0
    assert document["report"] == str(tmp_path / "page.html")
    assert document["verdict"]["headline"]
    assert document["answer"]["sentence"]
    assert len(document["rows"]) == 3
    saved = json.loads((runs / "small/leaderboard.json").read_text())
    assert {name: document[name] for name in saved} == saved


def test_every_table_goes_to_a_folder(sweep: Run, runs: Path, tmp_path: Path) -> None:
    place = tmp_path / "tables"
    status, _, _ = sweep("report", "small", "--runs", runs, "--csv", place)
    assert status == 0
    measured = {"leaderboard", "test-results", "curves", "validation-minus-test"}
    told = {"parameters", "schedules", "cost", "failures"}
    assert {path.name for path in place.iterdir()} == {f"{name}.csv" for name in measured | told}
    assert (runs / "small/statistics.json").is_file()


def test_an_empty_run_has_a_report_too(sweep: Run, runs: Path) -> None:
    status, out, _ = sweep("report", "empty", "--runs", runs)
    assert status == 0
    assert "No trial has ended" in out


def test_wrong_input_ends_with_status_2(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, _, err = sweep("report", "smal", "--runs", runs)
    assert status == 2
    assert "Did you mean 'small'?" in err
    for place in (tmp_path, tmp_path / "absent" / "page.html"):
        status, _, err = sweep("report", "small", "--runs", runs, "--out", place)
        assert status == 2
        assert "--out" in err
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "absent" / "tables"):
        status, _, err = sweep("report", "small", "--runs", runs, "--out", tmp_path, "--csv", place)
        assert status == 2
        assert "--out" in err
        assert "--csv" in err


def test_markdown_goes_to_standard_output_alone_or_to_a_file(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, out, _ = sweep("report", "small", "--runs", runs, "--markdown")
    assert status == 0
    assert out.startswith("# small: sweep report\n")
    assert "Report: " not in out
    assert sweep("report", "small", "--markdown", "-", "--runs", runs)[1].splitlines()[3:9] == out.splitlines()[3:9]
    status, printed, _ = sweep("report", "small", "--runs", runs, "--markdown", tmp_path / "report.md")
    assert status == 0
    assert "Report: " in printed
    assert (tmp_path / "report.md").read_text().startswith("# small: sweep report\n")


def test_latex_goes_to_a_folder_or_to_one_file(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, _, _ = sweep("report", "small", "--runs", runs, "--latex", tmp_path / "tables")
    assert status == 0
    files = sorted(path.name for path in (tmp_path / "tables").iterdir())
    assert files == ["importances.tex", "leaderboard.tex", "test-metrics.tex", "test-sources.tex"]
    assert sweep("report", "small", "--runs", runs, "--latex", tmp_path / "all.tex")[0] == 0
    assert (tmp_path / "all.tex").read_text().count("\\label{tab:small-") == 4


def test_several_names_are_compared(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, out, _ = sweep("report", "small", "empty", "--runs", runs, "--csv", tmp_path / "csv")
    assert status == 0
    assert f"Report: {runs / 'comparison.html'}" in out
    assert "Best and default of each" in out
    assert "trials completed" in out
    assert (tmp_path / "csv" / "standings.csv").is_file()
    assert "<title>small and empty: sweeps compared</title>" in (runs / "comparison.html").read_text()
    assert not (runs / "empty" / "comparison.html").exists()


def test_a_comparison_is_json_and_markdown_too(sweep: Run, runs: Path, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    status, out, _ = sweep("report", "small", "empty", "--runs", runs, "--out", place, "--json")
    assert status == 0
    document = json.loads(out)
    assert [one["name"] for one in document["sweeps"]] == ["small", "empty"]
    assert document["report"] == str(place)
    assert place.is_file()
    status, out, _ = sweep("report", "small", "empty", "--runs", runs, "--out", place, "--markdown")
    assert out.startswith("# small and empty: sweeps compared\n")


def test_what_cannot_be_compared_or_written_ends_with_status_2(sweep: Run, runs: Path, tmp_path: Path) -> None:
    status, _, err = sweep("report", "small", "small", "--runs", runs)
    assert status == 2
    assert "is given twice" in err
    nowhere = tmp_path / "absent" / "x"
    status, _, err = sweep("report", "small", "smal", "--runs", runs, "--latex", nowhere, "--markdown", nowhere)
    assert status == 2
    for told in ("Did you mean 'small'?", "--latex: must be a folder", "--markdown: must be a file"):
        assert told in err
    status, _, err = sweep("report", "small", "--runs", runs, "--latex", tmp_path / "absent" / "x.tex")
    assert (status, "--latex: must be a file" in err) == (2, True)
    status, out, err = sweep("report", "small", "--runs", runs, "--markdown", "--json")
    assert (status, out) == (2, "")
    assert "shares standard output with --json" in err
