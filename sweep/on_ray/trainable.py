"""Tune's side of a trial: a light client of the cells. It trains nothing itself.

One `step` goes from one decision to the next: the epochs at which the scheduler looks at a trial are known beforehand
(`decisions`), the cell trains freely up to the next one, and Tune hears of it once. A scheduler's decision is never
overtaken, and Tune's own cost per result is paid a few times per trial and not at every epoch.
"""

from __future__ import annotations

import math
import uuid
from pathlib import Path
from typing import Any

import ray
from ray import tune

from sweep.cell.protocol import Progress, TrialRequest
from sweep.cell.slot_state import SavedStates


class TrialClient(tune.Trainable):  # type: ignore[misc]
    """Asks the broker to train one trial, and tells Tune how it goes."""

    _epoch: int
    """Epochs of the last decision that Tune knows of."""

    def setup(self, config: dict[str, Any]) -> None:
        """Register the trial; where it was begun before, from its saved state."""
        self._open(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Serve another trial in the same process."""
        self._open(new_config)
        return True

    def step(self) -> dict[str, Any]:
        """Wait until the next decision's epoch; returns its metrics under their names, and `epoch`."""
        target = next((epoch for epoch in self._decisions if epoch > self._epoch), self._epochs)
        progress = self._train_until(target)
        self._epoch = progress.epoch
        if progress.why is not None:
            # A sentinel, not an exception: the trial failed, its client and its process did not.
            return {"epoch": self._epoch, self._metric: math.nan, "failed": progress.why, "done": True}
        return {**progress.curve[-1], "epoch": self._epoch, "done": self._epoch >= self._epochs}

    def cleanup(self) -> None:
        """Nothing to do: the searcher releases the trial when it has been recorded."""

    def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
        """The trial's state lies in the run folder already; its epoch names it."""
        del checkpoint_dir
        return {"number": self._number, "epoch": self._epoch}

    def load_checkpoint(self, checkpoint: dict[str, Any] | None) -> None:
        """Go on from the epoch Tune has seen last."""
        if checkpoint:
            self._epoch = int(checkpoint["epoch"])

    def _open(self, config: dict[str, Any]) -> None:
        self._broker = ray.get_actor(config["broker"], namespace="adsw")
        self._states = Path(config["states"])
        self._number = int(config["number"])
        self._trial = config["trial"]
        self._epochs = int(config["epochs"])
        self._decisions = [int(epoch) for epoch in config["decisions"]]
        self._metric = config["metric"]
        self._token = uuid.uuid4().hex
        saved = self._submit()
        # Decisions before the saved epoch were taken; the one at it may not have been, and is taken (again) now.
        self._epoch = max(saved - 1, 0)

    def _submit(self) -> int:
        states = SavedStates(self._states)
        saved = states.progress(self._number)
        states.close()
        request = TrialRequest(self._number, self._token, self._trial, self._epochs, saved.epoch, saved.curve)
        ray.get(self._broker.submit.remote(request))
        return saved.epoch

    def _train_until(self, target: int) -> Progress:
        while True:
            if not ray.get(self._broker.grant.remote(self._number, self._token, target)):
                self._submit()
                continue
            progress: Progress | None = ray.get(self._broker.reach.remote(self._number, self._token, target))
            if progress is not None and (progress.why is not None or progress.epoch >= target):
                return _at(progress, target)


def _at(progress: Progress, epoch: int) -> Progress:
    """The progress as it was at an epoch: a resumed trial may be further than the decision that is due."""
    if progress.why is not None or progress.epoch == epoch:
        return progress
    return Progress(epoch, progress.curve[:epoch])
