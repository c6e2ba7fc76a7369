"""The leaderboard as a table: on the page, printed, as a file, and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from adsw.metrics import digits_of
from adsw.report.format import aim, kept_digits, metric_number, number, plural, short, short_names, signed
from adsw.report.section import Paragraph, Part, Section
from adsw.report.table import NOTHING, Cell, Column, Strip, TableModel, exact_cell, figure
from sweep.report.data import gap_cell
from sweep.report.front import Front
from sweep.report.leaderboard import Leaderboard, Row
from sweep.run.records import TrialState

ROWS_PRINTED = 20
"""Rows on a terminal."""
_FIXED_WIDTH = 62
"""Characters of a row before its parameters."""


def leaderboard_section(
    board: Leaderboard, front: Front | None, most: int, aside: bool, order: Sequence[str] = ()
) -> Section:
    """Return the section on the leaderboard.

    Args:
        board: all trials.
        front: of several objectives; None for one.
        most: rows shown, beside the default's; the file holds all.
        aside: whether some trials only tuned nuisances or were trained again, and so have no place.
        order: parameters, those that mattered most first; by default as the space has them.
    """
    if not board.rows:
        return Section("leaderboard", "Leaderboard", (Paragraph("No trial has ended with a value yet."),))
    dashed = (
        "the dashed line is the default. “To default” is the paired difference"
        if board.default
        else "the sweep held no default configuration"
    )
    intro = (
        f"{board.metric} at {board.judged_at}, on the validation queries. Completed trials are ranked; stopped "
        "ones saw fewer epochs, so they follow without a rank. The bar is the 95 % interval over tracks; "
        f"{dashed}."
    )
    intro += " Of several objectives this is the first; trials on the front are marked." if front else ""
    intro += " Trials that tuned nuisances or were trained again on fresh seeds have no place here." if aside else ""
    table = leaderboard_table(board, front, most, order)
    hidden = len(board.rows) - len(table.rows)
    more = (Paragraph(f"{hidden} more trials are in the CSV file.", "what"),) if hidden else ()
    return Section("leaderboard", "Leaderboard", (Part("", (table, *more)),), intro)


def leaderboard_table(
    board: Leaderboard, front: Front | None = None, most: int | None = None, order: Sequence[str] = ()
) -> TableModel:
    """Return the table of the first `most` trials and the default; its file holds all, with every metric."""
    names = short_names(board.parameters)
    parameters = in_order(board, order)
    others = [objective.metric for objective in front.objectives[1:]] if front else []
    metrics = [name for name in sorted({name for row in board.rows for name in row.metrics}) if name != board.metric]
    tested = sorted({name for row in board.rows if row.test for name in row.test.metrics})
    columns = (
        Column("rank"),
        Column("trial", left=True),
        *(Column(field, only="file") for field in ("arm", "state")),
        Column(board.metric, ends=""),
        Column("to default", ends="to default"),
        Column("epochs"),
        Column("seconds", only="file"),
        *(Column(name, only="shown") for name in others),
        *(Column(names[name], detail=True, field=name) for name in parameters),
        *(Column(name, only="file") for name in (*metrics, *tested)),
    )
    shown = _chosen(board, most)
    strips = _strips(board, shown)
    on_front = {trial.number for trial in front.front} if front else set()

    def cells(row: Row) -> tuple[Cell, ...]:
        badges = (*_badges(row), *(["front"] if row.number in on_front else []))
        held_out = row.test.metrics if row.test else {}
        objective = figure(board.metric, row.value, row.interval)
        return (
            Cell(NOTHING if row.rank is None else str(row.rank)),
            Cell(str(row.number), badges=badges, row=" ".join(badges)),
            *map(exact_cell, (row.arm, row.state)),
            replace(objective, strong=row.rank == 1, strip=strips.get(row.number)),
            gap_cell(row.to_default, board.metric, board.mode),
            Cell(str(row.epochs)),
            exact_cell(row.seconds),
            *(Cell(metric_number(name, row.metrics.get(name))) for name in others),
            *(replace(exact_cell(value), text=short(value, 3)) for value in map(row.params.get, parameters)),
            *(exact_cell(row.metrics.get(name)) for name in metrics),
            *(exact_cell(held_out.get(name)) for name in tested),
        )

    hidden, more = len(board.rows) - len(shown), "more trial"
    return TableModel(
        name="leaderboard",
        title="Trials",
        caption=(
            f"Leaderboard of {board.name}: {aim(board.metric, board.mode)}, on the validation queries, with 95 % "
            "intervals over tracks. To default: paired difference on the same queries. Stopped trials saw fewer epochs "
            f"and have no rank.{f' {plural(hidden, more)} not shown.' if hidden else ''}"
        ),
        columns=columns,
        rows=tuple(map(cells, shown)),
        every=tuple(map(cells, board.rows)) if hidden else (),
        link="all columns as CSV, full precision",
    )


def in_order(board: Leaderboard, order: Sequence[str]) -> list[str]:
    """Return the searched names, those that mattered most first as far as they are known."""
    known = [name for name in order if name in board.parameters]
    return [*known, *(name for name in board.parameters if name not in known)]


def _chosen(board: Leaderboard, most: int | None) -> list[Row]:
    """Return the first `most` rows, and the default's."""
    shown = list(board.rows[:most])
    default = board.default
    return [*shown, default] if default is not None and default not in shown else shown


