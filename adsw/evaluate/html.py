"""An evaluation as one HTML file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adsw.evaluate.baselines import Against
from adsw.evaluate.categories import ByCategory
from adsw.evaluate.cells import number, span
from adsw.evaluate.novelty import GAINS, Novelty
from adsw.evaluate.report import FullReport
from adsw.evaluate.retrieval_report import SetReport
from adsw.evaluate.verdict import opening_of
from adsw.metrics import DIRECTIONS
from adsw.report.page import Figure, render_document
from adsw.report.section import Beside, Block, Document, Notes, Paragraph, Plot, Section, Tile, Tiles
from adsw.retrieval.evaluation import Direction, Evaluation
from adsw.retrieval.queries import TEXT_SOURCES
from adsw.stats.interval import Interval
from adsw.train.checkpoint import Checkpoint

_METRIC = "mAP@10"

_ROW = 30

_COLOURS = {"t2m": "var(--first)", "m2t": "var(--second)"}


@dataclass(frozen=True, slots=True)
class Dot:
    """A row of a dot plot: a value, with its interval if there is one."""

    label: str
    value: float
    interval: Interval | None = None
    colour: str = "var(--first)"


def figures_of(report: FullReport) -> dict[str, tuple[Figure, str]]:
    """Return the figures of a set by name, each with its caption, in the order of the page."""
    figures = {"ranks": (recall_curves(report.evaluation), _RANKS)}
    figures["sources"] = (_sources(report.figures), _SOURCES)
    categories, baselines, novelty = (report.parts.get(name) for name in ("categories", "baselines", "novelty"))
    if isinstance(baselines, Against):
        figures["baselines"] = (_baselines(baselines), _BASELINES)
    if isinstance(categories, ByCategory) and any(categories.worth.values()):
        figures["worth"] = (_worth(categories), _WORTH)
    if isinstance(categories, ByCategory) and categories.alone:
        figures["alone"] = (_alone(categories), _ALONE)
    if isinstance(novelty, Novelty):
        figures["novelty"] = (_novelty(novelty), _NOVELTY)
    return figures


_RANKS = "Share of queries whose best target is among the first k, for every k (recall at k). Dashed: a random ranking."

_SOURCES = "Text to music by the kind of text: mAP@10 with 95 % intervals. The upright line is chance."

_BASELINES = "mAP@10 of the checkpoint, with its 95 % interval, and of rankings that know less."

_WORTH = (
    "What stating a category does for a partial view, in mAP@10 and with 95 % intervals, in the place of another tag."
)

_ALONE = "One tag alone: mAP@10 between chance, 0, and perfect, 1, averaged over the tags of the category."

_NOVELTY = "Gain over chance of the queries nearest to the training texts, and on to the farthest, with 95 % intervals."


def recall_curves(evaluation: Evaluation) -> Figure:
    """Draw recall at every k of both directions, and of random rankings of their pools."""
    traces = []
    for way in DIRECTIONS:
        part = evaluation.direction(way)
        # Log-spaced as the axis is: 60 points draw a smooth line however large the pool.
        places = np.unique(np.geomspace(1, part.pool, 60).round().astype(np.int64))
        reached = [float((part.scores.rank <= place).mean()) for place in places]
        common = {"type": "scatter", "mode": "lines", "x": places.tolist(), "legendgroup": way}
        line = {"color": _COLOURS[way], "width": 3}
        hover = "%{y:.3f} within %{x}<extra>" + DIRECTIONS[way] + "</extra>"
        traces.append(common | {"name": DIRECTIONS[way], "y": reached, "line": line, "hovertemplate": hover})
        level = random_recall(part, places).tolist()
        dashed = {"color": _COLOURS[way], "width": 1.5, "dash": "dash"}
        traces.append(common | {"y": level, "line": dashed, "showlegend": False, "hoverinfo": "skip"})
    layout = _layout(360, "first k of the pool", "recall at k")
    layout["xaxis"] |= {"type": "log"}
    layout["yaxis"] |= {"range": [0, 1.02]}
    return {"data": traces, "layout": layout}


def random_recall(direction: Direction, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of queries with a target among the first k of a random ranking, for each k of `places`, [K]."""
    counts, share = np.unique(direction.target_counts, return_counts=True)
    drawn = np.arange(direction.pool)
    # Drawing without replacement: step i misses all targets with probability (pool - targets - i) / (pool - i).
    steps = np.maximum(direction.pool - counts[:, None] - drawn, 0) / (direction.pool - drawn)
    within = 1.0 - np.average(np.cumprod(steps, axis=1), axis=0, weights=share)
    recall: NDArray[np.float64] = within[places - 1]
    return recall


