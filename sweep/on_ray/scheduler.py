"""ASHA through Tune, with four changes: fidelity is epochs actually trained, rungs are refilled on resume, included
configurations always train to their end, and failed trials stay out of the rungs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from ray.tune.schedulers import AsyncHyperBandScheduler, FIFOScheduler, TrialScheduler


@dataclass(frozen=True, slots=True)
class Rungs:
    """Rungs of ASHA (Li et al., *A System for Massively Parallel Hyperparameter Tuning*, 2020)."""

    grace_epochs: int
    reduction_factor: float
    epochs: int

    def milestones(self) -> list[int]:
        """Return the epochs of the rungs, including the last epoch of a trial."""
        count = int(math.log(self.epochs / self.grace_epochs) / math.log(self.reduction_factor) + 1)
        rungs = (self.grace_epochs * self.reduction_factor**k for k in range(count))
        return sorted({*(math.ceil(rung) for rung in rungs if rung < self.epochs), self.epochs})


class AshaScheduler(AsyncHyperBandScheduler):  # type: ignore[misc]
    """Tune's ASHA over the epochs that a trial has actually trained."""

    def __init__(self, metric: str, mode: str, rungs: Rungs) -> None:
        super().__init__(
            time_attr="epoch",
            metric=metric,
            mode=mode,
            max_t=rungs.epochs,
            grace_period=rungs.grace_epochs,
            reduction_factor=rungs.reduction_factor,
            brackets=1,
            stop_last_trials=True,
        )

    def replay(self, curves: Iterable[Sequence[Mapping[str, float]]]) -> None:
        """Refill the rungs with the curves of trials from earlier runs of the sweep."""
        (bracket,) = self._brackets
        for index, curve in enumerate(curves):
            # A rung asks a trial for nothing but its id.
            stand_in = SimpleNamespace(trial_id=f"replayed-{index}")
            for point in curve:
                if self._metric in point:
                    bracket.on_result(stand_in, int(point["epoch"]), self._metric_op * point[self._metric])

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Decide whether a trial stops; included configurations and trials with a purpose never do."""
        # Called for exempt trials too: their results count in the rungs.
        action: str = super().on_trial_result(tune_controller, trial, result)
        exempt = trial.config["exempt"] and result["epoch"] < self._max_t
        return str(TrialScheduler.CONTINUE) if exempt else action

    def on_trial_complete(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> None:
        """Enter a trial's last result in the rungs, unless it failed (NaN)."""
        if math.isnan(float(result.get(self._metric, math.nan))):
            self.on_trial_remove(tune_controller, trial)
        else:
            super().on_trial_complete(tune_controller, trial, result)


def scheduler_for(rungs: Rungs | None, metric: str, mode: str) -> TrialScheduler:
    """Return ASHA with these rungs, or without rungs a scheduler that stops nothing."""
    return FIFOScheduler() if rungs is None else AshaScheduler(metric, mode, rungs)
