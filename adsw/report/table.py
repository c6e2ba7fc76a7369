"""A table as plain data, for every way of writing it: page, terminal, Markdown, LaTeX and CSV."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from adsw.metrics import digits_of
from adsw.report.format import gap_number, metric_number, span

if TYPE_CHECKING:
    # Only for types: what prints a table must not load numpy, which `adsw doctor` may find broken.
    from adsw.stats.interval import Interval

Exact: TypeAlias = "Interval | float | int | str | None"
"""What a cell holds with full precision."""
NOTHING = "–"
"""The text of a cell that holds nothing."""
EVERYWHERE, PAGE, FILE = "everywhere", "page", "file"
"""Where a table stands: on the page, printed and as a file; on the page and as a file; as a file alone."""


@dataclass(frozen=True, slots=True)
class Strip:
    """An interval as a bar, in per cent of the bar's room."""

    left: float
    width: float
    dot: float
    default: float | None
    """Where the default's value stands."""


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
    badges: tuple[str, ...] = ()
    """Marks beside the text: ``best``, ``default``, ``stopped``, ``front``, an arm's name."""
    row: str = ""
    """How the page colours the cell's whole row: ``best``, ``default``, ``stopped``, or several."""
    shade: tuple[str, int] | None = None
    """A colour of the page and how much of it, in per cent, lies under the cell."""
    strip: Strip | None = None
    """The interval as a bar."""
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
    field: str = ""
    """Its name in a CSV file, where that is not its head."""
    ends: str | None = None
    """What stands before ``low95`` and ``high95`` in a CSV file: by default, where a cell has an interval, the name."""
    only: str = ""
    """``file`` where only the CSV file has it, ``shown`` where the file goes without it."""
    short: str = ""
    """The head where there is little room, if it has another."""


@dataclass(frozen=True, slots=True)
class TableModel:
    """A table with what is needed to understand it alone."""

    kind: ClassVar[str] = "table"
    name: str
    """Short and fit for a file: ``test-sources``."""
    title: str
    caption: str
    """What the figures are, over what, and what their intervals cover. Whole sentences."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    place: str = EVERYWHERE
    """`EVERYWHERE`, `PAGE` or `FILE`."""
    file: str | None = ""
    """Name of its CSV file, where that is not its own; tables of one file stand in it one below the other. None where
    another table's file holds its figures."""
    every: tuple[tuple[Cell, ...], ...] = ()
    """The rows of its file, where it shows a choice of them."""
    link: str = "CSV"
    """What the link to its file is called."""
    breaks: tuple[int, ...] = ()
    """The places of rows that begin a new group, set off by a line."""
    notes: tuple[str, ...] = ()
    """What stands below it: what was left out, and how its figures were counted."""

    @classmethod
    def grouped(
        cls,
        name: str,
        title: str,
        caption: str,
        columns: tuple[Column, ...],
        groups: Iterable[Iterable[tuple[Cell, ...]]],
        notes: tuple[str, ...] = (),
    ) -> TableModel:
        """Set off groups of rows from each other; a group without rows is left out."""
        kept = [rows for group in groups if (rows := tuple(group))]
        breaks = tuple(accumulate(map(len, kept)))[:-1]
        rows = tuple(chain.from_iterable(kept))
        return cls(name, title, caption, columns, rows, breaks=breaks, notes=notes)

    def row_groups(self) -> tuple[tuple[tuple[Cell, ...], ...], ...]:
        """Return the rows by group, all in one where nothing divides them."""
        ends = (0, *self.breaks, len(self.rows))
        return tuple(self.rows[start:end] for start, end in pairwise(ends))

    def __post_init__(self) -> None:
        uneven = [len(row) for row in (*self.rows, *self.every) if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"{self.name}: a row of {uneven[0]} cells under {len(self.columns)} heads")

    def shown(self) -> TableModel:
        """Return the table without what only its file holds."""
        return self._only(place for place, column in enumerate(self.columns) if column.only != "file")

    def printed(self) -> TableModel:
        """Return the table as text alone: without what only its file holds, and with badges in brackets."""
        found = self.shown()
        return replace(found, rows=tuple(tuple(map(_badged, row)) for row in found.rows))

    def narrow(self) -> TableModel:
        """Return the table without its details."""
        return self._only(place for place, column in enumerate(self.columns) if not column.detail)

    def filled(self) -> TableModel:
        """Return the table without the columns that are empty in every row."""
        columns = enumerate(zip(*self.rows, strict=True))
        return self._only(place for place, cells in columns if any(cell.text != NOTHING for cell in cells))

    def _only(self, places: Iterable[int]) -> TableModel:
        kept = tuple(places)
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[place] for place in kept), rows=rows, every=())


