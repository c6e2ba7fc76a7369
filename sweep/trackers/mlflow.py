"""MLflow: one experiment per sweep, one run per trial, and one run of the sweep itself with report and leaderboard.

The trials are not nested below that run: MLflow's charts would show none of them until it is unfolded.
A trial's run is found again by its tags, so that a resumed sweep goes on where it was. All figures of an epoch are
sent together, ``epoch`` last: if MLflow has an epoch's number, it has its figures. MLflow allows no ``@`` in names:
``valid/t2m/R@10`` is ``valid/t2m/R_at_10`` there.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.trackers.mlflow_place import artifact_place, client_of
from sweep.trackers.protocol import FAILED, RUNNING, TrackedSweep, TrackedTrial, finite_metrics

NAME = "MLflow"

TAG = "adsw."
"""Prefix of our tags' names."""

PARAMS_AT_ONCE, METRICS_AT_ONCE = 100, 1000
"""MLflow's limits of one request."""

LONGEST_PARAM, LONGEST_TAG = 6000, 8000
"""MLflow's limits of a value."""

_NOT_ALLOWED = re.compile(r"[^/\w.\- :]")

_STATUS = {"failed": "FAILED", "stopped": "KILLED"}
"""MLflow's words for our states; FINISHED for the others."""


@dataclass
class _Run:
    """State of a trial's run at MLflow."""

    id: str
    state: str
    epoch: int = 0
    """Last epoch that MLflow has."""
    params: set[str] = field(default_factory=set)
    halted: bool = False
    """Whether it is marked as killed because the sweep was interrupted."""


