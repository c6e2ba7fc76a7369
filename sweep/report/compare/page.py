"""A comparison as JSON, as Markdown and as a page with figures: one file that holds everything and loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adsw.files import publish_text
from adsw.report.markdown import document_markdown
from adsw.report.page import render_document
from adsw.report.section import Block, Document, Notes, Paragraph, Plot, Section
from adsw.report.statement import Statement
from sweep.report.compare.arms import ArmGap
from sweep.report.compare.budget import BestSoFar
from sweep.report.compare.comparison import SweepComparison
from sweep.report.compare.sides import Side
from sweep.report.compare.tables import ARMS, BEST_OF_EACH, BUDGET, GAPS, SECTIONS, tables_by_section
from sweep.report.drawing import Figure, colour, interval_marks, layout, row_axis, triple, zero_axis
from sweep.report.statistics_document import plain

PAGE = "comparison.html"
"""File name of the page, in the folder of all runs."""
PLOTS = {
    BEST_OF_EACH: ("standings", "The best and the default of each sweep, with 95 % intervals."),
    GAPS: ("winners", "The others minus the first. An interval that crosses the line leaves the question open."),
    ARMS: ("arms", "The others minus the first. Arms of the same recipe should lie on the line."),
    BUDGET: (
        "spent",
        "The best completed trial so far, trials in the order of their numbers, against epochs of all trials and "
        "against seconds that cells worked. The last mark of a line is all that its sweep spent.",
    ),
}
"""The figure of a section: its name and its caption."""


def write_comparison(comparison: SweepComparison, out: Path) -> None:
    """Write the page of a comparison to a file."""
    publish_text(out, render_comparison(comparison))


def render_comparison(comparison: SweepComparison) -> str:
    """Return the whole page."""
    return render_document(comparison_report(comparison))


def comparison_markdown(comparison: SweepComparison) -> str:
    """Return the whole comparison as Markdown, for pull requests and papers."""
    return document_markdown(comparison_report(comparison))


def comparison_report(comparison: SweepComparison) -> Document:
    """Return the comparison as a document: a section for each kind of table, then caveats and method."""
    figures, tables = comparison_figures(comparison), tables_by_section(comparison)
    sections = []
    for title in SECTIONS:
        name, caption = PLOTS.get(title, ("", ""))
        plots = [Plot(name, figures[name], title, caption)] if name in figures else []
        if plots or tables[title]:
            sections.append(Section(title.lower().replace(" ", "-"), title, (*plots, *tables[title])))
    against: Block = Notes(comparison.caveats) if comparison.caveats else Paragraph("Nothing was found.")
    return Document(
        sort="Sweeps compared",
        title=comparison.title,
        meta=(
            ("objective ", comparison.metric, f", {'higher' if comparison.mode == 'max' else 'lower'} is better"),
            *(
                (f"{side.name} ", f"{len(side.completed)}", f" completed, {side.run.status}")
                for side in comparison.sides
            ),
            ("made ", f"{comparison.made:%Y-%m-%d %H:%M} UTC"),
        ),
        sections=(
            *sections,
            Section("caveats", "What to hold against this comparison", (against,), label="Caveats"),
            Section("method", "How it was compared", (Notes(_method(comparison)),), label="Method"),
        ),
        verdict=(Statement(comparison.verdict.tone, comparison.verdict.headline), *comparison.verdict.statements),
        prefix="comparison",
    )


def _method(comparison: SweepComparison) -> tuple[str, ...]:
    """Describe how sweeps were compared, for the kinds of results there are."""
    sentences = [
        "The first sweep named is the one that the others are set against.",
        "Best trials and defaults: differences on the same queries are paired, percentile bootstrap over tracks; on "
        "different queries both sides are resampled and the intervals joined (MOVER: Zou and Donner, 2008).",
    ]
    if comparison.findings.arms or comparison.findings.fresh:
        sentences.append(
            "Arms, and winners on fresh seeds: paired over the seeds that both have, expanded percentile bootstrap "
            "(Hesterberg, 2015), exact sign flips or the paired t test, Holm (1979) over the table; over different "
            "seeds Welch's interval (1947), which is not judged."
        )
    if comparison.budgets:
        sentences.append(
            "Expected best: without replacement, unbiased (Tang et al., 2020), over random trials only; a budget of "
            "epochs or hours buys as many as it pays for at the sweep's own mean."
        )
    sentences.append(
        "Reproducibility: completed trials with the same resolved recipe, seed and store fingerprint must agree in "
        "every metric; what differs by no more than one millionth counts as rounding."
    )
    return tuple(sentences)


SCHEMA_VERSION = 1


def comparison_document(comparison: SweepComparison) -> dict[str, Any]:
    """Return everything with full precision, for JSON.

    Intervals are {value, low, high}; what is not known is null.
    """
    made: dict[str, Any] = plain(
        {
            "schema_version": SCHEMA_VERSION,
            "objective": {"metric": comparison.metric, "mode": comparison.mode},
            "sweeps": [_side(side) for side in comparison.sides],
            "verdict": {"headline": comparison.verdict.headline, "lines": comparison.verdict.lines()[1:]},
            "differences": [
                {"kind": fact.kind, "name": fact.name, "values": dict(zip(comparison.names, fact.values, strict=True))}
                for fact in comparison.differences
            ],
            "standings": comparison.standings,
            "winners": [{**asdict(gap), "metric": gap.metric.full} for gap in comparison.findings.gaps],
            "arms": [_gap(gap) for gap in comparison.findings.arms],
            "fresh_seeds": [_gap(gap) for gap in comparison.findings.fresh],
            "equal_budgets": comparison.budgets,
            "best_so_far": comparison.curves,
            "reproducibility": comparison.findings.repeats,
            "caveats": comparison.caveats,
        }
    )
    return made


def _gap(gap: ArmGap) -> dict[str, Any]:
    """Return the difference of an arm for JSON."""
    return {**asdict(gap), "metric": gap.metric.full, "decided": gap.decided}


def _side(side: Side) -> dict[str, Any]:
    """Return what identifies a sweep, for JSON."""
    return {
        "name": side.name,
        "status": side.run.status,
        "kind": "ablation" if side.arms else "search",
        "store": side.store,
        "code": side.run.sweep.document().get("code"),
        "completed": len(side.completed),
    }


INKS = ("default", "best", "good", "failed", "open", "completed")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
"""Sweeps differ in colour, dash and mark, so that they can be told apart in black and white too."""


def comparison_figures(comparison: SweepComparison) -> dict[str, Figure]:
    """Return the figures by the names of their places, those without data left out."""
    figures = {}
    if any(standing.valid or standing.test for standing in comparison.standings):
        figures["standings"] = standing_marks(comparison)
    if comparison.findings.gaps:
        figures["winners"] = winner_forest(comparison)
    if any(gap.interval for gap in comparison.findings.arms):
        figures["arms"] = arm_forest(comparison)
    if len(comparison.curves) > 1:
        figures["spent"] = spent_curves(comparison.curves, comparison.names, comparison.metric)
    return figures


def standing_marks(comparison: SweepComparison) -> Figure:
    """Draw the best and the default of each sweep with their intervals.

    The figures are those on test if all sweeps were tested, else those on validation.
    """
    tested = all(standing.test for standing in comparison.standings)
    # Offsets keep the intervals of one sweep from covering each other.
    sets = (
        ("best", "best", -0.13, [standing.test if tested else standing.valid for standing in comparison.standings]),
        (
            "default",
            "default",
            0.13,
            [standing.default_test if tested else standing.default_valid for standing in comparison.standings],
        ),
    )
    data = []
    for label, ink, offset, scores in sets:
        known = [(place, score) for place, score in enumerate(scores) if score is not None]
        triples = [triple(score.value, score.interval) for _, score in known]
        rows = [place + offset for place, _ in known]
        symbol = "star" if ink == "best" else "diamond"
        data += [interval_marks(triples, rows, label, ink, ".4f", 12, symbol)] if known else []
    plot = layout(
        120 + 54 * len(comparison.names),
        x=f"{'test' if tested else 'validation'}: {comparison.metric.split('/', 1)[1]}",
    )
    plot["yaxis"] |= row_axis([_broken(name) for name in comparison.names])
    return {"data": data, "layout": plot}


def winner_forest(comparison: SweepComparison) -> Figure:
    """Draw the best and the default of the other sweeps minus those of the first."""
    gaps = comparison.findings.gaps
    data = []
    for paired, ink, name, symbol in (
        (True, "default", "the same queries, paired", "circle"),
        (False, "completed", "other queries: not comparable", "circle-open"),
    ):
        shown = [(row, gap.gap) for row, gap in enumerate(gaps) if gap.paired == paired]
        if shown:
            triples = [(gap.value, gap.low, gap.high) for _, gap in shown]
            data.append(interval_marks(triples, [row for row, _ in shown], name, ink, "+.4f", 11, symbol))
    plot = layout(120 + 46 * len(gaps), x=f"difference to {comparison.names[0]}")
    plot["yaxis"] |= row_axis([f"{_broken(gap.name)}<br>{gap.who}, {gap.metric.dataset}" for gap in gaps])
    plot["xaxis"] |= zero_axis([gap.gap for gap in gaps])
    return {"data": data, "layout": plot}


def arm_forest(comparison: SweepComparison) -> Figure:
    """Draw the arms that other sweeps share with the first, minus those of the first."""
    gaps = [gap for gap in comparison.findings.arms if gap.interval is not None]
    data = []
    for decided, ink in ((True, "warn"), (False, "completed")):
        shown = [(row, gap.interval) for row, gap in enumerate(gaps) if gap.decided == decided and gap.interval]
        if shown:
            triples = [(span.value, span.low, span.high) for _, span in shown]
            name = "decided" if decided else "undecided"
            data.append(interval_marks(triples, [row for row, _ in shown], name, ink, "+.4f"))
    several = len(comparison.names) > 2
    labels = [f"{_broken(gap.arm)}<br>{gap.name}" if several else _broken(gap.arm) for gap in gaps]
    plot = layout(120 + 46 * len(gaps), x=f"difference to {comparison.names[0]}, {gaps[0].metric.full}")
    plot["yaxis"] |= row_axis(labels)
    plot["xaxis"] |= zero_axis([gap.interval for gap in gaps if gap.interval])
    return {"data": data, "layout": plot}


def spent_curves(curves: Sequence[BestSoFar], names: Sequence[str], metric: str) -> Figure:
    """Draw the best completed trial so far, above against trial-epochs and below against seconds of cells."""
    data = []
    for curve in curves:
        place = names.index(curve.name)
        for axis, spent in (("", curve.epochs), ("2", curve.seconds)):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": curve.name,
                    # Both panels share an entry of the legend.
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
                        # The best stays until a better trial ends.
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


def _broken(name: str) -> str:
    """Break a long name into lines at its hyphens and underscores."""
    lines, line = [], ""
    for part in name.replace("-", "-\n").replace("_", "_\n").split("\n"):
        if line and len(line) + len(part) > 18:
            lines.append(line)
            line = ""
        line += part
    return "<br>".join([*lines, line])
