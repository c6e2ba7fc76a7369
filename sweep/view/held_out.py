"""Test results: the winner, the default and untrained heads, with intervals and chance levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from adsw.evaluate.evaluation import Evaluation
from adsw.evaluate.intervals import differences, intervals
from adsw.evaluate.queries import QUERY_SOURCES
from adsw.metrics import DIRECTIONS, METRICS, Metric
from adsw.stats.interval import Interval
from sweep.view.leaderboard import Leaderboard
from sweep.view.run_data import RunData
from sweep.view.scores import difference, direction_of, estimate

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
    """Best minus default on the same queries; None where one is missing or they are one trial."""


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
        """The system of that key, if it was evaluated."""
        return next((system for system in self.systems if system.key == key), None)

    def of(self, name: str) -> Comparison:
        """One metric in the objective's direction, over all queries."""
        wanted = replace(self.objective.metric.named(name), source="")
        return next(row for row in self.by_metric if row.metric == wanted)


def held_out_results(run: RunData, board: Leaderboard) -> TestResults | None:
    """Collect the test results of a run; None where no trained heads were evaluated on the test split."""
    systems = _systems(run, board)
    if not any(system.key != UNTRAINED for system in systems):
        return None
    metric = run.on_test(Metric.parse(board.metric))
    sources = systems[0].evaluation.t2m.by_source() if metric.way == "t2m" else {}
    by_metric = _all_metrics(systems, metric.way)
    overall = next(row for row in by_metric if row.metric == replace(metric, source=""))
    return TestResults(
        systems=systems,
        objective=_objective(systems, metric) if metric.source else replace(overall, label="all queries"),
        by_source=tuple(_of_source(systems, metric, source) for source in QUERY_SOURCES if source in sources),
        by_metric=by_metric,
        pool=systems[0].evaluation.direction(metric.way).pool,
        conventions=systems[0].evaluation.conventions,
    )


def _systems(run: RunData, board: Leaderboard) -> tuple[System, ...]:
    found = []
    best, default = board.best, board.default
    if best is not None and best.test is not None:
        label = f"best: trial {best.number}" + (", which is the default" if best.is_default else "")
        found.append(System(BEST, label, run.test[best.number], best.test.intervals))
    if default is not None and default != best and default.test is not None:
        label = f"default: trial {default.number}"
        found.append(System(DEFAULT, label, run.test[default.number], default.test.intervals))
    if run.untrained is not None:
        found.append(System(UNTRAINED, "untrained heads", run.untrained, intervals(run.untrained)))
    return tuple(found)


def _objective(systems: tuple[System, ...], metric: Metric) -> Comparison:
    """The objective on the queries of its source of texts."""
    evaluations = {system.key: system.evaluation for system in systems}
    part = direction_of(systems[0].evaluation, metric)
    estimates = {key: estimate(found, metric) for key, found in evaluations.items()}
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
    """Every metric over all queries, the objective's direction first."""
    evaluations = {system.key: system.evaluation for system in systems}
    best, default = evaluations.get(BEST), evaluations.get(DEFAULT)
    gaps: Mapping[str, Interval] = {}
    if best is not None and default is not None and best.queries == default.queries:
        gaps = differences(best, default)
    shown = systems[0].evaluation
    rows = []
    for way in sorted(DIRECTIONS, key=lambda way: way != first_way):
        direction = shown.direction(way)
        tracks = len(np.unique(direction.clusters))
        for name in METRICS:
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


def _of_source(systems: tuple[System, ...], metric: Metric, source: str) -> Comparison:
    """One metric on the queries of one kind, whatever the objective is limited to."""
    metric = replace(metric, source="")
    part = systems[0].evaluation.direction(metric.way).by_source()[source]
    evaluations = {system.key: system.evaluation for system in systems}
    estimates = {key: estimate(found, metric, source) for key, found in evaluations.items()}
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
