"""States of sweeps and trials, the transitions that are allowed, and the record of an ended trial. All pure.

A transition that is not declared here is a bug of ours and raises ValueError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

KEEP = 3
"""Checkpoints that a sweep keeps by default: the best so many, beside those of included configurations."""


class SweepStatus(StrEnum):
    """Where a sweep stands, as `sweep.json` says."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"


class TrialState(StrEnum):
    """Where a trial stands. All but STARTED have ended, and an ended trial never changes."""

    STARTED = "started"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    DUPLICATE = "duplicate"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to a trial in this state."""
        return not TRIAL_TRANSITIONS[self]


SWEEP_TRANSITIONS: Mapping[SweepStatus, frozenset[SweepStatus]] = {
    SweepStatus.RUNNING: frozenset({SweepStatus.INTERRUPTED, SweepStatus.DONE, SweepStatus.FAILED}),
    SweepStatus.INTERRUPTED: frozenset({SweepStatus.RUNNING}),
    SweepStatus.FAILED: frozenset({SweepStatus.RUNNING}),
    SweepStatus.DONE: frozenset({SweepStatus.RUNNING}),
}
"""A sweep that is done runs again when it is given more trials, or has trials left to redo."""

TRIAL_TRANSITIONS: Mapping[TrialState, frozenset[TrialState]] = {
    TrialState.STARTED: frozenset({TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED}),
    TrialState.COMPLETED: frozenset(),
    TrialState.STOPPED: frozenset(),
    TrialState.FAILED: frozenset(),
    TrialState.DUPLICATE: frozenset(),
}
"""A duplicate is never started: it ends as it is proposed, or with the trial whose recipe it repeats."""

Purpose = Literal["", "tune", "confirm"]

_State = TypeVar("_State", SweepStatus, TrialState)


def moved(current: _State, to: _State, transitions: Mapping[_State, frozenset[_State]]) -> _State:
    """The new state, if that transition is declared.

    Raises:
        ValueError: it is not.

    >>> moved(SweepStatus.RUNNING, SweepStatus.DONE, SWEEP_TRANSITIONS)
    <SweepStatus.DONE: 'done'>
    """
    if to not in transitions[current]:
        raise ValueError(f"no transition from {current} to {to}")
    return to


class TrialRecord(BaseModel):
    """One ended trial: one line of `trials.jsonl`. Metrics that are not finite are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=0)
    """0-based, unique in the sweep, the same after a resume."""
    arm: str | None = None
    """Name of the arm or of the included configuration (``default``); None for a searched trial."""
    params: dict[str, Any] = {}
    """Searched values only, by dotted name; inactive parameters are left out."""
    recipe: dict[str, Any] = {}
    """The whole recipe, nested."""
    seed: int = 0
    """Training seed."""
    state: TrialState
    purpose: Purpose = ""
    """Why it was run, where not to be compared: to choose an arm's nuisance values, or to run a winner again."""
    store: str = ""
    """Name of its store, where the run has several."""
    epochs: int = Field(default=0, ge=0)
    """Fidelity: epochs really seen."""
    metrics: dict[str, float] = {}
    """Metrics of the last epoch."""
    curve: list[dict[str, Any]] = []
    """One mapping per epoch, each with ``epoch``."""
    seconds: float = Field(default=0.0, ge=0)
    why: str = ""
    """Why it stopped or failed, or which trial it repeats."""

    @field_validator("state")
    @classmethod
    def _has_ended(cls, state: TrialState) -> TrialState:
        if not state.ended:
            raise ValueError(f"a trial that is {state} has no record yet")
        return state

    @field_validator("metrics", "curve", mode="before")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        return [finite(point) for point in value] if isinstance(value, list | tuple) else finite(value)

    @property
    def has_result(self) -> bool:
        """Whether its figures are of the full length, trained by itself or by the trial that it repeats."""
        return self.state in (TrialState.COMPLETED, TrialState.DUPLICATE)

    def configuration(self) -> str:
        """Its recipe but for the seed, as text: what trials of the same training share, whatever their names."""
        return json.dumps({key: value for key, value in self.recipe.items() if key != "seed"}, sort_keys=True)

    def value(self, metric: str) -> float | None:
        """The metric at the last epoch; None where it was not measured or not finite."""
        return self.metrics.get(metric)


def finite(point: Any) -> Any:
    """A mapping without its NaN and infinities, which JSON cannot say."""
    if not isinstance(point, Mapping):
        return point
    return {key: value for key, value in point.items() if not isinstance(value, float) or math.isfinite(value)}
