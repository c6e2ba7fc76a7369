"""Tune's trainable: a light client of the cells, which does not train itself.

One `step` goes from one decision to the next: the epochs at which the scheduler decides about a trial are known
beforehand (`decisions`), a cell trains up to the next one without asking, and Tune gets one result for it. No trial
trains beyond an open decision, and Tune's cost per result is paid a few times per trial and not at every epoch.
"""

from __future__ import annotations

import math
import uuid
from pathlib import Path
from typing import Any

import ray
from ray import tune

from adsw.judging import Judging
from sweep.cell.messages import Progress, TrialRequest
from sweep.cell.saved_states import SavedStates


class TrialClient(tune.Trainable):  # type: ignore[misc]
    """Asks the broker to train one trial, and returns its results to Tune."""

    _epoch: int
    """Epoch of the last decision that Tune knows."""

    def setup(self, config: dict[str, Any]) -> None:
        """Submit the trial to the broker, from its saved state if it was begun before."""
        self._open(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Change to another trial in the same process, which saves Tune a process per trial."""
        self._open(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Wait until the epoch of the next decision, and return its metrics by name, and `epoch`."""
        target = next((epoch for epoch in self._decisions if epoch > self._epoch), self._epochs)
        progress = self._train_until(target)
        self._epoch = progress.epoch
        if progress.why is not None:
            # NaN and not an exception, on which Tune would start the client again: the trial failed, not its client.
            return {"epoch": self._epoch, self._judging.metric: math.nan, "failed": progress.why, "done": True}
        # The scheduler compares what trials would be judged by if they ended here.
        judged = {self._judging.metric: self._judging.judged(progress.curve).get(self._judging.metric)}
        known = {name: value for name, value in judged.items() if value is not None}
        done = progress.over or self._epoch >= self._epochs
        return {**progress.curve[-1], **known, "epoch": self._epoch, "done": done}

    def cleanup(self) -> None:
        """Do nothing: the searcher releases the trial when it has been recorded."""

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """Return number and epoch only: the trial's state is in the run folder already."""
        del checkpoint_dir
        return {"number": self._number, "epoch": self._epoch}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Continue from the last epoch that Tune has seen."""
        if checkpoint:
            self._epoch = int(checkpoint["epoch"])

    def _open(self, config: dict[str, Any]) -> None:
        """Take over the configuration of a trial, and submit it."""
        self._broker = ray.get_actor(config["broker"], namespace="adsw")
        self._states = Path(config["states"])
        self._number = int(config["number"])
        self._trial = config["trial"]
        self._epochs = int(config["epochs"])
        self._decisions = [int(epoch) for epoch in config["decisions"]]
        self._judging = Judging(**config["judging"])
        self._token = uuid.uuid4().hex
        saved = self._submit()
        # Decisions before the saved epoch were taken; the one at it may not have been, and is taken (again) now.
        self._epoch = max(saved - 1, 0)

    def _submit(self) -> int:
        """Submit the trial to the broker, and return the epoch of its saved state."""
        states = SavedStates(self._states)
        saved = states.progress(self._number)
        states.close()
        begun = saved.epoch, saved.curve
        request = TrialRequest(self._number, self._token, self._trial, self._epochs, *begun, self._judging)
        ray.get(self._broker.submit.remote(request))
        return saved.epoch

    def _train_until(self, target: int) -> Progress:
        """Let the trial train up to an epoch, and wait until it has or failed."""
        while True:
            # A broker that Ray has started again knows no trial.
            if not ray.get(self._broker.grant.remote(self._number, self._token, target)):
                self._submit()
                continue
            progress: Progress | None = ray.get(self._broker.reach.remote(self._number, self._token, target))
            if progress is None:
                continue
            if progress.why is not None or progress.over or progress.epoch >= target:
                return _at(progress, target)


def _at(progress: Progress, epoch: int) -> Progress:
    """Return the progress as of an epoch: a resumed trial may be further than the decision that is due."""
    if progress.why is not None or progress.epoch <= epoch:
        return progress
    return Progress(epoch, progress.curve[:epoch])
