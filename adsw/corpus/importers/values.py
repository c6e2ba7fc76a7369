"""Reading of cells that public sets' files have and manifests do not."""

from __future__ import annotations

from adsw.corpus import cells
from adsw.corpus.importers.table import Row
from adsw.errors import Faults

_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


def required(row: Row, column: str, faults: Faults) -> str:
    """Return a cell's text; note a fault and return an empty string if there is none."""
    value = cells.text(row.cells[column], f"{row.where} {column}", faults)
    if not value:
        faults.add(f"{row.where} {column}", "is required and must not be empty")
    return value or ""


def truth(row: Row, column: str, faults: Faults) -> bool:
    """Return whether a cell says yes; an empty cell says no."""
    value = row.cells[column].strip().lower()
    if value not in (*_TRUE, *_FALSE):
        faults.add(f"{row.where} {column}", "must be True or False", row.cells[column])
    return value in _TRUE


def interval(row: Row, first: str, last: str, faults: Faults) -> tuple[float, float]:
    """Return where a clip begins and ends, in seconds; note a fault and return (0, 0) if a time is missing."""
    begin = cells.seconds(required(row, first, faults) or None, f"{row.where} {first}", faults, positive=False)
    end = cells.seconds(required(row, last, faults) or None, f"{row.where} {last}", faults, positive=True)
    if begin is None or end is None:
        return 0.0, 0.0
    if end <= begin:
        faults.add(f"{row.where} {last}", f"must be after {first}, which is {begin:g}", end)
    return begin, end


def plain(number: float) -> str:
    """Return a number as file names write it.

    >>> plain(30.0), plain(2.5)
    ('30', '2.5')
    """
    return f"{number:.10g}"
