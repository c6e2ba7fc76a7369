"""Tables as plain data, and what is written of them: Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import doctest
import io
import re

import pytest

from adsw.report import latex
from adsw.report import markdown as markdown_table
from adsw.report import table as table_model
from adsw.report.csv import table_csv
from adsw.report.latex import latex_document, latex_files, latex_table
from adsw.report.markdown import table_lines
from adsw.report.table import Cell, Column, TableModel, change, figure, with_best, words
from adsw.stats.interval import Interval
from sweep.cli import options as bare_options

from .latex_text import Latex

NASTY = "a|b_c & 50% of #1 ~ {x} \\y $z$ ^ <b> *bold* `code`"
GAP = Interval(-0.02, -0.03, 0.01)


def table() -> TableModel:
    return TableModel(
        name="tiny",
        title="Title",
        caption=f"Caption of {NASTY}.",
        columns=(Column(NASTY, left=True), Column("mean"), Column("difference"), Column("more", detail=True)),
        rows=(
            (
                Cell("plain"),
                *with_best((figure("test/t2m/R@10", 0.5, Interval(0.5, 0.4, 0.6)),), "max"),
                *words("–", 1),
            ),
            (
                Cell(NASTY),
                Cell("0.6000", strong=True, exact=0.6),
                change("test/t2m/R@10", GAP, "open"),
                Cell("7.3e-05"),
            ),
        ),
    )


@pytest.mark.parametrize("module", [table_model, markdown_table, latex, bare_options])
def test_examples_in_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


def test_rows_must_fill_their_columns() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 heads"):
        TableModel("t", "t", "c", (Column("a"), Column("b")), (words("1"),))


def test_the_best_is_marked_by_its_value_and_never_alone() -> None:
    cells = [Cell("b", exact=Interval(2.0, 1, 3)), Cell("a", exact=1.0), Cell("–"), Cell("b too", exact=2.0)]
    assert [cell.strong for cell in with_best(cells, "max")] == [True, False, False, True]
    assert [cell.strong for cell in with_best(cells, "min")] == [False, True, False, False]
    assert [cell.strong for cell in with_best(cells[:1], "max")] == [False]


def test_empty_columns_and_details_can_be_left_out() -> None:
    columns = (Column("a"), Column("empty"), Column("detail", detail=True))
    made = TableModel("t", "t", "c", columns, (words(1, "–", "x"), words(2, "–", "–")))
    assert [column.head for column in made.filled().columns] == ["a", "detail"]
    assert [column.head for column in made.narrow().columns] == ["a", "empty"]
    assert made.narrow().rows[1] == words(2, "–")


def test_markdown_is_aligned_and_its_cells_hold() -> None:
    lines = table_lines(table())
    assert len({len(line) for line in lines}) == 1
    assert re.fullmatch(r"\| :-+ \| -+: \| -+: \| -+: \|", lines[1])
    for line in lines:
        assert len(re.findall(r"(?<!\\)\|", line)) == len(table().columns) + 1
    assert "0.50 (0.40 to 0.60)" in lines[2]
    assert re.search(r"\| +\*\*0\.6000\*\* \| -0\.020 \(-0\.030 to \+0\.010\) \|", lines[3])
    assert "\\<b> \\*bold\\* \\`code\\`" in lines[3]
    assert "of \\#1" in lines[3]
    assert "\\$z\\$" in lines[3]


def test_latex_is_balanced_and_every_row_has_its_columns() -> None:
    made = Latex(latex_table(table(), "my_run"))
    assert made.environments == ["table", "tabular"]
    assert made.labels == ["tab:my-run-tiny"]
    assert made.specs == ["lrr"]
    assert made.widths == [{3}]
    assert r"\textbackslash{}y" in made.text
    assert r"\mathbf{0.6000}" in made.text
    assert r"$0.50$ {\footnotesize $[0.40, 0.60]$}" in made.text
    assert r"$-0.020$ {\footnotesize $[-0.030, +0.010]$}" in made.text
    assert "toprule" in made.text
    assert "bottomrule" in made.text
    assert "10^{-5}" not in made.text  # a detail


def test_the_check_of_latex_finds_what_is_wrong() -> None:
    for wrong in (r"\textbf{a", "a}", r"\begin{table}\end{tabular}", "a $b"):
        with pytest.raises(AssertionError):
            Latex(wrong)
    uneven = r"\begin{tabular}{lr} a & b \\ c \\ \end{tabular}"
    assert Latex(uneven).widths == [{1, 2}]


def test_latex_comes_in_files_or_in_one_document() -> None:
    tables = [table(), TableModel("other", "t", "c", (Column("a"),), (words("1 to 2"),))]
    files = latex_files(tables, "run")
    assert set(files) == {"tiny", "other"}
    assert all(text.startswith("% Needs") for text in files.values())
    whole = Latex(latex_document(tables, "run"))
    assert whole.labels == ["tab:run-tiny", "tab:run-other"]
    assert "$[1, 2]$" in whole.text


def test_csv_has_full_precision_and_a_column_for_either_end() -> None:
    rows = list(csv.DictReader(io.StringIO(table_csv(table()))))
    assert [column for column in rows[0] if column.startswith("mean")] == ["mean", "mean low95", "mean high95"]
    assert (rows[0]["mean"], rows[0]["mean low95"]) == ("0.5", "0.4")
    assert (rows[1]["mean"], rows[1]["mean low95"]) == ("0.6", "")
    assert rows[0]["difference"] == ""
    assert rows[1]["difference high95"] == "0.01"
    assert rows[1][NASTY] == NASTY


def test_a_difference_of_nothing_has_no_sign() -> None:
    assert change("test/t2m/R@10", Interval(0.0, 0.0, 0.0)).text == "0.0000"
    assert change("test/t2m/MedR", GAP).span == "0.0 to 0.0"
    assert change("test/t2m/R@10", None).text == figure("test/t2m/R@10", None).text == "–"
