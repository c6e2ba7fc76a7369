"""A document of sections as a page in one file, with every table as a CSV file to download."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from markupsafe import Markup

from adsw.report.page import asset, render
from adsw.report.section import Document, every_figure, every_table
from adsw.report.statement import LABELS
from adsw.report.table import TableModel
from adsw.report.table_csv import csv_files, tables_by_file


def render_document(document: Document, styles: Sequence[tuple[str, str]] = (), downloads: bool = True) -> str:
    """Return the whole page, made of `document.html` and `section.html`.

    Args:
        document: what it shows.
        styles: what the page has of its own, each a package and its file.
        downloads: whether every table can be had as a file.
    """
    tables = every_table(document.sections) if downloads else ()
    return render(
        asset("adsw.report", "document.html"),
        every_figure(document.sections),
        styles=[("adsw.report", "document.css"), *styles],
        sound=document.sound,
        document=document,
        labels=LABELS,
        links=_Links(tables, document.prefix or document.title),
    )


class _Links:
    """The files to download: each is linked once, below the last of its tables."""

    def __init__(self, tables: Sequence[TableModel], prefix: str) -> None:
        files = csv_files(tables)
        last = {name: found[-1] for name, found in tables_by_file(tables).items()}
        self._links = {
            id(table): (
                f"{prefix}-{name}.csv",
                Markup(f"data:text/csv;charset=utf-8;base64,{base64.b64encode(files[name].encode()).decode()}"),
            )
            for name, table in last.items()
            if name in files
        }

    def of(self, table: TableModel) -> tuple[str, Markup] | None:
        """Return the name and the address of a table's file, if it is linked here."""
        return self._links.get(id(table))
