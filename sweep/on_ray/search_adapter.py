"""Adapts a sweep's searcher to Tune's searcher interface, and records the end of every trial.

Tune calls `suggest` and `on_trial_complete` from one thread. A trial is recorded before the searcher learns of it, so
that the searcher never knows more than the run folder holds.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.tune.search import Searcher as TuneSearcher

from adsw.judging import Judging
from sweep.cell.messages import Progress
from sweep.cell.saved_states import SavedStates
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search.protocol import Proposal, Searcher, Wait

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings that are the same for every trial's client."""

    broker: str
    judging: Judging
    decisions: tuple[int, ...]


class RecordingSearcher(TuneSearcher):  # type: ignore[misc]
    """Passes a sweep's proposals to Tune, and records how each trial ended."""

    def __init__(
        self,
        searcher: Searcher,
        folder: RunFolder,
        broker: Any,
        settings: ClientSettings,
        on_record: Callable[[TrialRecord], None],
        stopping: threading.Event,
    ) -> None:
        super().__init__(metric=settings.judging.metric, mode=settings.judging.mode)
        self._searcher = searcher
        self._folder = folder
        self._broker = broker
        self._settings = settings
        self._on_record = on_record
        self._states = SavedStates(folder.states)
        self._running: dict[str, Proposal] = {}
        self._stopping = stopping  # once set, trials that Tune ends early are unfinished, not ended

    def suggest(self, trial_id: str) -> Any:
        """Return the next proposal as a client's configuration, None if it must wait, or `FINISHED`."""
        if self._stopping.is_set():
            return TuneSearcher.FINISHED
        proposal = self._searcher.ask()
        for record in self._searcher.settled():
            self._on_record(record)
        if proposal is None:
            return TuneSearcher.FINISHED
        if isinstance(proposal, Wait):
            # Tune asks again: the next proposal depends on trials that are running.
            return None
        self._running[trial_id] = proposal
        # Absolute: Tune runs its clients in folders of their own.
        return client_config(proposal, self._settings, self._folder.states.resolve())

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Record an ended trial, then pass it to the searcher."""
        proposal = self._running.pop(trial_id, None)
        if proposal is None:
            return
        # Tune's last result is of the last decision: the broker knows every epoch.
        progress: Progress | None = ray.get(self._broker.progress.remote(proposal.number))
        if progress is None:
            progress = self._saved(proposal.number, result or {})
        unfinished = progress.epoch < proposal.spec.epochs and not progress.over
        if self._stopping.is_set() and unfinished:
            return
        why = "its client died more often than allowed (see sweep.log)" if error else None
        record = record_of(proposal, progress, self._settings.judging, why)
        ray.get(self._broker.release.remote(proposal.number))
        self._folder.append_trial(record)  # before `tell`: see the module's docstring
        self._searcher.tell(record)
        self._states.drop(proposal.number)
        for ended in (record, *self._searcher.settled()):  # its duplicates have ended with it
            self._on_record(ended)

    def _saved(self, number: int, result: Mapping[str, Any]) -> Progress:
        """Return the progress of a trial from its saved state, which a broker that was started again does not know."""
        saved = self._states.progress(number)
        over = self._settings.judging.is_over(saved.curve)
        return Progress(saved.epoch, saved.curve, result.get("failed"), over)

    def save(self, checkpoint_path: str) -> None:
        """Write an empty file, which Tune expects: the state is in the study's journal and the run folder."""
        Path(checkpoint_path).write_text("")

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing: Tune pickles its searcher to restore it, and sweeps are never restored that way."""
        return {}

    def restore(self, checkpoint_path: str) -> None:
        """Do nothing: a sweep is resumed from its run folder."""
        del checkpoint_path


def client_config(proposal: Proposal, settings: ClientSettings, states: Path) -> dict[str, Any]:
    """Return the configuration of `TrialClient` for a proposal."""
    epochs = proposal.spec.epochs
    return {
        "number": proposal.number,
        "trial": proposal.spec.document(),
        "exempt": proposal.spec.exempt,
        "epochs": epochs,
        "decisions": [epoch for epoch in settings.decisions if epoch < epochs] + [epochs],
        "judging": settings.judging.document(),
        "broker": settings.broker,
        "states": str(states),
    }


def record_of(proposal: Proposal, progress: Progress, judging: Judging, died: str | None = None) -> TrialRecord:
    """Return the record of an ended trial, its line in trials.jsonl.

    Args:
        proposal: the trial as it was proposed.
        progress: what the broker knows of its epochs.
        judging: which epoch is judged, and by which objective, without which the trial counts as failed.
        died: why its client died, if it did.
    """
    curve: Sequence[dict[str, float]] = progress.curve
    judged, last = judging.judged(curve), curve[-1] if curve else {}
    best = judging.best_epoch(curve) if judging.at == "best" else None
    why = died or progress.why
    if why is None and not math.isfinite(judged.get(judging.metric, math.nan)):
        why = f"{judging.metric} was never measured"
    if why is not None:
        state = TrialState.FAILED
    elif progress.epoch >= proposal.spec.epochs:
        state, why = TrialState.COMPLETED, ""
    elif progress.over:
        why = f"ended after epoch {progress.epoch}: {judging.metric} got no better than at epoch {best}"
        state = TrialState.COMPLETED
    else:
        state, why = TrialState.STOPPED, f"stopped by the scheduler after epoch {progress.epoch}"
    return TrialRecord.of(
        proposal.spec,
        proposal.number,
        state,
        epochs=progress.epoch,
        metrics=_metrics_of(judged),
        best_epoch=best,
        last_metrics={} if best is None else _metrics_of(last),
        curve=[dict(point) for point in curve],
        seconds=sum(point.get("seconds", 0.0) for point in curve),
        why=why,
    )


def _metrics_of(point: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics of evaluation sets among the figures of an epoch."""
    return {name: number for name, number in point.items() if "/" in name}