def _badges(row: Row) -> Iterator[str]:
    if row.rank == 1:
        yield "best"
    if row.arm:
        yield row.arm
    if row.state == TrialState.STOPPED:
        yield "stopped"


def _strips(board: Leaderboard, rows: Sequence[Row]) -> dict[int, Strip]:
    """Return the interval of every trial as a bar on one scale, in per cent of the bar's width, by number."""
    spans = {row.number: row.interval for row in rows if row.interval is not None}
    low = min((span.low for span in spans.values()), default=0.0)
    high = max((span.high for span in spans.values()), default=1.0)
    if high <= low:
        return {}

    def place(value: float) -> float:
        return round(100.0 * min(1.0, max(0.0, (value - low) / (high - low))), 2)

    default = None if board.default is None or board.default.value is None else place(board.default.value)
    return {
        number: Strip(place(span.low), round(place(span.high) - place(span.low), 2), place(span.value), default)
        for number, span in spans.items()
    }


def terminal_leaderboard(
    board: Leaderboard, width: int = 120, most: int = ROWS_PRINTED, order: Sequence[str] = ()
) -> Table:
    """Return the leaderboard for a terminal.

    Args:
        board: all trials.
        width: of the terminal, in characters; parameters that do not fit are left out.
        most: rows shown, beside the default's.
        order: parameters, those that mattered most first.
    """
    names = short_names(board.parameters)
    shown: list[str] = []
    for name in in_order(board, order):
        cells = [short(row.params.get(name)) for row in board.rows]
        wide = max(len(part) for part in [*names[name].split("."), *cells]) + 2
        width -= wide
        if width >= _FIXED_WIDTH:
            shown.append(name)
    out = Table(
        title=f"{board.name}: {aim(board.metric, board.mode)}",
        caption=_below(board, most, len(board.parameters) - len(shown)),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    out.add_column("rank", justify="right", no_wrap=True)
    out.add_column("trial", justify="right", no_wrap=True)
    out.add_column("value", justify="right", no_wrap=True)
    out.add_column("95 % interval", no_wrap=True)
    out.add_column("to\ndefault", justify="right", no_wrap=True)
    out.add_column("epochs", justify="right", no_wrap=True)
    for name in shown:
        out.add_column(names[name].replace(".", "\n"), justify="right", no_wrap=True)
    for row in _chosen(board, most):
        style = "bold" if row.rank == 1 else "dim" if row.rank is None else ""
        out.add_row(*_cells(row, board, shown), style="cyan" if row.is_default else style)
    return out


def _cells(row: Row, board: Leaderboard, shown: Sequence[str]) -> list[Text | str]:
    inside = row.interval
    digits = kept_digits(inside, digits_of(board.metric))
    return [
        "-" if row.rank is None else str(row.rank),
        Text(f"{row.arm} " if row.arm else "").append(str(row.number)),
        number(row.value, digits),
        f"{number(inside.low, digits)} to {number(inside.high, digits)}" if inside else "–",
        signed(row.to_default.value, kept_digits(row.to_default, digits_of(board.metric))) if row.to_default else "–",
        f"{row.epochs}" + (" stopped" if row.state == TrialState.STOPPED else ""),
        *(short(row.params.get(name)) for name in shown),
    ]


def _below(board: Leaderboard, most: int, left_out: int) -> str:
    parts = []
    hidden = len(board.rows) - len(_chosen(board, most))
    stopped = sum(row.state == TrialState.STOPPED for row in board.rows)
    if hidden:
        parts.append(f"{hidden} more rows in leaderboard.json")
    if left_out:
        parts.append(f"{plural(left_out, 'parameter')} more in leaderboard.json")
    if stopped:
        parts.append(f"{stopped} stopped early: fewer epochs, not ranked")
    counts = {"failed": board.failed, "repeated another": board.duplicates, "unfinished": board.unfinished}
    parts += [f"{count} {what}" for what, count in counts.items() if count]
    return "; ".join(parts)
