"""What the page shows of one trial: recipe, difference from the default, schedules, retrieval by kind of query."""

from __future__ import annotations

from typing import Any

import yaml

from adsw.errors import Fault, InputError
from adsw.metrics import Metric
from adsw.report.format import kept_digits, number, span
from adsw.retrieval.evaluation import Evaluation
from adsw.retrieval.queries import QUERY_SOURCES
from adsw.train.recipe import Recipe, resolve, schedules_of
from adsw.train.schedules import Adaptive
from adsw.train.schedules.describe import schedule_words
from sweep.report.data import estimate
from sweep.report.held_out_results import SOURCE_LABELS
from sweep.report.opening.winner import differences_in_words
from sweep.report.schedules import recorded_path
from sweep.run.folder import RunFolder
from sweep.run.ranking import objective_of
from sweep.run.records import TrialRecord
from sweep.space.model import DEFAULT

POINTS = 97
"""At which a schedule is drawn."""


def trial_document(folder: RunFolder, records: list[TrialRecord], trial: int) -> dict[str, Any]:
    """Return one ended trial.

    Raises:
        InputError: no such trial has ended, or its recipe is none of this version.
    """
    record = record_of(records, trial)
    base = next((each for each in records if each.arm == DEFAULT and not each.purpose), None)
    default = resolve(base.recipe) if base is not None and base.recipe else Recipe()
    recipe = resolve(record.recipe)
    metric = Metric.parse(objective_of(folder.read_sweep()).metric)
    checkpoint = folder.kept_checkpoint(trial)
    return {
        "number": trial,
        "arm": record.arm,
        "state": record.state.value,
        "purpose": record.purpose,
        "seed": record.seed,
        "epochs": record.epochs,
        "seconds": record.seconds,
        "why": record.why,
        "value": record.value(metric.full),
        "metric": metric.full,
        "recipe": yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=88),
        "differences": list(differences_in_words(recipe, default)),
        "metrics": [[name, number(value)] for name, value in sorted(record.metrics.items())],
        "curve": [[point["epoch"], point[metric.full]] for point in record.curve if metric.full in point],
        "default_curve": [] if base is None else [[p["epoch"], p[metric.full]] for p in base.curve if metric.full in p],
        "schedules": _schedules(record, recipe),
        "sources": _sources(folder, trial, metric),
        "checkpoint": None if checkpoint is None else str(checkpoint),
    }


def record_of(records: list[TrialRecord], trial: int) -> TrialRecord:
    """Return the record of a trial.

    Raises:
        InputError: no such trial has ended.
    """
    found = next((record for record in records if record.number == trial), None)
    if found is None:
        raise InputError(
            "The trial cannot be shown", [Fault(f"trial {trial}", "has not ended, or is none of this run")]
        )
    return found


def _schedules(record: TrialRecord, recipe: Recipe) -> list[dict[str, Any]]:
    """Return every scheduled quantity that moves, as points over the epochs and in words."""
    end = record.epochs or recipe.epochs
    drawn = []
    for name, schedule in schedules_of(recipe).items():
        if schedule.kind == "constant":
            continue
        if isinstance(schedule, Adaptive):
            points = recorded_path(record, name, schedule)
        else:
            epochs = [end * place / (POINTS - 1) for place in range(POINTS)]
            points = [(epoch, schedule.at(epoch)) for epoch in epochs]
        drawn.append({"name": name, "words": schedule_words(schedule), "points": [list(point) for point in points]})
    return drawn


def _sources(folder: RunFolder, trial: int, metric: Metric) -> list[dict[str, Any]]:
    """Return the objective by the kind of query on validation and test, as far as their results were kept."""
    rows = []
    for dataset in ("valid", "test"):
        try:
            evaluation = Evaluation.load(folder.evaluation(trial, dataset))
        except (InputError, OSError):
            continue
        measured = Metric(dataset, metric.way, metric.name)
        for source in (None, *QUERY_SOURCES):
            interval = estimate(evaluation, measured, source)
            if interval is None:
                continue
            digits = kept_digits(interval)
            rows.append(
                {
                    "set": dataset,
                    "kind": SOURCE_LABELS.get(source or "", "all queries"),
                    "value": number(interval.value, digits),
                    "span": span(interval, digits),
                    "low": interval.low,
                    "at": interval.value,
                    "high": interval.high,
                }
            )
    return rows
