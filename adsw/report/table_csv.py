"""A table as CSV, with full precision: an interval takes two columns of its own."""

from __future__ import annotations

import csv
import io

from adsw.report.table import NOTHING, Cell, TableModel
from adsw.stats.interval import Interval


def table_csv(table: TableModel) -> str:
    """The table with its details; empty fields where there is nothing."""
    spans = [any(isinstance(row[place].exact, Interval) for row in table.rows) for place in range(len(table.columns))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [column.head for column in table.columns]
    writer.writerow(
        [name for head, wide in zip(heads, spans, strict=True) for name in (_named(head) if wide else [head])]
    )
    for row in table.rows:
        writer.writerow([field for cell, wide in zip(row, spans, strict=True) for field in _fields(cell, wide)])
    return out.getvalue()


def _named(head: str) -> list[str]:
    return [head, f"{head} low95", f"{head} high95"]


def _fields(cell: Cell, wide: bool) -> list[object]:
    exact = cell.exact
    if isinstance(exact, Interval):
        return [exact.value, exact.low, exact.high]
    plain: object = exact if exact is not None else "" if cell.text == NOTHING else cell.text
    return [plain, "", ""] if wide else [plain]
