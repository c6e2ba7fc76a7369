"""Test results: the winner, the default and untrained heads, with intervals and chance levels; their section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from adsw.metrics import BY_TAGS, METRICS, SWAP, SWAP_ACCURACY, Metric, mode_of
from adsw.report.format import MINUS, aim, plural
from adsw.report.section import Beside, Paragraph, Plot, Section
from adsw.report.table import NOTHING, Cell, TableModel, figure, file_table, head_columns, with_best
from adsw.retrieval.evaluation import Evaluation
from adsw.retrieval.intervals import differences, intervals
from adsw.retrieval.queries import QUERY_SOURCES
from adsw.stats.interval import Interval
from sweep.report.data import RunData, difference, direction_of, estimate, gap_cell
from sweep.report.drawing import SIZES, SYMBOLS, Figure, colour, interval_marks, layout, row_axis
from sweep.report.leaderboard import Leaderboard

SOURCE_LABELS = {
    "full_tags": "full tag lists",
    "full_caption": "captions of all tags",
    "partial_tags": "partial tag lists",
    "partial_caption": "captions of some tags",
    "human": "human captions",
}
BEST, DEFAULT, UNTRAINED = "best", "default", "untrained"


@dataclass(frozen=True, slots=True)
class System:
    """One of the compared pairs of heads."""

    key: str
    """`BEST`, `DEFAULT` or `UNTRAINED`."""
    label: str
    evaluation: Evaluation
    intervals: Mapping[str, Interval]
    """Of every metric, by its full name."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric on one set of queries, for all systems."""

    label: str
    metric: Metric
    queries: int
    tracks: int
    chance: float
    scores: Mapping[str, Interval]
    """By `System.key`."""
    difference: Interval | None
    """Best minus default on the same queries; None if one is missing or both are one trial."""


@dataclass(frozen=True, slots=True)
class TestResults:
    """Everything measured on the test split."""

    __test__ = False  # its name must not make pytest collect it

    systems: tuple[System, ...]
    objective: Comparison
    """The sweep's objective, on test."""
    by_source: tuple[Comparison, ...]
    """The objective by the source of the query; text-to-music objectives only."""
    by_metric: tuple[Comparison, ...]
    """Every metric of both directions, over all queries."""
    pool: int
    conventions: tuple[str, ...]

    def system(self, key: str) -> System | None:
        """Return the system of that key, or None if it was not evaluated."""
        return next((system for system in self.systems if system.key == key), None)

    def of(self, name: str) -> Comparison:
        """Return one metric in the objective's direction, of swaps text to music, over all queries."""
        wanted = replace(self.objective.metric.named(name), source="", way=_direction(self.objective.metric))
        return next(row for row in self.by_metric if row.metric == wanted)


def held_out_results(run: RunData, board: Leaderboard) -> TestResults | None:
    """Collect the test results of a run; return None if no trained heads were judged by the objective there."""
    systems = _systems(run, board)
    metric = run.on_test(Metric.parse(board.metric))
    if not any(system.key != UNTRAINED for system in systems) or metric.way not in systems[0].evaluation.ways:
        return None
    sources = systems[0].evaluation.t2m.by_source() if metric.way == "t2m" else {}
    by_metric = _all_metrics(systems, metric.way)
    overall = next(row for row in by_metric if row.metric == replace(metric, source=""))
    return TestResults(
        systems=systems,
        objective=_objective(systems, metric) if metric.source else replace(overall, label="all queries"),
        by_source=tuple(_of_source(systems, metric, source) for source in QUERY_SOURCES if source in sources),
        by_metric=by_metric,
        pool=systems[0].evaluation.direction(_direction(metric)).pool,
        conventions=systems[0].evaluation.conventions,
    )


def _direction(metric: Metric) -> str:
    """Return the direction of retrieval that stands beside a metric: its own, text to music beside swaps."""
    return "t2m" if metric.way == SWAP else metric.way


def _systems(run: RunData, board: Leaderboard) -> tuple[System, ...]:
    systems = []
    best, default = board.best, board.default
    if best is not None and best.test is not None:
        label = f"best: trial {best.number}" + (", which is the default" if best.is_default else "")
        systems.append(System(BEST, label, run.test[best.number], best.test.intervals))
    if default is not None and default != best and default.test is not None:
        label = f"default: trial {default.number}"
        systems.append(System(DEFAULT, label, run.test[default.number], default.test.intervals))
    if run.untrained is not None:
        systems.append(System(UNTRAINED, "untrained heads", run.untrained, intervals(run.untrained)))
    return tuple(systems)


