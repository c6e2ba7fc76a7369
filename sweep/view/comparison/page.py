"""comparison.html: one file that holds everything and loads nothing, in the style of a sweep's own report."""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from adsw.publish import publish_text
from adsw.report.page import render_page
from adsw.report.statement import LABELS
from adsw.report.table_csv import table_csv
from sweep.view.comparison.compare import SweepComparison
from sweep.view.comparison.plots import comparison_figures
from sweep.view.comparison.tables import SECTIONS, comparison_tables

PAGE = "comparison.html"
"""In the folder of all runs."""
CAPTIONS = {
    "standings": "The best and the default of each sweep, with 95 % intervals.",
    "winners": "The others minus the first. An interval that crosses the line leaves the question open.",
    "arms": "The others minus the first. Arms of the same recipe should lie on the line.",
    "spent": (
        "The best completed trial so far, trials in the order of their numbers, against epochs of all trials and "
        "against seconds that cells worked. The last mark of a line is all that its sweep spent."
    ),
}


def write_comparison(found: SweepComparison, out: Path) -> None:
    """Write the page."""
    publish_text(out, render_comparison(found))


def render_comparison(found: SweepComparison) -> str:
    """The whole page."""
    tables = comparison_tables(found)
    return render_page(
        "sweep.view",
        "comparison.html",
        comparison_figures(found),
        found=found,
        labels=LABELS,
        sections=[
            (section, [(table, _encoded(table_csv(table))) for table in tables if table.section == section])
            for section in SECTIONS
        ],
        figures_of={"Best of each": "standings", "Set against each other": "winners", "Arms in common": "arms"},
        captions=CAPTIONS,
    )


def _encoded(text: str) -> Markup:
    return Markup(base64.b64encode(text.encode()).decode())
