"""A comparison as JSON, as Markdown and as a page with figures: one file that holds everything and loads nothing."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from markupsafe import Markup

from adsw.publish import publish_text
from adsw.report.markdown_table import escaped
from adsw.report.page import render_page
from adsw.report.statement import LABELS
from adsw.report.table_csv import table_csv
from adsw.stats.bootstrap import Interval
from sweep.view.comparison.arms import ArmGap
from sweep.view.comparison.budget import BestSoFar
from sweep.view.comparison.comparison import SweepComparison
from sweep.view.comparison.sides import Side
from sweep.view.comparison.standings import Score
from sweep.view.comparison.tables import SECTIONS, comparison_tables
from sweep.view.drawing import Figure, colour, interval_marks, layout, row_axis, zero_axis
from sweep.view.markdown import bullets, document, section_blocks, statement_list
from sweep.view.statistics_document import plain

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


SCHEMA_VERSION = 1


def comparison_document(found: SweepComparison) -> dict[str, Any]:
    """Everything with full precision; intervals are {value, low, high}, what is not known is null."""
    made: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "objective": {"metric": found.metric, "mode": found.mode},
            "sweeps": [_side(side) for side in found.sides],
            "verdict": {"headline": found.verdict.headline, "lines": found.verdict.lines()[1:]},
            "differences": [
                {"kind": one.kind, "name": one.name, "values": dict(zip(found.names, one.values, strict=True))}
                for one in found.differences
            ],
            "standings": found.standings,
            "winners": [{**asdict(gap), "metric": gap.metric.full} for gap in found.findings.gaps],
            "arms": [_gap(gap) for gap in found.findings.arms],
            "fresh_seeds": [_gap(gap) for gap in found.findings.fresh],
            "equal_budgets": found.budgets,
            "best_so_far": found.curves,
            "reproducibility": found.findings.repeats,
            "caveats": found.caveats,
        }
    )
    return made


def comparison_markdown(found: SweepComparison) -> str:
    """The whole comparison, for pull requests and papers."""
    tables = comparison_tables(found)
    aim = "higher" if found.mode == "max" else "lower"
    blocks = [
        f"# {escaped(found.title)}: sweeps compared",
        f"**{escaped(found.verdict.headline)}**",
        escaped(f"Objective {found.metric}, {aim} is better; made {found.made:%Y-%m-%d %H:%M} UTC."),
        *(["## Verdict", statement_list(found.verdict.statements)] if found.verdict.statements else []),
    ]
    for section in SECTIONS:
        blocks += section_blocks(section, tables)
    blocks += ["## What to hold against this comparison", bullets(found.caveats)] if found.caveats else []
    return document(blocks)


def _gap(gap: ArmGap) -> dict[str, Any]:
    return {**asdict(gap), "metric": gap.metric.full, "decided": gap.decided}


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.name,
        "status": side.run.status,
        "kind": "ablation" if side.arms else "search",
        "store": side.store,
        "code": side.run.sweep.get("code"),
        "completed": len(side.completed),
    }


INKS = ("default", "best", "good", "failed", "open", "completed")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
"""A sweep is told by colour, dash and mark, so that paper in black and white tells it too."""


def comparison_figures(found: SweepComparison) -> dict[str, Figure]:
    """Every figure by the id of its place; figures without data are left out."""
    figures = {}
    if any(one.valid or one.test for one in found.standings):
        figures["standings"] = standing_marks(found)
    if found.findings.gaps:
        figures["winners"] = winner_forest(found)
    if any(gap.interval for gap in found.findings.arms):
        figures["arms"] = arm_forest(found)
    if len(found.curves) > 1:
        figures["spent"] = spent_curves(found.curves, found.names, found.metric)
    return figures


def standing_marks(found: SweepComparison) -> Figure:
    """Best and default of each sweep with their intervals; on test where all were tested, else on validation."""
    tested = all(one.test for one in found.standings)
    sets = (
        ("best", "best", -0.13, [one.test if tested else one.valid for one in found.standings]),
        ("default", "default", 0.13, [one.default_test if tested else one.default_valid for one in found.standings]),
    )
    data = []
    for label, ink, offset, scores in sets:
        known = [(place, score) for place, score in enumerate(scores) if score is not None]
        triples = [_triple(score) for _, score in known]
        rows = [place + offset for place, _ in known]
        symbol = "star" if ink == "best" else "diamond"
        data += [interval_marks(triples, rows, label, ink, ".4f", 12, symbol)] if known else []
    plot = layout(
        120 + 54 * len(found.names), x=f"{'test' if tested else 'validation'}: {found.metric.split('/', 1)[1]}"
    )
    plot["yaxis"] |= row_axis([_broken(name) for name in found.names])
    return {"data": data, "layout": plot}


def winner_forest(found: SweepComparison) -> Figure:
    """Best and default of the others minus those of the first."""
    gaps = found.findings.gaps
    data = []
    for paired, ink, name, symbol in (
        (True, "default", "the same queries, paired", "circle"),
        (False, "completed", "other queries: not comparable", "circle-open"),
    ):
        shown = [(row, gap.gap) for row, gap in enumerate(gaps) if gap.paired == paired]
        if shown:
            triples = [(gap.value, gap.low, gap.high) for _, gap in shown]
            data.append(interval_marks(triples, [row for row, _ in shown], name, ink, "+.4f", 11, symbol))
    plot = layout(120 + 46 * len(gaps), x=f"difference to {found.names[0]}")
    plot["yaxis"] |= row_axis([f"{_broken(gap.name)}<br>{gap.who}, {gap.metric.dataset}" for gap in gaps])
    plot["xaxis"] |= zero_axis([gap.gap for gap in gaps])
    return {"data": data, "layout": plot}


def arm_forest(found: SweepComparison) -> Figure:
    """Arms in common: those of the others minus those of the first."""
    gaps = [gap for gap in found.findings.arms if gap.interval is not None]
    data = []
    for decided, ink in ((True, "warn"), (False, "completed")):
        shown = [(row, gap.interval) for row, gap in enumerate(gaps) if gap.decided == decided and gap.interval]
        if shown:
            triples = [(span.value, span.low, span.high) for _, span in shown]
            name = "decided" if decided else "undecided"
            data.append(interval_marks(triples, [row for row, _ in shown], name, ink, "+.4f"))
    several = len(found.names) > 2
    labels = [f"{_broken(gap.arm)}<br>{gap.name}" if several else _broken(gap.arm) for gap in gaps]
    plot = layout(120 + 46 * len(gaps), x=f"difference to {found.names[0]}, {gaps[0].metric.full}")
    plot["yaxis"] |= row_axis(labels)
    plot["xaxis"] |= zero_axis([gap.interval for gap in gaps if gap.interval])
    return {"data": data, "layout": plot}


def spent_curves(curves: Sequence[BestSoFar], names: Sequence[str], metric: str) -> Figure:
    """Best completed trial so far, above against trial-epochs and below against seconds of cells."""
    data = []
    for curve in curves:
        place = names.index(curve.name)
        for axis, spent in (("", curve.epochs), ("2", curve.seconds)):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": curve.name,
                    "legendgroup": curve.name,
                    "showlegend": not axis,
                    "x": list(spent),
                    "y": [round(value, 6) for value in curve.values],
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                    "line": {
                        "color": colour(INKS[place % len(INKS)]),
                        "width": 3,
                        "dash": DASHES[place % len(DASHES)],
                        "shape": "hv",
                    },
                    "marker": {"size": 7, "symbol": SYMBOLS[place % len(SYMBOLS)]},
                    "hovertemplate": f"{curve.name}, after %{{x:,.0f}}: %{{y:.4f}}<extra></extra>",
                }
            )
    plot = layout(620, x="trial-epochs", y=metric)
    lower = {**plot["xaxis"], "title": {**plot["xaxis"]["title"], "text": "seconds of cells"}, "anchor": "y2"}
    plot["xaxis2"] = {**lower, "rangemode": "tozero"}
    plot["yaxis2"] = {**plot["yaxis"], "domain": [0.0, 0.42], "anchor": "x2"}
    plot["xaxis"] |= {"anchor": "y", "rangemode": "tozero"}
    plot["yaxis"] |= {"domain": [0.58, 1.0], "anchor": "x"}
    return {"data": data, "layout": plot}


def _triple(score: Score) -> tuple[float, float, float]:
    span = score.interval or Interval(score.value, score.value, score.value)
    return span.value, span.low, span.high


def _broken(name: str) -> str:
    """A long name in lines, at its hyphens and dots."""
    lines, line = [], ""
    for part in name.replace("-", "-\n").replace("_", "_\n").split("\n"):
        if line and len(line) + len(part) > 18:
            lines.append(line)
            line = ""
        line += part
    return "<br>".join([*lines, line])
