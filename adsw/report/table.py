"""A table as plain data, for every way of writing it: page, terminal, Markdown, LaTeX and CSV."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, TypeAlias

from adsw.report.format import gap_number, is_rank, metric_number, number

if TYPE_CHECKING:
    # Only for types: what prints a table must not load numpy, which `adsw doctor` may find broken.
    from adsw.stats.bootstrap import Interval

Exact: TypeAlias = "Interval | float | int | str | None"
"""What a cell holds with full precision."""
NOTHING = "–"
"""The text of a cell that holds nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table, written as people read it."""

    text: str
    span: str = ""
    """Its interval, as ``low to high``, or what else stands small beside it."""
    strong: bool = False
    """Whether it stands out: the best of those it stands beside, or shown to be better than chance."""
    side: str = ""
    """``better``, ``worse`` or ``open`` for a difference; nothing for anything else."""
    exact: Exact = None
    """The figure itself, for CSV; None where the text says it all."""
    tone: str = ""
    """``good``, ``warn`` or ``bad`` for a state, ``faint`` for what is not shown; nothing for anything else."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    head: str
    left: bool = False
    """Whether it holds words and not figures."""
    detail: bool = False
    """Whether a printed table, which is narrow, goes without it."""
    long: bool = False
    """Whether its texts are long, and break into lines where they can."""
    short: str = ""
    """The head where there is little room, if it has another."""


@dataclass(frozen=True, slots=True)
class TableModel:
    """A table with what is needed to understand it alone."""

    name: str
    """Short and fit for a file: ``test-sources``."""
    section: str
    """The part of the report it belongs to."""
    title: str
    caption: str
    """What the figures are, over what, and what their intervals cover. Whole sentences."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    breaks: tuple[int, ...] = ()
    """The places of rows that begin a new group, set off by a line."""

    @classmethod
    def grouped(
        cls,
        name: str,
        section: str,
        title: str,
        caption: str,
        columns: tuple[Column, ...],
        groups: Iterable[Iterable[tuple[Cell, ...]]],
    ) -> TableModel:
        """Set off groups of rows from each other; a group without rows is left out."""
        kept = [rows for group in groups if (rows := tuple(group))]
        breaks = tuple(accumulate(map(len, kept)))[:-1]
        return cls(name, section, title, caption, columns, tuple(chain.from_iterable(kept)), breaks)

    def row_groups(self) -> tuple[tuple[tuple[Cell, ...], ...], ...]:
        """Return the rows by group, all in one where nothing divides them."""
        ends = (0, *self.breaks, len(self.rows))
        return tuple(self.rows[start:end] for start, end in pairwise(ends))

    def __post_init__(self) -> None:
        uneven = [len(row) for row in self.rows if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"{self.name}: a row of {uneven[0]} cells under {len(self.columns)} heads")

    def narrow(self) -> TableModel:
        """The table without its details."""
        return self._only(place for place, column in enumerate(self.columns) if not column.detail)

    def filled(self) -> TableModel:
        """The table without the columns that hold nothing in any row."""
        columns = enumerate(zip(*self.rows, strict=True))
        return self._only(place for place, cells in columns if any(cell.text != NOTHING for cell in cells))

    def _only(self, places: Iterable[int]) -> TableModel:
        kept = tuple(places)
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[place] for place in kept), rows=rows)


def head_columns(*heads: str, left: int = 1, details: Collection[str] = ()) -> tuple[Column, ...]:
    """Columns by their heads: the first so many hold words, and those named are details."""
    return tuple(Column(head, place < left, head in details) for place, head in enumerate(heads))


def row(*fields: Cell | str) -> tuple[Cell, ...]:
    """Return a row of cells, plain texts among them.

    >>> row("a", Cell("b", strong=True)) == (Cell("a"), Cell("b", strong=True))
    True
    """
    return tuple(field if isinstance(field, Cell) else Cell(field) for field in fields)


def fact_table(name: str, section: str, facts: Iterable[tuple[str, Cell | str]], title: str = "") -> TableModel:
    """Return a table without heads: names, faint, and what is to be said of each."""
    rows = tuple(row(Cell(label, tone="faint"), said) for label, said in facts)
    return TableModel(name, section, title, "", (Column("", left=True), Column("", left=True, long=True)), rows)


def words(*texts: object) -> tuple[Cell, ...]:
    """Cells that hold nothing but text."""
    return tuple(Cell(str(text)) for text in texts)


def figure(metric: str, value: float | None, interval: Interval | None = None) -> Cell:
    """A metric's value with its interval.

    >>> from adsw.stats.bootstrap import Interval
    >>> figure("test/t2m/R@10", 0.5, Interval(0.5, 0.4, 0.6)).span
    '0.4000 to 0.6000'
    """
    if value is None:
        return Cell(NOTHING)
    digits = 1 if is_rank(metric) else 4
    span = f"{number(interval.low, digits)} to {number(interval.high, digits)}" if interval else ""
    return Cell(metric_number(metric, value), span, exact=interval or value)


def change(metric: str, gap: Interval | None, side: str = "") -> Cell:
    """A difference with its interval, with its sign."""
    if gap is None:
        return Cell(NOTHING)
    digits = 1 if is_rank(metric) else 4
    span = f"{gap_number(gap.low, digits)} to {gap_number(gap.high, digits)}"
    return Cell(gap_number(gap.value, digits), span, side=side, exact=gap)


def with_best(cells: Iterable[Cell], mode: str) -> tuple[Cell, ...]:
    """The same cells, the best figure among them marked; all that share it, and none where there is but one.

    >>> [cell.strong for cell in with_best([Cell("1", exact=1.0), Cell("2", exact=2.0), Cell("–")], "max")]
    [False, True, False]
    """
    found = tuple(cells)
    values = [value for cell in found if (value := _value(cell)) is not None]
    if len(values) < 2:
        return found
    best = max(values) if mode == "max" else min(values)
    return tuple(replace(cell, strong=_value(cell) == best) for cell in found)


def _value(cell: Cell) -> float | None:
    exact = cell.exact
    if exact is None or isinstance(exact, str):
        return None
    return float(exact) if isinstance(exact, int | float) else exact.value