def _sources(report: SetReport) -> Figure:
    """Draw text to music by the kind of text; sources of a kind below it, muted."""
    rows = []
    for kind, part in report.text_sources.items():
        rows.append(Dot(kind, *_of(part.figures[_METRIC].interval)))
        for name in TEXT_SOURCES[kind]:
            if name in report.sources and name != kind:
                interval = report.sources[name].figures[_METRIC].interval
                rows.append(Dot(name.replace("_", " "), *_of(interval), "var(--muted)"))
    return dot_plot(rows, _METRIC, report.directions["t2m"].figures[_METRIC].chance)


def _baselines(part: Against) -> Figure:
    """Draw the checkpoint, its baselines and chance in both directions."""
    rows = []
    for way in DIRECTIONS:
        name = f"{part.name}/{way}/{_METRIC}"
        rows.append(Dot(f"{way}, checkpoint", *_of(part.checkpoint[name]), _COLOURS[way]))
        others = {key.replace("_", "-"): values[name] for key, values in part.baselines.items()}
        others |= {"chance": part.chance[name]}
        rows += [Dot(f"{way}, {key}", value, None, "var(--muted)") for key, value in others.items()]
    return dot_plot(rows, _METRIC)


def _worth(part: ByCategory) -> Figure:
    """Draw what stating a category is worth, the most useful on top."""
    rows = [Dot(name, *_of(gain)) for name, gain in part.worth.items() if gain]
    return dot_plot(sorted(rows, key=lambda row: -row.value), f"difference in {_METRIC}", 0.0)


def _alone(part: ByCategory) -> Figure:
    """Draw the calibrated figure of single tags by category, the best on top."""
    rows = [
        Dot(f"{name} ({tags.queries})", value)
        for name, tags in part.alone.items()
        if (value := tags.figures[_METRIC].calibrated) is not None
    ]
    return dot_plot(sorted(rows, key=lambda row: -row.value), f"calibrated {_METRIC}", 0.0)


def _novelty(part: Novelty) -> Figure:
    """Draw the gain over chance by quarter of nearness."""
    colours = ("var(--first)", "var(--second)")
    rows = [
        Dot(f"{metric}, {quarter.name}", *_of(quarter.gains[metric]), colour)
        for metric, colour in zip(GAINS, colours, strict=True)
        for quarter in part.quarters
    ]
    return dot_plot(rows, "gain over chance", 0.0)


def dot_plot(rows: Sequence[Dot], title: str, line: float | None = None) -> Figure:
    """Draw values on named rows, the first on top, with intervals and an upright line at `line`."""
    intervals = [row.interval or Interval(row.value, row.value, row.value) for row in rows]
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [row.value for row in rows],
        "y": list(range(len(rows))),
        "marker": {"size": 10, "color": [row.colour for row in rows]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [interval.high - interval.value for interval in intervals],
            "arrayminus": [interval.value - interval.low for interval in intervals],
            "color": "var(--muted)",
            "thickness": 2,
            "width": 4,
        },
        "text": [f"{row.label}: {row.value:.3f}" for row in rows],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
    layout = _layout(70 + _ROW * len(rows), title, None)
    layout["yaxis"] |= {
        "tickvals": list(range(len(rows))),
        "ticktext": [row.label for row in rows],
        "range": [len(rows) - 0.5, -0.5],  # Reversed: the first row is on top.
        "showgrid": False,
    }
    if line is not None:
        stroke = {"color": "var(--muted)", "width": 1.5, "dash": "dash"}
        layout["xaxis"] |= {"rangemode": "tozero"}
        layout["shapes"] = [{"type": "line", "x0": line, "x1": line, "yref": "paper", "y0": 0, "y1": 1, "line": stroke}]
    return {"data": [trace], "layout": layout}


def _of(interval: Interval) -> tuple[float, Interval]:
    """Return the value and the interval, as `Dot` takes them."""
    return interval.value, interval


def _layout(height: int, x: str, y: str | None) -> dict[str, Any]:
    """Return the layout that all figures share: height in pixels, titles of the axes."""
    axis = {
        "gridcolor": "var(--line)",
        "linecolor": "var(--line)",
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "tickfont": {"size": 12},
    }
    title = {"standoff": 8, "font": {"size": 12}}
    return {
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 30, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 13, "color": "var(--ink)"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "var(--paper)", "bordercolor": "var(--muted)", "font": {"color": "var(--ink)"}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "xaxis": axis | {"title": title | {"text": x}},
        "yaxis": axis | {"title": title | {"text": y} if y else None},
    }


