"""`adsw doctor`: what is well on this machine, what is not, and what to do about it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from adsw.cli.run import Status, emit_json
from adsw.console import console
from adsw.doctor.examine import examine
from adsw.report.table import NOTHING, Cell, Column, TableModel, row
from adsw.report.terminal import terminal_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adsw.doctor.line import Line

_MARKS = {
    "ok": Cell("ok", tone="good"),
    "absent": Cell(NOTHING, tone="faint"),
    "warn": Cell("warn", tone="warn"),
    "fail": Cell("fail", tone="bad", strong=True),
}


def doctor(
    store: Annotated[Path | None, typer.Option("--store", help="Look at this store too.")] = None,
    ray: Annotated[bool, typer.Option("--ray", help="Start Ray and let it do a little work.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> int:
    """Look at everything that has to work, and say how to mend what does not.

    Packages against the ranges they are needed in, processors, memory, GPUs, disks, formats of audio, the Hub,
    encoders. Ends with exit status 1 where something fails. What is marked – is not here, and needed only for what
    the line says.

    EXAMPLES

      adsw doctor

      adsw doctor --ray --store stores/quickstart
    """

    with console().status("Examining this machine", spinner="dots"):
        lines = list(examine(store, ray))
    counts = Counter[str](line.state for line in lines)
    if as_json:
        emit_json({"healthy": not counts["fail"], "lines": [line.model_dump(mode="json") for line in lines]})
    else:
        out = Console(highlight=False)
        out.print(terminal_table(_table(lines)))
        out.print(_summary(counts))
    return Status.FAILED if counts["fail"] else Status.DONE


def _table(lines: Sequence[Line]) -> TableModel:
    """Return a table of all lines under their areas, with the fix below what is wrong."""
    rows, area = [], ""
    for line in lines:
        if line.area != area:
            area = line.area
            rows.append(row("", Cell(area, strong=True), ""))
        rows.append(row(_MARKS[line.state], line.name, Cell(line.said, line.fix or "")))
    return TableModel("doctor", "", "", (Column("", left=True),) * 3, tuple(rows))


def _summary(counts: Counter[str]) -> str:
    """Write how many lines fail or warn."""
    if counts["fail"]:
        return f"[bold red]{counts['fail']} of {counts.total()} things do not work.[/]"
    if counts["warn"]:
        return f"[yellow]Everything works; {counts['warn']} of {counts.total()} things could be better.[/]"
    return "[green]Everything works.[/]"
