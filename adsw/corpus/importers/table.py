"""Reading of the delimited files that public sets publish, in UTF-8 or UTF-16, with every fault at its line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adsw.errors import Faults

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a set's file is written."""

    kind: str
    """``csv``: commas, cells may be quoted and hold line breaks; ``tsv``: tabs, nothing is quoted."""
    columns: tuple[str, ...]
    """Columns that the header must hold, in any order, among others."""
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


def read_text(path: Path, faults: Faults) -> str | None:
    """Read a text in UTF-8 (with or without a mark) or marked UTF-16; note a fault and return None if it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.add(str(path), f"cannot be read: {error.strerror}", None, "Give the file that the set publishes.")
        return None
    # Spreadsheet programs save Unicode as UTF-16, or as UTF-8 with a mark.
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        rule = f"is no text in {encoding.upper()}: byte {error.start + 1} is wrong"
        faults.add(str(path), rule, None, "Give the file as it was published.")
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
        faults: rows with too few or too many cells, and where quoting breaks, are noted here and left out.
    """
    records = _quoted(text, path, faults) if form.kind == "csv" else _plain(text)
    _, names = next(records, (0, []))
    header = tuple(name.strip() for name in names)
    if not set(form.columns) <= set(header):
        faults.add(str(path), "has a header whose quotes are wrong", None, "Give the file as it was published.")
        return Table(path, ())
    rows = []
    for line, cells in records:
        where = f"{path.name} line {line}"
        least = len(header) - form.open_ended
        if len(cells) < least or (len(cells) > len(header) and not form.open_ended):
            wanted = f"at least {least}" if form.open_ended else str(least)
            rule = f"has {len(cells)} cells, must have {wanted} as the header"
            faults.add(where, rule, cells[0], "Quote cells that hold commas." if form.kind == "csv" else "")
            continue
        tail = tuple(cell.strip() for cell in cells[least:] if cell.strip()) if form.open_ended else ()
        rows.append(Row(where, dict(zip(header, cells, strict=False)), tail))
    if not rows and not faults.found:
        faults.add(str(path), "has a header and no rows", None, "Download it again.")
    return Table(path, tuple(rows))


def _quoted(text: str, path: Path, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV with the line at which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1  # a quoted cell may span lines, so that records are not lines
    except csv.Error as error:
        faults.add(f"{path.name} line {line}", f"cannot be read on from here: {error}", None, "Mend the quotes.")


def _plain(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the non-empty lines of a TSV, split at the tabs, with their numbers."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line.rstrip("\n").split("\t")
