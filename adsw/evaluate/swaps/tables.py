"""A swap report for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table

from adsw.evaluate.part_cells import difference_cell, figure_cell, new_table, number
from adsw.evaluate.swaps.outcome import SwapFigure

if TYPE_CHECKING:
    from adsw.evaluate.swap_accuracy import HeldOutFigure, HeldOutReport, SwapReport


def tables(report: SwapReport) -> list[Table]:
    """All of a report's tables; remarks and conventions stand under the last one."""
    notes = (*report.remarks, *report.conventions)
    if report.held_out is None:
        return [_stored(report, notes)]
    return [_stored(report, ()), _held_out(report.held_out, notes)]


def _stored(report: SwapReport, notes: tuple[str, ...]) -> Table:
    swapped, without = report.texts
    title = f"Swap accuracy, split {report.split}: {swapped} texts with a swap, {without} without"
    headings = ("pairs", "tracks", "value", "un-\ntrained", "blind", "gain")
    table = new_table(title, "swaps", headings, notes)
    table.add_row("all", *_cells(report.overall))
    table.add_section()
    for form, parts in (("{}", report.categories), ("in {}", report.sources), ("terms: {}", report.terms)):
        for name, figure in parts.items():
            table.add_row(form.format(name), *_cells(figure))
        table.add_section()
    return table


def _held_out(held: HeldOutReport, notes: tuple[str, ...]) -> Table:
    title = f"Swap accuracy with held-out terms: {sum(held.unseen_terms.values())} unseen, {len(held.used)} put in"
    headings = ("places", "held out", "seen", "difference", "blind:\nheld out,\nseen")
    table = new_table(title, "terms of", headings, notes)
    table.add_row("all", *_held_out_cells(held.overall))
    table.add_section()
    for category, figure in held.categories.items():
        table.add_row(category, *_held_out_cells(figure))
    return table


def _cells(figure: SwapFigure) -> list[RenderableType]:
    counts = [str(figure.pairs), str(figure.tracks)]
    others = [number(figure.figure.untrained), number(figure.blind)]
    return [*counts, figure_cell(figure.figure), *others, difference_cell(figure.gain)]


def _held_out_cells(figure: HeldOutFigure) -> list[RenderableType]:
    both = (figure.unseen, figure.seen)
    blind = "\n".join(number(part.blind) for part in both)
    cells = [figure_cell(part.figure) for part in both]
    return [str(figure.unseen.pairs), *cells, difference_cell(figure.difference), blind]
