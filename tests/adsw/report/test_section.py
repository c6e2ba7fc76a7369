"""A document of sections, and what each writer makes of it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from markupsafe import Markup

from adsw.report.csv import csv_files, table_csv
from adsw.report.markdown import document_markdown
from adsw.report.page import render_document
from adsw.report.section import (
    Beside,
    Code,
    Document,
    Facts,
    Fold,
    Key,
    Notes,
    Own,
    Paragraph,
    Part,
    Plot,
    Section,
    Statements,
    Tile,
    Tiles,
    every_figure,
    every_table,
    printed_tables,
)
from adsw.report.statement import GOOD, OPEN, Statement
from adsw.report.table import FILE, PAGE, Cell, Column, Strip, TableModel, file_table, head_columns, row
from adsw.stats.interval import Interval

FIGURE = {"data": [], "layout": {"height": 120}}


def table(name: str, **fields: object) -> TableModel:
    columns = (
        Column("trial", left=True),
        Column("arm", only="file"),
        Column("to default", field="gap", ends="", only="file"),
        Column("score", field="valid/t2m/R@10", ends="of it"),
        Column("said", only="shown"),
    )
    rows = (
        (
            Cell("7", badges=("best", "front"), row="best"),
            Cell("one"),
            Cell("+0.1", exact=Interval(0.1, 0.05, 0.2)),
            Cell("0.5000", "0.4000 to 0.6000", exact=Interval(0.50001, 0.4, 0.6), strip=Strip(10, 20, 15, 12)),
            Cell("so", side="better"),
        ),
        (Cell("0", row="default"), Cell("–"), Cell("–"), Cell("0.25", strong=True, exact=0.25), Cell("–")),
    )
    return TableModel(name, f"Title of {name}", f"Caption of {name}.", columns, rows, **fields)  # type: ignore[arg-type]


@pytest.fixture
def document() -> Document:
    sections = (
        Section(
            "first",
            "First",
            (
                Notes(("a <b>note</b>", "another"), below=("", "small print")),
                Statements((Statement(GOOD, "found it"),)),
                table("shown"),
                Part(
                    "A part",
                    (table("bare", file=None), Plot("one", FIGURE, "One figure", "Its caption.")),
                    "Its words.",
                ),
                Beside((Plot("two", FIGURE, "Two"), Plot("none", None, "", "Nothing to draw.")), "grid"),
                Key((("hollow", "stopped", False), ("filled", "best", True))),
            ),
            intro="What it is about.",
            label="1st",
        ),
        Section(
            "second",
            "Second",
            (
                Paragraph("Only text.", "small"),
                Fold("More", (table("folded", place=PAGE), Code("a: 1"))),
                file_table("long", ("a", "b"), [(1, None), (0.25, [2])], "all rows"),
                table("later", file="folded", place=PAGE),
            ),
        ),
        Section("third", "Third", (Facts((("name", "value"),)), Tiles((Tile("label", "42", "below", "best"),)))),
    )
    head = Statement(OPEN, "The headline")
    return Document(
        "Some report", "run_1", (("status ", "done", " now"), ("made ", "today")), sections, "A lead.", (head, head)
    )


def test_the_page_shows_every_block(document: Document) -> None:
    page = render_document(document)
    for said in (
        "<title>run_1: some report</title>",
        "status <b>done</b> now",
        '<a href="#first">1st</a>',
        "a &lt;b&gt;note&lt;/b&gt;",
        'another<span class="small">small print</span>',
        "<h3>Title of shown</h3>",
        "Caption of shown.",
        "<h3>A part</h3>",
        "Nothing to draw.",
        '<span class="badge front">front</span>',
        '<tr class="best">',
        'data-value="0.50001">0.5000<span class="strip">',
        'data-figure="one" style="min-height:120px"',
        "<summary>More</summary>",
        "<pre>a: 1</pre>",
        "<dt>name</dt><dd>value</dd>",
        '<div class="tile best">',
        "box-shadow:inset 0 0 0 2px var(--stopped)",
    ):
        assert said in page
    assert "Title of bare" not in page
    assert page.count('data-figure="') == 2
    assert [part.partition('"')[0] for part in page.split('download="')[1:]] == [
        f"run_1-{name}.csv" for name in ("shown", "long", "folded")
    ]
    assert "<th" in page
    assert ">arm<" not in page


def test_the_page_shows_groups_notes_and_tones() -> None:
    groups = [[row("a", Cell("1", tone="faint"))], [row("b", Cell("2", side="better"))]]
    made = TableModel.grouped("made", "Made", "", head_columns("x", "y"), groups, ("A note.",))
    own = Own(Markup("<audio></audio>"))
    found = Document("Report", "of one", (), (Section("one", "One", (made, Fold("Open", (own,), open=True))),))
    page = render_document(found, downloads=False)
    for said in (
        'class=" faint"',
        'class=" better"',
        '<p class="small">A note.</p>',
        "open><summary>",
        "<audio></audio>",
    ):
        assert said in page
    assert page.count("<tbody>") == 2
    # Of one section there is nothing to choose, and of no figure nothing to draw.
    for absent in ("<nav", "download=", "Scripts are off", "media-src"):
        assert absent not in page
    assert "- A note." in document_markdown(found)


def test_a_page_may_play_sound_and_says_whether_it_is_whole() -> None:
    found = Document("Report", "of sound", (), (), sound=True)
    page = render_document(found)
    assert "media-src data: 'self' file: https: http:;" in page
    assert "One file, nothing loaded" in page
    assert "One file" not in render_document(replace(found, linked=True))


def test_markdown_holds_what_is_printed(document: Document) -> None:
    text = document_markdown(document)
    assert text.startswith("# run_1: some report\n\nA lead.\n\n**The headline**\n\nStatus done now; made today.\n\n")
    assert "## First\n\n- a \\<b>note\\</b>\n- another\n\n- **found**: found it\n\n### Title of shown\n" in text
    assert "| 7 (best, front) " in text
    assert "_Caption of bare._" in text
    assert "What it is about" not in text
    assert "## Second" not in text
    assert text.endswith("## Third\n\n- name: value\n")


def test_tables_and_figures_are_found_wherever_they_stand(document: Document) -> None:
    assert [one.name for one in every_table(document.sections)] == ["shown", "bare", "folded", "long", "later"]
    assert [one.name for one in printed_tables(document.sections)] == ["shown", "bare"]
    assert list(every_figure(document.sections)) == ["one", "two"]
    with pytest.raises(ValueError, match="two figures are called one"):
        every_figure((*document.sections, replace(document.sections[0], key="again")))


def test_files_hold_everything_by_its_own_name(document: Document) -> None:
    files = csv_files(every_table(document.sections))
    assert list(files) == ["shown", "folded", "long"]
    rows = list(csv.DictReader(io.StringIO(files["shown"])))
    assert list(rows[0]) == [
        *("trial", "arm", "gap", "low95", "high95"),
        *("valid/t2m/R@10", "of it low95", "of it high95"),
    ]
    assert list(rows[0].values()) == ["7", "one", "0.1", "0.05", "0.2", "0.50001", "0.4", "0.6"]
    assert list(rows[1].values()) == ["0", "", "", "", "", "0.25", "", ""]
    assert files["folded"].count("\n") == 5
    assert files["long"] == "a,b\n1,\n0.25,[2]\n"


def test_a_file_holds_all_rows_where_a_choice_is_shown() -> None:
    made = table("chosen")
    assert table_csv(replace(made, rows=made.rows[:1], every=made.rows)) == table_csv(made)
    assert csv_files([replace(made, rows=()), file_table("none", ("a",), [])]) == {}
    with pytest.raises(ValueError, match="a row of 1 cells under 5 heads"):
        replace(made, every=((Cell("1"),),))


def test_tables_of_one_file_have_the_same_columns() -> None:
    other = file_table("other", ("a",), [(1,)])
    with pytest.raises(ValueError, match="other: its columns are not those of mine"):
        csv_files([table("mine"), replace(other, file="mine", place=FILE)])
