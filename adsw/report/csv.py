"""Tables as CSV, with full precision: an interval takes two more columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from adsw.report.table import NOTHING, Cell, Column, TableModel
from adsw.stats.interval import Interval


def table_csv(table: TableModel) -> str:
    """Return the table with its details and all its rows; fields without a value are empty."""
    return _file([table])


def csv_files(tables: Iterable[TableModel]) -> dict[str, str]:
    """Return every file that has a row, by its name without the ending.

    Raises:
        ValueError: tables of one file have different columns.
    """
    return {name: _file(sharing) for name, sharing in tables_by_file(tables).items() if any(map(_rows, sharing))}


def tables_by_file(tables: Iterable[TableModel]) -> dict[str, list[TableModel]]:
    """Return the tables of each file."""
    sharing: dict[str, list[TableModel]] = {}
    for table in tables:
        if table.file is not None:
            sharing.setdefault(table.file or table.name, []).append(table)
    return sharing


def _rows(table: TableModel) -> tuple[tuple[Cell, ...], ...]:
    """Return all rows of a table's file."""
    return table.every or table.rows


def _file(tables: Sequence[TableModel]) -> str:
    """Return the CSV text of tables that share a file."""
    columns = [column for column in tables[0].columns if column.only != "shown"]
    fields = [column.field or column.head for column in columns]
    rows = []
    for table in tables:
        places = [place for place, column in enumerate(table.columns) if column.only != "shown"]
        if [table.columns[place].field or table.columns[place].head for place in places] != fields:
            raise ValueError(f"{table.name}: its columns are not those of {tables[0].name}, whose file it shares")
        rows += [[row[place] for place in places] for row in _rows(table)]
    # One interval in a column widens all its rows: a file has as many fields in each.
    wide = [
        column.ends is not None or any(isinstance(row[place].exact, Interval) for row in rows)
        for place, column in enumerate(columns)
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([name for column, ends in zip(columns, wide, strict=True) for name in _names(column, ends)])
    writer.writerows(
        [field for cell, ends in zip(row, wide, strict=True) for field in _fields(cell, ends)] for row in rows
    )
    return out.getvalue()


def _names(column: Column, wide: bool) -> list[str]:
    """Return the heads of a column, three if it holds intervals."""
    name = column.field or column.head
    before = name if column.ends is None else column.ends
    return [name, f"{before} low95".strip(), f"{before} high95".strip()] if wide else [name]


def _fields(cell: Cell, wide: bool) -> list[object]:
    """Return the fields of a cell, three in a column that holds intervals."""
    exact = cell.exact
    if isinstance(exact, Interval):
        return [exact.value, exact.low, exact.high]
    plain: object = exact if exact is not None else "" if cell.text == NOTHING else cell.text
    return [plain, "", ""] if wide else [plain]
