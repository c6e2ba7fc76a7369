"""Records of delimited text, each with the line at which it begins, and the rules of their columns and lengths."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Collection, Iterator, Sequence

from adsw.errors import Fault, Faults

# Python's limit, 131,072 characters, is less than a long list of captions has.
csv.field_size_limit(sys.maxsize)

MARK = "\ufeff"
"""What stands before a text to tell its encoding; within a text it is invisible."""


def csv_records(text: str, name: str, faults: Faults, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV, in which cells may be quoted and hold line breaks; blank lines are passed over.

    Args:
        text: what is in the file.
        name: of the file, for faults.
        faults: where quoting breaks is noted here.
        separator: what stands between cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    line = 1
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and (not cells[0] or cells[0].strip())):
                yield line, cells
            line = reader.line_num + 1  # a quoted cell may span lines, so that records are not lines
    except csv.Error as error:
        faults.add(f"{name} line {line}", f"cannot be read on from here: {error}", None, "Mend the quotes.")


def tsv_records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a TSV that are not blank, split at the tabs; quotes are letters."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, line.rstrip("\n").split("\t")


def length_fault(where: str, cells: Sequence[str], columns: int, open_ended: bool = False) -> Fault | None:
    """Return the fault of a record that has not one cell for each column, or None.

    Args:
        where: the record.
        cells: its cells.
        columns: of the header.
        open_ended: whether it may lack the last column's cell, or have many of them.
    """
    least = columns - open_ended
    if len(cells) < least or (len(cells) > columns and not open_ended):
        wanted = f"at least {least}" if open_ended else str(least)
        fix = (
            "Quote cells that hold commas." if len(cells) > columns else "" if open_ended else "Write empty cells too."
        )
        return Fault(where, f"has {len(cells)} cells, must have {wanted} as the header", cells[0], fix)
    return None


def plain_name(name: str) -> str:
    """Return a column's name without blanks around it."""
    return name.strip().strip(MARK).strip()


def name_faults(names: Sequence[str], where: str, known: Collection[str] = ()) -> Iterator[Fault]:
    """Yield a fault for every column that stands twice, or whose name has blanks around it or is in another case.

    Args:
        names: of the columns, in order; those without a name may repeat, as nothing is read from them.
        where: the file.
        known: names that are read; one that differs from them in case only would be passed over.
    """
    seen: dict[str, tuple[int, str]] = {}
    spelt = {name.casefold(): name for name in known}
    for place, name in enumerate(names, start=1):
        plain = plain_name(name)
        if not plain:
            continue
        column = f"{where}: column {name!r}"
        if plain != name:
            yield Fault(column, "has blanks around its name", None, f"Write {plain!r}.")
        key = spelt.get(plain.casefold(), plain)
        if key not in (plain, *names):
            yield Fault(column, "is written in another case than it is known by", None, f"Write {key!r}.")
        first, other = seen.setdefault(key, (place, name))
        if first != place:
            spelling = "" if other == name else f" ({other!r})"
            yield Fault(column, f"stands twice: columns {first}{spelling} and {place}", None, "Keep one.")
