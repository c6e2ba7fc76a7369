"""Nuisance parameters that were tuned for every arm, on seeds of their own: the points tried and the one chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sweep.state import TrialRecord
from sweep.view.run_data import RunData


@dataclass(frozen=True, slots=True)
class TunedPoint:
    """One point of the nuisance grid, tried for one arm."""

    arm: str
    params: Mapping[str, Any]
    values: Mapping[int, float]
    """The objective on validation by tuning seed; trials that did not complete are missing."""
    failed: int
    chosen: bool
    """Whether the arm's replicates trained with it."""

    @property
    def mean(self) -> float | None:
        """Over its seeds; None where no trial of it completed."""
        return float(np.mean(list(self.values.values()))) if self.values else None


def tuned_points(run: RunData) -> tuple[TunedPoint, ...]:
    """Every point of every arm, in the order of the space's arms and of the grid; empty where nothing was tuned."""
    groups: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in run.tuning:
        groups.setdefault((record.arm or "", _key(record.params)), []).append(record)
    order = {name: place for place, name in enumerate(run.space.arms)}
    trained = {(record.arm or "", _key(record.params)) for record in run.records}
    shown = sorted(groups.items(), key=lambda item: (order.get(item[0][0], len(order)), item[1][0].number))
    return tuple(_point(run, key[0], records, key in trained) for key, records in shown)


def _point(run: RunData, arm: str, records: list[TrialRecord], chosen: bool) -> TunedPoint:
    values = {
        record.seed: value
        for record in records
        if record.has_result and (value := record.value(run.objective.metric)) is not None
    }
    return TunedPoint(arm, records[0].params, values, len(records) - len(values), chosen)


def _key(params: Mapping[str, Any]) -> str:
    return json.dumps(params, sort_keys=True, default=str)
