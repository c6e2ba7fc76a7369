from __future__ import annotations

import pytest
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adsw.evaluate.page.table_rows import Cell, page_table


def test_a_table_is_taken_apart() -> None:
    table = Table(title=Text("What", style="bold"), caption="Why [b]so[/b]")
    table.add_column("name")
    table.add_column("cali-\nbrated", justify="right")
    table.add_row("a", Text.assemble(("0.5", "bold"), "\n", ("0.4–0.6", "dim")))
    table.add_section()
    table.add_row("[dim]b[/dim]", Text.assemble(("0.1", "dim"), "\n", ("0.0–0.2", "dim")))
    table.add_section()
    found = page_table(table)
    assert (found.title, found.caption) == ("What", "Why so")
    assert found.heads == ("name", "calibrated")
    assert found.left == (True, False)
    assert found.rows == (
        (Cell(("a",)), Cell(("0.5", "0.4–0.6"), "strong")),
        None,
        (Cell(("b",), "faint"), Cell(("0.1", "0.0–0.2"), "faint")),
    )


def test_only_texts_go_on_a_page() -> None:
    table = Table("name")
    table.add_row(Panel("boxed"))
    with pytest.raises(TypeError, match="not Panel"):
        page_table(table)