class MLflow:
    """MLflow's record of one sweep; see the module."""

    def __init__(self, place: str, runs: Path, sweep: TrackedSweep) -> None:
        self._sweep = sweep
        self._client = client_of(place, runs)
        self._experiment = self._open_experiment(artifact_place(place, runs))
        self._runs = dict(self._existing_runs())
        self._sweep_run = self._open_sweep_run()
        self._finished = False

    def write(self, trial: TrackedTrial) -> None:
        """Take in a trial's state (`Tracker.write`): send what MLflow does not have yet."""
        known = self._runs.get(trial.number)
        if known is not None and known.state == FAILED and trial.state != FAILED:  # it is trained again
            self._client.delete_run(known.id)
            known = None
        if known is None:
            self._runs[trial.number] = self._begin(trial)
        run = self._runs[trial.number]
        # Ended at MLflow: the whole trial is there.
        if run.state != RUNNING:
            return
        # An interruption had marked it as killed.
        if run.halted:
            self._client.update_run(run.id, status="RUNNING")
            run.halted = False
        self._send_params(run, trial)
        self._send_epochs(run, trial)
        if trial.ended:
            for name, value in self._ending(trial).items():
                self._client.set_tag(run.id, name, value)
            self._client.set_terminated(run.id, _STATUS.get(trial.state, "FINISHED"))
            run.state = trial.state

    def finish(self, files: Sequence[Path]) -> None:
        """Complete the record (`Tracker.finish`): keep the files with the sweep's own run."""
        for file in files:
            self._client.log_artifact(self._sweep_run, str(file))
        self._client.set_terminated(self._sweep_run, "FINISHED")
        self._finished = True

    def close(self) -> None:
        """Mark what still runs as killed, until the sweep is resumed (`Tracker.close`)."""
        for run in self._runs.values():
            if run.state == RUNNING and not run.halted:
                self._client.set_terminated(run.id, "KILLED")
                run.halted = True
        if not self._finished:
            self._client.set_terminated(self._sweep_run, "KILLED")

    def _open_experiment(self, artifacts: str | None) -> str:
        """Return the identifier of the sweep's experiment, which is created if there is none."""
        name = self._sweep.name
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            # Without it the experiment's page opens on its view of language models.
            kind = {"mlflow.experimentKind": "custom_model_development"}
            return str(self._client.create_experiment(name, artifact_location=artifacts, tags=kind))
        # MLflow keeps the name of a deleted experiment taken: another one cannot be created.
        if experiment.lifecycle_stage == "deleted":
            raise RuntimeError(f"the experiment {name} was deleted; restore it, or remove it for good with mlflow gc")
        return str(experiment.experiment_id)

    def _existing_runs(self) -> Iterator[tuple[int, _Run]]:
        """Yield the trials' runs that MLflow has already, by the trial's number."""
        for run in self._search():
            number = run.data.tags.get(TAG + "trial")
            if number is not None:
                state = run.data.tags.get(TAG + "state", RUNNING)
                epoch = int(run.data.metrics.get("epoch", 0))
                halted = run.info.status == "KILLED"
                yield int(number), _Run(run.info.run_id, state, epoch, set(run.data.params), halted)

    def _search(self) -> Iterator[Any]:
        """Yield all runs of this sweep, page by page."""
        token = None
        while True:
            query = f"tags.`{TAG}sweep` = '{self._sweep.identity}'"
            page = self._client.search_runs([self._experiment], query, max_results=1000, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _open_sweep_run(self) -> str:
        """Return the identifier of the sweep's own run, which is created, or set to running again after a resume."""
        for run in self._search():
            if TAG + "trial" not in run.data.tags:
                self._client.update_run(run.info.run_id, status="RUNNING")
                return str(run.info.run_id)
        document = self._sweep.document
        tags = {
            **self._common(""),
            TAG + "command": " ".join(document.command),
            TAG + "objective": ", ".join(
                f"{objective.metric} ({objective.mode})" for objective in self._sweep.objectives
            ),
            TAG + "versions": json.dumps(document.versions),
            "mlflow.note.content": self._sweep.space.description,
            "mlflow.source.name": "sweep run",
            "mlflow.source.git.commit": document.code.revision or "",
        }
        return str(self._client.create_run(self._experiment, run_name=self._sweep.name, tags=_cut(tags)).info.run_id)

    def _begin(self, trial: TrackedTrial) -> _Run:
        """Create the run of a trial."""
        about = ", ".join(part for part in (trial.arm, trial.purpose) if part)
        tags = {
            **self._common(trial.store),
            TAG + "trial": str(trial.number),
            TAG + "state": RUNNING,
            TAG + "arm": trial.arm or "",
            TAG + "purpose": trial.purpose,
            TAG + "searched": ", ".join(trial.params),
        }
        name = f"trial {trial.number}" + (f" ({about})" if about else "")
        run = self._client.create_run(self._experiment, run_name=name, tags=_cut(tags))
        return _Run(run.info.run_id, RUNNING)

    def _common(self, store: str) -> dict[str, str]:
        """Return the tags of every run of the sweep."""
        return {
            TAG + "sweep": self._sweep.identity,
            TAG + "store": self._sweep.store_fingerprint(store),
            TAG + "store_name": store,
            TAG + "code": self._sweep.revision,
        }

    def _ending(self, trial: TrackedTrial) -> dict[str, str]:
        """Return the tags of a trial that has ended, in the order to set them."""
        # The state last: a resumed sweep takes a run that has it for complete.
        return _cut({TAG + "why": trial.why, TAG + "seconds": f"{trial.seconds:.2f}", TAG + "state": trial.state})

    def _send_params(self, run: _Run, trial: TrackedTrial) -> None:
        """Send the parameters that MLflow does not have yet."""
        from mlflow.entities import Param

        new = [Param(name, value) for name, value in flat_params(trial).items() if name not in run.params]
        for place in range(0, len(new), PARAMS_AT_ONCE):
            self._client.log_batch(run.id, params=new[place : place + PARAMS_AT_ONCE])
        run.params |= {param.key for param in new}

    def _send_epochs(self, run: _Run, trial: TrackedTrial) -> None:
        """Send the epochs that MLflow does not have yet."""
        new = [point for point in trial.curve if int(point["epoch"]) > run.epoch]
        for points in _grouped(new):
            metrics = [metric for point in points for metric in _metrics(point)]
            self._client.log_batch(run.id, metrics=metrics)
            run.epoch = int(points[-1]["epoch"])


def flat_params(trial: TrackedTrial) -> dict[str, str]:
    """Return the whole recipe by dotted names, with searched values and seed, within MLflow's limits."""
    # `sweep --help` loads this file, and must not load recipes.
    from adsw.train.recipe import dotted, resolve

    recipe = dotted(resolve(dict(trial.recipe))) if trial.recipe else {}
    values = {**recipe, **trial.params, "seed": trial.seed}
    return {allowed_name(name): _text(value)[:LONGEST_PARAM] for name, value in values.items()}


def allowed_name(name: str) -> str:
    """Replace what MLflow does not allow in a name, and cut it to its limit.

    >>> allowed_name("valid/t2m/R@10")
    'valid/t2m/R_at_10'
    """
    return _NOT_ALLOWED.sub("_", name.replace("@", "_at_"))[:250]


def _metrics(point: Mapping[str, Any]) -> list[Any]:
    """Return the metrics of one epoch as MLflow's, ``epoch`` last."""
    from mlflow.entities import Metric

    now, epoch = int(time.time() * 1000), int(point["epoch"])
    metrics = [Metric(allowed_name(name), value, now, epoch) for name, value in finite_metrics(point).items()]
    return [*metrics, Metric("epoch", float(epoch), now, epoch)]


def _grouped(points: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield groups of whole epochs, each as large as one request may be."""
    group: list[Mapping[str, Any]] = []
    size = 0
    for point in points:
        if group and size + len(point) > METRICS_AT_ONCE:
            yield group
            group, size = [], 0
        group.append(point)
        size += len(point)
    if group:
        yield group


def _text(value: Any) -> str:
    """Return a value as text: strings unchanged, others as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _cut(tags: Mapping[str, str]) -> dict[str, str]:
    """Cut the values of tags to MLflow's limit."""
    return {name: value[:LONGEST_TAG] for name, value in tags.items()}
