"""Rows as CSV text, and intervals as columns of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from adsw.stats.interval import Interval

ENDS = ("low95", "high95")


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table with its head; nothing is rounded, what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def three_of(span: Interval | None) -> tuple[float | None, ...]:
    """Value, low and high."""
    return (None, None, None) if span is None else (span.value, span.low, span.high)


def ends_of(span: Interval | None) -> tuple[float | None, ...]:
    """Low and high."""
    return three_of(span)[1:]