def _badged(cell: Cell) -> Cell:
    text = f"{cell.text} ({', '.join(cell.badges)})" if cell.badges else cell.text
    return replace(cell, text=text, badges=())


def exact_cell(value: Any) -> Cell:
    """Return a cell for a file: the value as it is, an interval in three fields."""
    if value is None:
        return Cell(NOTHING)
    return Cell(str(value), exact=str(value) if isinstance(value, list | tuple | dict) else value)


def file_table(name: str, fields: Sequence[str], rows: Iterable[Sequence[Any]], link: str = "CSV") -> TableModel:
    """Return a table that is not shown but can be had as a file, with nothing rounded."""
    columns = tuple(Column(field) for field in fields)
    cells = tuple(tuple(map(exact_cell, row)) for row in rows)
    return TableModel(name, name, "", columns, cells, place=FILE, link=link)


def head_columns(*heads: str, left: int = 1, details: Collection[str] = ()) -> tuple[Column, ...]:
    """Columns by their heads: the first so many hold words, and those named are details."""
    return tuple(Column(head, place < left, head in details) for place, head in enumerate(heads))


def row(*fields: Cell | str) -> tuple[Cell, ...]:
    """Return a row of cells, plain texts among them.

    >>> row("a", Cell("b", strong=True)) == (Cell("a"), Cell("b", strong=True))
    True
    """
    return tuple(field if isinstance(field, Cell) else Cell(field) for field in fields)


def fact_table(name: str, facts: Iterable[tuple[str, Cell | str]], title: str = "") -> TableModel:
    """Return a table without heads: names, faint, and what is to be said of each."""
    rows = tuple(row(Cell(label, tone="faint"), said) for label, said in facts)
    return TableModel(name, title, "", (Column("", left=True), Column("", left=True, long=True)), rows)


def words(*texts: object) -> tuple[Cell, ...]:
    """Cells that hold nothing but text."""
    return tuple(Cell(str(text)) for text in texts)


def figure(metric: str, value: float | None, interval: Interval | None = None) -> Cell:
    """Return the cell of a metric's value with its interval.

    >>> from adsw.stats.interval import Interval
    >>> figure("test/t2m/R@10", 0.5, Interval(0.5, 0.4, 0.6)).span
    '0.4000 to 0.6000'
    """
    if value is None:
        return Cell(NOTHING)
    ends = span(interval, digits_of(metric)) if interval else ""
    return Cell(metric_number(metric, value), ends, exact=interval or value)


def change(metric: str, gap: Interval | None, side: str = "") -> Cell:
    """Return the cell of a difference with its interval, with its sign."""
    if gap is None:
        return Cell(NOTHING)
    digits = digits_of(metric)
    return Cell(gap_number(gap.value, digits), span(gap, digits, gap_number), side=side, exact=gap)


def interval_cell(span: Interval | None, written: Callable[[float], str], unit: str = "") -> Cell:
    """Return a figure with its interval, all written alike; nothing where there is none.

    >>> from adsw.stats.interval import Interval
    >>> interval_cell(Interval(0.5, 0.4, 0.6), lambda share: f"{100 * share:.0f}", " %").span
    '40 to 60 %'
    """
    if span is None:
        return Cell(NOTHING)
    return Cell(f"{written(span.value)}{unit}", f"{written(span.low)} to {written(span.high)}{unit}", exact=span)


def with_best(cells: Iterable[Cell], mode: str) -> tuple[Cell, ...]:
    """Return the same cells, the best figure marked in all that share it; none is marked if there is only one.

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
