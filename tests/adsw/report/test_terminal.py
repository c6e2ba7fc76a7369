"""A table in a terminal: styles, groups, notes, and what gives way where there is little room."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from adsw.report.table import Cell, Column, TableModel, fact_table, head_columns, row
from adsw.report.terminal import Spans, captioned_table, terminal_table


def printed(renderable: object, width: int = 80) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(renderable)
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.fixture
def table() -> TableModel:
    found = Cell("0.500", "0.400–0.600", strong=True, tone="good")
    return TableModel.grouped(
        "name",
        "A [b]title[/b]",
        "What it is.",
        (*head_columns("a kind of text", "minus popularity"), Column("with added terms, %", short="adding %")),
        [[row("the first of all", found, "1")], [], [row("second", Cell("-0.1", "", side="worse"), "2")]],
        ("Left out: none.", "Counted so."),
    )


def test_groups_are_set_off_and_notes_stand_below(table: TableModel) -> None:
    assert table.breaks == (1,)
    assert [len(group) for group in table.row_groups()] == [1, 1]
    assert printed(captioned_table(table)) == [
        "A [b]title[/b]",
        "",
        " a kind of text    minus popularity  adding %",
        " ────────────────────────────────────────────",
        " the first of all             0.500         1",
        "                        0.400–0.600",
        "",
        " second                        -0.1         2",
        "",
        "What it is.",
        "Left out: none.",
        "Counted so.",
    ]


@pytest.mark.parametrize(("spans", "line"), [("beside", "0.500 0.400–0.600"), ("left out", "0.500")])
def test_intervals_stand_where_they_are_asked_for(table: TableModel, spans: Spans, line: str) -> None:
    [found] = [one for one in printed(terminal_table(table, spans)) if "the first" in one]
    assert found.split("all")[1].strip().removesuffix("1").strip() == line
    assert not any(one.strip() == "0.400–0.600" for one in printed(terminal_table(table, spans)))


def test_heads_give_way_first_then_names_and_figures_last(table: TableModel) -> None:
    lines = printed(terminal_table(table), 41)
    assert " the first of all        0.500       1" in lines
    assert any("minus" in line and "popularity" not in line for line in lines)
    lines = printed(terminal_table(table), 32)
    assert [line.split()[0] for line in lines if line.startswith(" the ")] == ["the"]
    assert any("0.400–0.600" in line for line in lines)
    lines = printed(terminal_table(table), 16)
    assert max(map(len, lines)) <= 16


def test_states_and_sides_are_coloured(table: TableModel) -> None:
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(terminal_table(table))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[1;32m0.500" in text
    assert "\x1b[31m-0.1" in text


def test_facts_have_no_heads() -> None:
    assert printed(terminal_table(fact_table("facts", [("name", "[b]"), ("a", "value")]))) == [
        "name  [b]",
        "a     value",
    ]
