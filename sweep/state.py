"""States of sweeps and trials, the transitions that are allowed, and the record of an ended trial. All pure.

A transition that is not declared here is a bug and raises ValueError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

KEEP = 3
"""Number of best checkpoints that a sweep keeps by default, beside those of included configurations."""


class SweepStatus(StrEnum):
    """Status of a sweep in `sweep.json`."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"


class TrialState(StrEnum):
    """State of a trial. All but STARTED have ended, and an ended trial never changes."""

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
"""A sweep that is done runs again if it is extended, or has trials left to repeat."""

TRIAL_TRANSITIONS: Mapping[TrialState, frozenset[TrialState]] = {
    TrialState.STARTED: frozenset({TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED}),
    TrialState.COMPLETED: frozenset(),
    TrialState.STOPPED: frozenset(),
    TrialState.FAILED: frozenset(),
    TrialState.DUPLICATE: frozenset(),
}
"""A duplicate is never started: it ends when it is proposed, or together with the trial whose recipe it repeats."""

Purpose = Literal["", "tune", "confirm"]

_State = TypeVar("_State", SweepStatus, TrialState)


def moved(current: _State, to: _State, transitions: Mapping[_State, frozenset[_State]]) -> _State:
    """Return the new state if the transition to it is declared.

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
    """``tune`` chooses an arm's nuisance values, ``confirm`` repeats a winner; empty for trials that are compared."""
    store: str = ""
    """Name of its store, if the run has several."""
    epochs: int = Field(default=0, ge=0)
    """Fidelity: epochs actually trained."""
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
        """Check that the state is one of an ended trial."""
        if not state.ended:
            raise ValueError(f"a trial that is {state} has no record yet")
        return state

    @field_validator("metrics", "curve", mode="before")
    @classmethod
    def _finite(cls, value: Any) -> Any:
        """Leave out NaN and infinities."""
        return [finite(point) for point in value] if isinstance(value, list | tuple) else finite(value)

    @property
    def has_result(self) -> bool:
        """Whether it has the metrics of a full training, its own or that of the trial it duplicates."""
        return self.state in (TrialState.COMPLETED, TrialState.DUPLICATE)

    def configuration(self) -> str:
        """Return the recipe without its seed as text, which is equal for replicates of the same configuration."""
        # Sorted: recipes are equal whatever the order of their fields.
        return json.dumps({key: value for key, value in self.recipe.items() if key != "seed"}, sort_keys=True)

    def value(self, metric: str) -> float | None:
        """Return a metric at the last epoch, or None if it was not measured or not finite."""
        return self.metrics.get(metric)


def finite(point: Any) -> Any:
    """Return a mapping without its NaN and infinities, which JSON cannot hold; return other values unchanged."""
    if not isinstance(point, Mapping):
        return point
    return {key: value for key, value in point.items() if not isinstance(value, float) or math.isfinite(value)}