def _objective(systems: tuple[System, ...], metric: Metric) -> Comparison:
    """Compare the systems by the objective, on the queries of its source of texts."""
    evaluations = {system.key: system.evaluation for system in systems}
    part = direction_of(systems[0].evaluation, metric)
    estimates = {key: estimate(evaluation, metric) for key, evaluation in evaluations.items()}
    paired = BEST in evaluations and DEFAULT in evaluations
    return Comparison(
        label=f"queries from {metric.source}",
        metric=metric,
        queries=len(part) if part else 0,
        tracks=len(np.unique(part.clusters)) if part else 0,
        chance=part.chance[metric.name] if part else 0.0,
        scores={key: score for key, score in estimates.items() if score is not None},
        difference=difference(evaluations[BEST], evaluations[DEFAULT], metric) if paired else None,
    )


def _all_metrics(systems: tuple[System, ...], first_way: str) -> tuple[Comparison, ...]:
    """Compare the systems by every metric over all queries, the objective's direction first."""
    evaluations = {system.key: system.evaluation for system in systems}
    best, default = evaluations.get(BEST), evaluations.get(DEFAULT)
    gaps: Mapping[str, Interval] = {}
    if best is not None and default is not None and best.queries == default.queries:
        gaps = differences(best, default)
    shown = systems[0].evaluation
    rows = []
    for way in sorted(shown.ways, key=lambda way: way != first_way):
        direction = shown.direction(way)
        tracks = len(np.unique(direction.clusters))
        for name in _measured_by_all(systems, way):
            metric = Metric("test", way, name)
            rows.append(
                Comparison(
                    label=metric.short,
                    metric=metric,
                    queries=len(direction),
                    tracks=tracks,
                    chance=shown.chance[metric.full],
                    scores={system.key: system.intervals[metric.full] for system in systems},
                    difference=gaps.get(metric.full),
                )
            )
    return tuple(rows)


def _measured_by_all(systems: tuple[System, ...], way: str) -> list[str]:
    """Return the metrics of a direction that every system has: evaluations of old runs lack those by tags."""
    names = (SWAP_ACCURACY,) if way == SWAP else (*METRICS, *BY_TAGS)
    return [name for name in names if all(f"test/{way}/{name}" in part.intervals for part in systems)]


def _of_source(systems: tuple[System, ...], metric: Metric, source: str) -> Comparison:
    """Compare the systems by one metric on the queries of one kind, whatever the objective is limited to."""
    metric = replace(metric, source="")
    part = systems[0].evaluation.direction(metric.way).by_source()[source]
    evaluations = {system.key: system.evaluation for system in systems}
    estimates = {key: estimate(evaluation, metric, source) for key, evaluation in evaluations.items()}
    gap = None
    if BEST in evaluations and DEFAULT in evaluations:
        gap = difference(evaluations[BEST], evaluations[DEFAULT], metric, source)
    return Comparison(
        label=SOURCE_LABELS[source],
        metric=metric,
        queries=len(part),
        tracks=len(np.unique(part.clusters)),
        chance=part.chance[metric.name],
        scores={key: score for key, score in estimates.items() if score is not None},
        difference=gap,
    )


def results_section(results: TestResults, name: str, opened: str) -> Section:
    """Return the section on test results.

    Args:
        results: what was measured.
        name: of the run.
        opened: what the test split was opened for.
    """
    over = (
        f"{plural(results.objective.tracks, 'track')}, a pool of {results.pool:,}. 95 % percentile bootstrap over "
        "tracks; best minus default is paired over the same queries."
    )
    metric = results.objective.metric
    sources = [results.objective, *results.by_source]
    differ = any(row.difference for row in (results.by_source or (results.objective,)))
    forest = (
        "Best minus default. An interval that crosses the line leaves the question open."
        if differ
        else "There is no difference to show: the winner is the default, or one of the two was not measured on test."
    )
    figures = (
        Plot(
            "test",
            test_scores(results),
            "Test scores by kind of query",
            "Score by kind of query, with 95 % intervals. The upright tick is chance.",
        ),
        Plot(
            "difference",
            test_differences(results) if differ else None,
            "Difference of best and default by kind of query",
            forest,
        ),
    )
    by_source = f"Test results of {name}, {aim(metric.full, mode_of(metric.full))}, by kind of query: {over}"
    by_metric = f"Test results of {name}, all metrics over all queries: {over}"
    tables = (
        result_table("test-sources", f"{metric.short} by kind of query", by_source, "kind of query", sources, results),
        result_table("test-metrics", "All metrics", by_metric, "metric", results.by_metric, results),
        _every_score(results),
    )
    return Section(
        "test",
        "Test results",
        (Beside(figures), *tables),
        f"The test split was opened once, for {opened}.",
        label="Test",
    )


