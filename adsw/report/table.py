"""A table as plain data, for every way of writing it: page, terminal, Markdown, LaTeX and CSV."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from adsw.metrics import digits_of
from adsw.report.format import gap_number, kept_digits, number, span

if TYPE_CHECKING:
    # Only for types: what prints a table must not load numpy, which `adsw doctor` may find broken.
    from adsw.stats.interval import Interval

Exact: TypeAlias = "Interval | float | int | str | None"
"""What a cell holds with full precision."""
NOTHING = "–"
"""The text of a cell that holds nothing."""
EVERYWHERE, PAGE, FILE = "everywhere", "page", "file"
"""Where a table is written: on the page, in print and as a file; on the page and as a file; as a file alone."""


@dataclass(frozen=True, slots=True)
class Strip:
    """An interval as a bar, in per cent of the bar's room."""

    left: float
    width: float
    dot: float
    default: float | None
    """Place of the default's value; None if it has none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table, written as people read it."""

    text: str
    span: str = ""
    """Its interval, as ``low to high``, or other small text beside it."""
    strong: bool = False
    """Whether it is emphasised: the best of its column, or shown to be better than chance."""
    side: str = ""
    """``better``, ``worse`` or ``open`` for a difference; nothing for anything else."""
    exact: Exact = None
    """The figure with full precision, for CSV; None if the text is exact."""
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
    """Whether printed tables, which are narrow, leave it out."""
    long: bool = False
    """Whether its texts are long and may be broken into lines."""
    field: str = ""
    """Its name in a CSV file, if that is not its head."""
    ends: str | None = None
    """Prefix of ``low95`` and ``high95`` in a CSV file; by default the column's name, if a cell has an interval."""
    only: str = ""
    """``file`` if only the CSV file has it, ``shown`` if the file leaves it out."""
    short: str = ""
    """A shorter head for narrow terminals, if it has one."""


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
    """Name of its CSV file, if that is not the table's; tables of one file are written one below the other. None if
    another table's file holds its figures."""
    every: tuple[tuple[Cell, ...], ...] = ()
    """The rows of its file, if it shows only some of them."""
    link: str = "CSV"
    """Text of the link to its file."""
    breaks: tuple[int, ...] = ()
    """The places of rows that begin a new group, set off by a line."""
    notes: tuple[str, ...] = ()
    """Notes below it: what was left out, and how its figures were counted."""

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
        """Return a table whose groups of rows are set off from each other; empty groups are left out."""
        kept = [rows for group in groups if (rows := tuple(group))]
        breaks = tuple(accumulate(map(len, kept)))[:-1]
        rows = tuple(chain.from_iterable(kept))
        return cls(name, title, caption, columns, rows, breaks=breaks, notes=notes)

    def row_groups(self) -> tuple[tuple[tuple[Cell, ...], ...], ...]:
        """Return the rows by group, all in one if nothing divides them."""
        ends = (0, *self.breaks, len(self.rows))
        return tuple(self.rows[start:end] for start, end in pairwise(ends))

    def __post_init__(self) -> None:
        """Check that every row has a cell per column."""
        uneven = [len(row) for row in (*self.rows, *self.every) if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"{self.name}: a row of {uneven[0]} cells under {len(self.columns)} heads")

    def shown(self) -> TableModel:
        """Return the table without columns that are only for its file."""
        return self._only(place for place, column in enumerate(self.columns) if column.only != "file")

    def printed(self) -> TableModel:
        """Return the table as text alone: without columns for its file, and with badges in brackets."""
        shown = self.shown()
        return replace(shown, rows=tuple(tuple(map(_badged, row)) for row in shown.rows))

    def narrow(self) -> TableModel:
        """Return the table without the columns of details."""
        return self._only(place for place, column in enumerate(self.columns) if not column.detail)

    def filled(self) -> TableModel:
        """Return the table without the columns that hold nothing in any row."""
        columns = enumerate(zip(*self.rows, strict=True))
        return self._only(place for place, cells in columns if any(cell.text != NOTHING for cell in cells))

    def _only(self, places: Iterable[int]) -> TableModel:
        """Return the table with these columns alone."""
        kept = tuple(places)
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return replace(self, columns=tuple(self.columns[place] for place in kept), rows=rows, every=())