_FIGURES_OF = {
    "retrieval": ("ranks", "sources"),
    "categories": ("worth", "alone"),
    "baselines": ("baselines",),
    "novelty": ("novelty",),
}


def render(path: str, checkpoint: Checkpoint, reports: Sequence[FullReport]) -> str:
    """Render the page of a checkpoint on one or more sets.

    Args:
        path: the checkpoint's folder, as the reader knows it.
        checkpoint: the trained pair.
        reports: one of every set.

    Returns:
        HTML without any link to the outside.
    """
    page = Document(
        "Evaluation of a checkpoint",
        path,
        _facts(checkpoint),
        tuple(section for index, report in enumerate(reports) for section in sections_of(report, index, len(reports))),
        opening=opening_of(reports, path),
    )
    return render_document(page, [("adsw.evaluate", "page.css")], downloads=False)


def sections_of(report: FullReport, index: int = 0, sets: int = 1) -> Iterator[Section]:
    """Yield the sections of one set: its main figures, every part, and how they were counted.

    Args:
        report: the report of the set.
        index: its place among the sets, from 0.
        sets: how many sets there are; if several, titles name the set.
    """
    figures = report.figures
    name = figures.name

    def section(key: str, title: str, *blocks: Block) -> Section:
        if sets == 1:
            return Section(f"{key}-{index}", title, blocks)
        return Section(f"{key}-{index}", f"{title} on {name}", blocks, label=f"{name}: {title}")

    intro = f"Split {figures.split} of {figures.store} ({figures.fingerprint[:12]})"
    remarks = (Paragraph(remark, "notice") for remark in figures.remarks)
    yield Section(f"set-{index}", name, (Tiles(tuple(_tiles(report))), *remarks), intro)
    drawn = figures_of(report)
    for key, part in {"retrieval": figures, **report.parts}.items():
        if tables := part.tables():
            plots = [
                Plot(f"{index}-{figure}", drawn[figure][0], drawn[figure][1], drawn[figure][1])
                for figure in _FIGURES_OF.get(key, ())
                if figure in drawn
            ]
            shown = [Beside(tuple(plots))] if len(plots) > 1 else plots
            yield section(key, part.title, *shown, *tables)
    yield section("counted", "How it was counted", Notes(figures.conventions))


def _tiles(report: FullReport) -> Iterator[Tile]:
    """Yield the main figures of a set: R@10 both ways, median rank, and the gain over a look-up."""
    for way, words in (("t2m", "text to music"), ("m2t", "music to text")):
        part = report.figures.directions[way]
        figure = part.figures["R@10"]
        below = f"95 % {span('R@10', figure.interval)}, chance {number('R@10', figure.chance)}, pool {part.pool:,}"
        yield Tile(f"R@10, {words}", number("R@10", figure.interval.value), below)
    figure = report.figures.directions["t2m"].figures["MedR"]
    below = f"95 % {span('MedR', figure.interval)}, chance {number('MedR', figure.chance)}, ranks from 1"
    yield Tile("median rank, text to music", number("MedR", figure.interval.value), below)
    baselines = report.parts.get("baselines")
    if isinstance(baselines, Against):
        gain = baselines.gains["look_up"][f"{report.figures.name}/t2m/mAP@10"]
        below = f"95 % {gain.low:+.3f} to {gain.high:+.3f}, paired"
        yield Tile("mAP@10 over a look-up in the training", f"{gain.value:+.3f}", below)


def _facts(checkpoint: Checkpoint) -> tuple[tuple[str, ...], ...]:
    """Return what the page's head says of the checkpoint, as pairs of label and value."""
    info = checkpoint.info
    return (
        ("audio encoder ", f"{info.audio_encoder.name}@{info.audio_encoder.revision}"),
        ("text encoder ", f"{info.text_encoder.name}@{info.text_encoder.revision}"),
        ("trained on store ", info.store_fingerprint[:12]),
        ("captioner ", info.captioner),
        ("parameters trained ", f"{info.parameters.trainable:,} of {info.parameters.total:,}"),
        ("epochs, seed ", f"{info.recipe.epochs}, {info.recipe.seed}"),
    )
