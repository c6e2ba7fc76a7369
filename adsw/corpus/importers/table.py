"""Reading of the delimited files that public sets publish, in UTF-8 or UTF-16, with every fault at its line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adsw.corpus.delimited import csv_records, length_fault, name_faults, tsv_records
from adsw.errors import Faults
from adsw.text_file import NoTextError, read_text

_DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a set's file is written."""

    kind: str
    """``csv``: commas, cells may be quoted and hold line breaks; ``tsv``: tabs, nothing is quoted."""
    columns: tuple[str, ...]
    """Columns that the header must hold, in any order, among others."""
    optional: tuple[str, ...] = ()
    """Columns that are read if they are there."""
    open_ended: bool = False
    """Whether the last column's values continue in further cells of the row."""

    def header(self, line: str) -> tuple[str, ...]:
        """Return the column names in a file's first line."""
        return tuple(name.strip() for name in next(csv.reader([line], delimiter=_DELIMITERS[self.kind]), []))

    def missing(self, line: str) -> list[str]:
        """Return the required columns that a first line lacks."""
        names = self.header(line)
        return [column for column in self.columns if column not in names]


@dataclass(frozen=True, slots=True)
class Row:
    """A row under its header."""

    where: str
    """File and line at which the row begins, for faults."""
    cells: Mapping[str, str]
    """Column -> cell."""
    tail: tuple[str, ...] = ()
    """The cells of an open-ended row from its last column on, none of them empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows."""

    path: Path
    rows: tuple[Row, ...]


def file_text(path: Path, faults: Faults) -> str | None:
    """Read a text file; note a fault and return None if it is none, or empty."""
    try:
        text = read_text(path, utf_16=True)
    except OSError as error:
        faults.add(str(path), f"cannot be read: {error.strerror}", None, "Give the file that the set publishes.")
        return None
    except NoTextError as error:
        faults.add(str(path), str(error), None, "Give the file as it was published.")
        return None
    if not text.strip():
        faults.add(str(path), "is empty", None, "Download it again.")
        return None
    return text


def read_table(path: Path, text: str, form: Form, faults: Faults) -> Table:
    """Return the rows under a header that holds the form's columns; blank lines are skipped.

    Args:
        path: the file, for faults.
        text: what is in it.
        form: how it is written.
        faults: columns that stand twice, rows with too few or too many cells, and where quoting breaks, are noted here,
            and such rows left out.
    """
    records = csv_records(text, path.name, faults) if form.kind == "csv" else tsv_records(text)
    line, names = next(records, (0, []))
    header = tuple(name.strip() for name in names)
    if not set(form.columns) <= set(header):
        faults.add(str(path), "has a header whose quotes are wrong", None, "Give the file as it was published.")
        return Table(path, ())
    faults.extend(name_faults(names, f"{path.name} line {line}", (*form.columns, *form.optional)))
    if form.open_ended and header[-1] != form.columns[-1]:
        rule = f"must have {form.columns[-1]} as its last column, as its values go on in further cells"
        faults.add(f"{path.name} line {line}", rule, header[-1], "Give the file as it was published.")
        return Table(path, ())
    rows = []
    for line, cells in records:
        where = f"{path.name} line {line}"
        if fault := length_fault(where, cells, len(header), form.open_ended):
            faults.extend([fault])
            continue
        tail = tuple(cell.strip() for cell in cells[len(header) - 1 :] if cell.strip()) if form.open_ended else ()
        rows.append(Row(where, dict(zip(header, cells, strict=False)), tail))
    if not rows and not faults.found:
        faults.add(str(path), "has a header and no rows", None, "Download it again.")
    return Table(path, tuple(rows))