def _badged(cell: Cell) -> Cell:
    """Return the cell with its badges as text, in brackets."""
    text = f"{cell.text} ({', '.join(cell.badges)})" if cell.badges else cell.text
    return replace(cell, text=text, badges=())


def exact_cell(value: Any) -> Cell:
    """Return a cell for a file: the exact value, an interval in three fields."""
    if value is None:
        return Cell(NOTHING)
    return Cell(str(value), exact=str(value) if isinstance(value, list | tuple | dict) else value)


def file_table(name: str, fields: Sequence[str], rows: Iterable[Sequence[Any]], link: str = "CSV") -> TableModel:
    """Return a table that is not shown but can be downloaded, with nothing rounded."""
    columns = tuple(Column(field) for field in fields)
    cells = tuple(tuple(map(exact_cell, row)) for row in rows)
    return TableModel(name, name, "", columns, cells, place=FILE, link=link)


def head_columns(*heads: str, left: int = 1, details: Collection[str] = ()) -> tuple[Column, ...]:
    """Return columns by their heads: the first `left` hold words, and those named are details."""
    return tuple(Column(head, place < left, head in details) for place, head in enumerate(heads))


def row(*fields: Cell | str) -> tuple[Cell, ...]:
    """Return a row of cells, plain texts among them.

    >>> row("a", Cell("b", strong=True)) == (Cell("a"), Cell("b", strong=True))
    True
    """
    return tuple(field if isinstance(field, Cell) else Cell(field) for field in fields)


def fact_table(name: str, facts: Iterable[tuple[str, Cell | str]], title: str = "") -> TableModel:
    """Return a table without heads: names, faint, with their values."""
    rows = tuple(row(Cell(label, tone="faint"), value) for label, value in facts)
    return TableModel(name, title, "", (Column("", left=True), Column("", left=True, long=True)), rows)


def words(*texts: object) -> tuple[Cell, ...]:
    """Return cells that hold nothing but text."""
    return tuple(Cell(str(text)) for text in texts)


def figure(metric: str, value: float | None, interval: Interval | None = None) -> Cell:
    """Return a metric's value with its interval, to the digits that this allows.

    >>> from adsw.stats.interval import Interval
    >>> figure("test/t2m/R@10", 0.5, Interval(0.5, 0.46, 0.54)).span
    '0.460 to 0.540'
    """
    if value is None:
        return Cell(NOTHING)
    digits = kept_digits(interval, digits_of(metric))
    return Cell(number(value, digits), span(interval, digits) if interval else "", exact=interval or value)


def change(metric: str, gap: Interval | None, side: str = "") -> Cell:
    """Return a difference with its sign and its interval."""
    if gap is None:
        return Cell(NOTHING)
    digits = kept_digits(gap, digits_of(metric))
    return Cell(gap_number(gap.value, digits), span(gap, digits, gap_number), side=side, exact=gap)


def interval_cell(span: Interval | None, written: Callable[[float], str], unit: str = "") -> Cell:
    """Return a figure with its interval, written alike; an empty cell if there is none.

    >>> from adsw.stats.interval import Interval
    >>> interval_cell(Interval(0.5, 0.4, 0.6), lambda share: f"{100 * share:.0f}", " %").span
    '40 to 60 %'
    """
    if span is None:
        return Cell(NOTHING)
    return Cell(f"{written(span.value)}{unit}", f"{written(span.low)} to {written(span.high)}{unit}", exact=span)


def with_best(cells: Iterable[Cell], mode: str) -> tuple[Cell, ...]:
    """Return the cells with the best figure marked.

    All that share the best are marked, and none if there is only one figure.

    >>> [cell.strong for cell in with_best([Cell("1", exact=1.0), Cell("2", exact=2.0), Cell("–")], "max")]
    [False, True, False]
    """
    kept = tuple(cells)
    values = [value for cell in kept if (value := _value(cell)) is not None]
    if len(values) < 2:
        return kept
    best = max(values) if mode == "max" else min(values)
    return tuple(replace(cell, strong=_value(cell) == best) for cell in kept)


def _value(cell: Cell) -> float | None:
    """Return the figure of a cell, or None if it holds text."""
    exact = cell.exact
    if exact is None or isinstance(exact, str):
        return None
    # Not by Interval: its module loads numpy.
    return float(exact) if isinstance(exact, int | float) else exact.value
