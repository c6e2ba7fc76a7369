"""An evaluation for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from adsw.evaluate.full_report import FullReport
from adsw.evaluate.part import Part
from adsw.evaluate.set_report import SetReport
from adsw.evaluate.set_tables import set_tables


def print_report(report: SetReport, out: Console) -> None:
    """Print a set's figures, its slices by kind of text, and the conventions underneath."""
    _print(report, (), out)


def print_full(report: FullReport, out: Console) -> None:
    """Print all that was asked of a checkpoint on one set, the conventions last."""
    _print(report.figures, tuple(report.parts.values()), out)


def _print(report: SetReport, parts: tuple[Part, ...], out: Console) -> None:
    for table in (*set_tables(report), *(table for part in parts for table in part.tables())):
        out.print(table)
        out.print()
    for remark in report.remarks:
        out.print(Text(remark, style="yellow"))
    for convention in report.conventions:
        out.print(Text(convention, style="dim"))
    out.print()