def no_results_section(why: str) -> Section:
    """Return the section of a run without test results."""
    return Section("test", "Test results", (Paragraph(f"There are no test results: {why}."),), label="Test")


def result_table(
    key: str, title: str, caption: str, first: str, rows: Sequence[Comparison], results: TestResults
) -> TableModel:
    """Return a table with metrics or kinds of query in rows and systems in columns.

    Args:
        key: name of the table.
        title: of the table.
        caption: of the table in print.
        first: head of the first column.
        rows: the metrics or kinds of query.
        results: the test results that the rows are taken from.
    """
    heads = (first, "queries", *(system.label for system in results.systems), "chance", f"{BEST} {MINUS} {DEFAULT}")
    return TableModel(
        name=key,
        title=title,
        caption=caption,
        columns=head_columns(*heads, details=("queries",)),
        rows=tuple(_result(row, [system.key for system in results.systems]) for row in rows),
        file=None,
    )


def _result(row: Comparison, keys: Sequence[str]) -> tuple[Cell, ...]:
    name = row.metric.full
    mode = mode_of(name)
    scores = [row.scores.get(key) for key in keys]
    cells = [Cell(NOTHING) if score is None else figure(name, score.value, score) for score in scores]
    return (
        Cell(row.label),
        Cell(f"{row.queries:,}"),
        *with_best(cells, mode),
        figure(name, row.chance),
        gap_cell(row.difference, name, mode),
    )


def _every_score(results: TestResults) -> TableModel:
    """Return the file of all scores: a line per metric or kind of query, and system."""
    lines = [
        (row.label, row.metric.full, row.queries, row.chance, system, score.value, score.low, score.high)
        for row in (*results.by_source, *results.by_metric)
        for system, score in [*row.scores.items(), ("best minus default", row.difference)]
        if score is not None
    ]
    fields = ("what", "metric", "queries", "chance", "system", "value", "low95", "high95")
    return file_table("test-results", fields, lines, "both tables as CSV")


def test_scores(results: TestResults) -> Figure:
    """Draw the objective on test by kind of query: a dot with its interval per system, chance as a tick."""
    rows = [results.objective, *results.by_source]
    data = []
    count = len(results.systems)
    for index, system in enumerate(results.systems):
        offset = 0.22 * ((count - 1) / 2 - index)
        data.append(_interval_dots(rows, system.key, system.label, offset))
    data.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "chance",
            "x": [row.chance for row in rows],
            "y": list(range(len(rows))),
            "marker": {
                "symbol": "line-ns-open",
                "size": 22,
                "color": colour("muted"),
                "line": {"width": 1.5},
            },
            "hovertemplate": "chance %{x:.4f}<extra></extra>",
        }
    )
    height = 120 + 52 * len(rows)
    plot = layout(height, x=results.objective.metric.full)
    plot["yaxis"] |= row_axis([row.label for row in rows])
    plot["xaxis"]["rangemode"] = "tozero"
    return {"data": data, "layout": plot}


def test_differences(results: TestResults) -> Figure:
    """Draw best minus default by kind of query, paired, with intervals and the line of no difference."""
    rows = [row for row in (results.objective, *results.by_source) if row.difference is not None]
    gaps = [row.difference for row in rows if row.difference is not None]
    triples = [(gap.value, gap.low, gap.high) for gap in gaps]
    trace = {**interval_marks(triples, range(len(gaps)), "best minus default", "best", "+.4f"), "showlegend": False}
    plot = layout(120 + 52 * len(rows), x=f"best minus default, {results.objective.metric.name}")
    plot["yaxis"] |= row_axis([row.label for row in rows])
    plot["xaxis"] |= {
        "zeroline": True,
        "zerolinecolor": colour("ink"),
        "zerolinewidth": 1.5,
        "rangemode": "tozero",
    }
    return {"data": [trace], "layout": plot}


def _interval_dots(rows: Sequence[Comparison], key: str, label: str, offset: float) -> Figure:
    shown = [(place, row.scores[key]) for place, row in enumerate(rows) if key in row.scores]
    triples = [(score.value, score.low, score.high) for _, score in shown]
    places = [place - offset for place, _ in shown]
    return interval_marks(triples, places, label, key, ".4f", SIZES.get(key, 9), SYMBOLS[key])
