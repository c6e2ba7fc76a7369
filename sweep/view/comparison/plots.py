"""The figures of a comparison, as Plotly's JSON (see `sweep.view.plots`)."""

from __future__ import annotations

from collections.abc import Sequence

from adsw.stats.interval import Interval
from sweep.view.comparison.compare import SweepComparison
from sweep.view.comparison.equal_budget import BestSoFar
from sweep.view.comparison.standings import Score
from sweep.view.drawing import Figure, colour, interval_marks, layout, row_axis

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
    plot["xaxis"] |= _zero_line([gap.gap for gap in gaps])
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
    plot["xaxis"] |= _zero_line([gap.interval for gap in gaps if gap.interval])
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


def _zero_line(spans: Sequence[Interval]) -> Figure:
    """The line of no difference, and room for the marks on either side of it."""
    ends = [0.0, *(end for span in spans for end in (span.low, span.high))]
    room = 0.06 * (max(ends) - min(ends)) or 0.01
    line = {"zeroline": True, "zerolinecolor": colour("ink"), "zerolinewidth": 1.5}
    return {**line, "range": [min(ends) - room, max(ends) + room]}


def _broken(name: str) -> str:
    """A long name in lines, at its hyphens and dots."""
    lines, line = [], ""
    for part in name.replace("-", "-\n").replace("_", "_\n").split("\n"):
        if line and len(line) + len(part) > 18:
            lines.append(line)
            line = ""
        line += part
    return "<br>".join([*lines, line])
