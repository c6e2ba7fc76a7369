"""What Optuna's own tools, such as optuna-dashboard, show of a sweep beside parameters and values."""

from __future__ import annotations

import warnings

import optuna
from optuna.storages import BaseStorage

from sweep.space.model import Space
from sweep.state import TrialRecord
from sweep.sweep_record import SweepRecord

_WHY = 500
"""Characters of the reason of an end that are kept: the journal is read whole by whoever opens it."""


def label_study(study: optuna.Study, space: Space, sweep: SweepRecord) -> None:
    """Set the names of the objectives and the origin of the sweep on a study, unless it has them already.

    Args:
        study: the sweep's.
        space: what is searched.
        sweep: its sweep.json.
    """
    if study.metric_names is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([objective.metric for objective in space.objectives])
    labels = {
        "question": space.description.strip(),
        "store": sweep.store.path,
        "store fingerprint": sweep.store.fingerprint,
        "code": sweep.code.revision,
        "command": " ".join(sweep.command),
    }
    missing = {name: value for name, value in labels.items() if value and name not in study.user_attrs}
    for name, value in missing.items():
        study.set_user_attr(name, value)


def label_trial(trial: optuna.Trial, number: int, arm: str | None = None) -> None:
    """Set the sweep's number of a trial, which differs from the study's, and its arm.

    Args:
        trial: of the study.
        number: of the trial in the sweep.
        arm: name of an included configuration.
    """
    trial.set_user_attr("trial", number)
    if arm is not None:
        trial.set_user_attr("arm", arm)


def label_end(storage: BaseStorage, trial_id: int, record: TrialRecord) -> None:
    """Set how a trial ended, in the sweep's words; to be called before the study is told, as Optuna requires."""
    labels = {"state": record.state.value, "epochs": record.epochs, "seconds": round(record.seconds, 2)}
    for name, value in {**labels, **({"why": record.why[:_WHY]} if record.why else {})}.items():
        storage.set_trial_user_attr(trial_id, name, value)
