"""The page's figures as Plotly's JSON; colours are the page's own, by name, so that they follow its scheme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from adsw.stats.estimates import Estimate
from adsw.text_quality.measure import Quality
from adsw.text_quality.report import GroupReport
from adsw.text_quality.sample import Group, is_in_short_reports

Plot = dict[str, Any]
"""A figure, a trace or a part of one."""

COLOURS = 6
_PERCENT = 100.0
_HEIGHT = 330
_BIN = 2
"""Words per bar of the lengths."""
_MOST_TERMS = 12


def all_plots(quality: Quality) -> dict[str, Plot]:
    """Draw every figure that has data; return them by name."""
    colours = {report.group.name: f"var(--g{place % COLOURS})" for place, report in enumerate(quality.groups)}
    by_kept = (
        ("stated", "coverage", "tags stated, %", _PERCENT),
        ("added", "hallucinated", "with added terms, %", _PERCENT),
        ("shared", "shared", "on other tracks too, %", _PERCENT),
        ("fits", "fits", "other tracks it fits, %", _PERCENT),
        ("distinct", "distinct_2", "distinct-2", 1.0),
        ("alike", "self_bleu", "self-BLEU", 1.0),
        ("cosine", "pair_cosine", "pair cosine", 1.0),
        ("margin", "human_margin", "own less others' cosine", 1.0),
    )
    plots = {name: _by_kept(quality, colours, column, label, scale) for name, column, label, scale in by_kept}
    plots["lengths"] = _lengths(quality.groups, colours)
    plots["human"] = _human(quality.groups, colours)
    plots["terms"] = _added_terms(quality.groups, colours)
    return {name: plot for name, plot in plots.items() if plot["data"]}


def _by_kept(quality: Quality, colours: dict[str, str], column: str, label: str, scale: float) -> Plot:
    """Draw a figure against the kept count, a line per group."""
    lines = []
    for report in _told(quality.groups):
        levels = [level for level in quality.level_reports(report.group) if level.figures[column] is not None]
        if len(levels) > 1:
            lines.append(_line(report.group, levels, column, scale, colours[report.group.name]))
    order = list(dict.fromkeys(level.group.level for level in quality.levels))
    plot: Plot = {"data": lines, "layout": layout("tags kept", label)}
    plot["layout"]["xaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": order}
    if scale == _PERCENT and len({value for line in lines for value in line["y"]}) == 1:
        plot["layout"]["yaxis"] |= {"range": [-3, 103]}  # All alike: no axis around one value, such as 99 to 101 %.
    return plot


def _told(reports: Iterable[GroupReport]) -> list[GroupReport]:
    """Return the reports to draw: without that of all captions if captioners have reports of their own."""
    given = list(reports)
    groups = [report.group for report in given]
    return [report for report in given if is_in_short_reports(report.group, groups)]


def _line(group: Group, levels: Sequence[GroupReport], column: str, scale: float, colour: str) -> Plot:
    """Return the line of one group, dotted if its texts are tag lists."""
    estimates = [level.figures[column] for level in levels]
    known = [estimate for estimate in estimates if estimate is not None]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": group.name,
        "x": [level.group.level for level in levels],
        "y": [estimate.value * scale for estimate in known],
        "error_y": _bars(known, scale, colour),
        "line": {"color": colour, "width": 2, "dash": "dot" if group.source == "tags" else "solid"},
        "marker": {"color": colour, "size": 7},
    }


def _bars(estimates: Sequence[Estimate], scale: float, colour: str) -> Plot:
    """Return error bars; of length 0 if there is no interval."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [0 if point.high is None else (point.high - point.value) * scale for point in estimates],
        "arrayminus": [0 if point.low is None else (point.value - point.low) * scale for point in estimates],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


def _lengths(reports: Sequence[GroupReport], colours: dict[str, str]) -> Plot:
    """Draw the share of texts by length, a line per group."""
    lines = []
    for report in _told(reports):
        counts = [sum(report.lengths[start : start + _BIN]) for start in range(0, len(report.lengths), _BIN)]
        colour = colours[report.group.name]
        lines.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": report.group.name,
                "x": [start * _BIN for start in range(len(counts))],
                "y": [100 * count / report.texts for count in counts],
                "line": {"color": colour, "width": 2, "shape": "hvh"},
            }
        )
    plot: Plot = {"data": lines, "layout": layout("words", f"% of texts, by {_BIN} words")}
    # `length[-1]` is the 95th percentile: a few very long texts would squeeze the rest.
    longest = max((report.length[-1] for report in reports), default=1.0)
    plot["layout"]["xaxis"] |= {"range": [0, 1.5 * longest + _BIN]}
    return plot


def _human(reports: Sequence[GroupReport], colours: dict[str, str]) -> Plot:
    """Draw the cosine to the own track's human captions and to others', a row per group."""
    compared = [report for report in _told(reports) if report.figures["human_own"] is not None]
    data = []
    for name, column, symbol in (("own track", "human_own", "circle"), ("other tracks", "human_others", "circle-open")):
        cosines = [cosine for cosine in (report.figures[column] for report in compared) if cosine is not None]
        inks = [colours[report.group.name] for report in compared]
        if cosines:
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": name,
                    "x": [cosine.value for cosine in cosines],
                    "y": [report.group.name for report in compared],
                    "error_x": _bars(cosines, 1.0, "var(--muted)"),
                    "marker": {"color": inks, "size": 12, "symbol": symbol, "line": {"width": 2}},
                }
            )
    plot: Plot = {"data": data, "layout": layout("cosine to human captions", None)}
    plot["layout"]["yaxis"] |= {"autorange": "reversed"}
    plot["layout"]["height"] = 130 + 46 * len(compared)
    return plot


def _added_terms(reports: Sequence[GroupReport], colours: dict[str, str]) -> Plot:
    """Draw the terms that captions add most, by captioner."""
    writing = [report for report in _told(reports) if report.group.source == "caption" and report.added_terms]
    shares = {report.group.name: dict(report.added_terms) for report in writing}
    total: dict[str, float] = {}
    for added in shares.values():
        for term, share in added.items():
            total[term] = total.get(term, 0.0) + share
    terms = sorted(total, key=lambda term: (-total[term], term))[:_MOST_TERMS]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": terms,
            "x": [100 * added.get(term, 0.0) for term in terms],
            "marker": {"color": colours[name]},
        }
        for name, added in shares.items()
    ]
    plot: Plot = {"data": data, "layout": layout("% of captions", None)}
    plot["layout"]["yaxis"] |= {"autorange": "reversed"}
    plot["layout"]["height"] = 120 + 24 * len(terms) * max(1, len(writing))
    return plot


def layout(x: str | None, y: str | None) -> Plot:
    """Return the layout that all figures share, with the titles of the axes."""
    axis = {
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "zeroline": False,
        "automargin": True,
        "tickfont": {"size": 12},
        "fixedrange": True,
    }
    return {
        "height": _HEIGHT,
        "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 13, "color": "var(--ink)"},
        "hoverlabel": {"bgcolor": "var(--paper)", "bordercolor": "var(--muted)", "font": {"color": "var(--ink)"}},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        "xaxis": {**axis, "title": {"text": x, "standoff": 8, "font": {"size": 12}} if x else None},
        "yaxis": {**axis, "title": {"text": y, "standoff": 8, "font": {"size": 12}} if y else None},
    }
