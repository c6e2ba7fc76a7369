"""Search by an Optuna study that lives in the run folder."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.trial import TrialState as OptunaState

from sweep.run.folder import RunFolder
from sweep.run.ranking import best_completed
from sweep.run.records import TrialRecord, TrialState
from sweep.run.sweep_record import SweepRecord
from sweep.search.base import Search
from sweep.search.journal import GroupedJournal
from sweep.search.protocol import Proposal, Wait
from sweep.search.reuse import KnownResults
from sweep.search.samplers import base_of, fixed_sampler, random_sampler, sampler_of
from sweep.space.configurations import base_recipe, included, recipe_of, suggest
from sweep.space.model import Space
from sweep.space.stages import confirmations
from sweep.space.trial_spec import TrialSpec

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


class OptunaSearch(Search):
    """Search by one of Optuna's samplers.

    * The study has the sweep's name and is stored in the run folder's journal, which Optuna's tools read.
    * The study is told PRUNED and the curve for a stopped trial, FAIL for a failed one, and never NaN as a value. With
      several objectives it is told all values, or FAIL if one is missing, and no curves: Optuna prunes by one only.
    * Included configurations come first. Those that are points of the space are trials of the study, so that the
      sampler learns from them; the others are trials of the sweep only.
    * Once the search has ended, its winner and the included default are trained again on fresh seeds (`confirm`).
    * Suggestions depend on the trials before them and on the searcher's seed only.
    """

    def __init__(self, space: Space, folder: RunFolder, known: KnownResults | None = None) -> None:
        super().__init__(space, folder, known)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._base = base_recipe(space)
        self._journal = GroupedJournal(folder.journal)
        self._storage = JournalStorage(self._journal)
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=folder.path.name,
            directions=["maximize" if objective.mode == "max" else "minimize" for objective in space.objectives],
            sampler=random_sampler(0),  # replaced for every trial
            pruner=optuna.pruners.NopPruner(),  # the space's scheduler stops trials
            load_if_exists=True,
        )
        label_study(self._study, space, folder.read_sweep())
        begun: list[TrialRecord | TrialSpec] = [*self._ended.values(), *(proposal.spec for proposal in self._resumable)]
        done = {trial.arm for trial in begun if not trial.purpose}
        self._included = [item for item in included(space) if item.arm not in done]
        self._restore()
        self._reconcile()

    def _draw(self, number: int) -> Proposal | Wait | None:
        if self._is_spent():
            return self._draw_confirmation(number)
        if self._included:
            return self._draw_included(number, self._included.pop(0))
        self._study.sampler, origin = sampler_of(self.space, number)
        trial = self._study.ask()
        label_trial(trial, number)
        params = suggest(self.space, trial)
        spec = TrialSpec(recipe_of(self.space, params, base=self._base), params, origin=origin)
        return Proposal(number, spec, trial.number)

    def _draw_included(self, number: int, item: TrialSpec) -> Proposal:
        if not item.params:  # no point of the space
            return Proposal(number, item)
        self._fix(number, item)
        trial = self._study.ask()
        self._enter(trial, number, item)
        return Proposal(number, item, trial.number)

    def _fix(self, number: int, spec: TrialSpec) -> None:
        """Let the study's next suggestions be the parameters of a trial."""
        encoded = {name: self.space.space[name].distribution.encode(value) for name, value in spec.params.items()}
        self._study.sampler = fixed_sampler(encoded, base_of(self.space, number))

    def _enter(self, trial: optuna.Trial, number: int, spec: TrialSpec) -> None:
        """Record a trial of fixed parameters in the study."""
        label_trial(trial, number, spec.arm)
        suggest(self.space, trial)  # returns the given values, and records them in the study
        self._journal.sync()

    def _is_spent(self) -> bool:
        """Return whether the budget allows no further trial of the search."""
        trials = self.space.trials
        return self._over_budget() or (trials is not None and self._searched >= trials)

    def _draw_confirmation(self, number: int) -> Proposal | Wait | None:
        """Return the winner or the included default on the next fresh seed, `Wait` until the whole search has ended."""
        if not self.space.confirm:
            return None
        if any(not proposal.spec.purpose for proposal in self._open.values()) or self._waiting:
            return Wait()
        winner = best_completed(self._ended.values(), self.space.objective)
        if winner is None:
            return None
        listed = confirmations(self.space, winner.spec())
        return next((Proposal(number, spec) for spec in listed if spec.training not in self._first), None)

    def _learn(self, proposal: Proposal, record: TrialRecord) -> None:
        if proposal.optuna_number is not None:
            self._tell_study(proposal.optuna_number, record)

    def _tell_study(self, number: int, record: TrialRecord) -> None:
        """Tell the study how its trial of a number ended, with labels, and the curve of a single objective."""
        values = [record.value(objective.metric) for objective in self.space.objectives]
        known = [value for value in values if value is not None]
        single = len(values) == 1
        trial_id = self._trial_id(number)
        if self._storage.get_trial(trial_id).state.is_finished():
            trial_id = self._begin_again(trial_id)
            number = self._storage.get_trial(trial_id).number
        label_end(self._storage, trial_id, record)
        if single:
            for epoch, reached in curve_of(self.space.judging.so_far(record.curve), self.space.objective.metric):
                self._storage.set_trial_intermediate_value(trial_id, epoch, reached)
        if record.state is TrialState.COMPLETED and len(known) == len(values):
            self._study.tell(number, known)
        elif record.state is TrialState.STOPPED and single and known:
            self._study.tell(number, state=OptunaState.PRUNED)
        else:
            self._study.tell(number, state=OptunaState.FAIL)
        self._journal.sync()

    def _begin_again(self, trial_id: int) -> int:
        """Begin a copy of a failed trial that was trained again: a finished one cannot be told another end."""
        failed = self._storage.get_trial(trial_id)
        again = optuna.trial.create_trial(
            state=OptunaState.RUNNING,
            params=failed.params,
            distributions=failed.distributions,
            user_attrs={name: value for name, value in failed.user_attrs.items() if name in ("trial", "arm")},
            system_attrs=failed.system_attrs,
        )
        return int(self._storage.create_new_trial(self._study._study_id, template_trial=again))

    def _trial_id(self, number: int) -> int:
        study_id = self._storage.get_study_id_from_name(self._study.study_name)
        return int(self._storage.get_trial_id_from_study_id_trial_number(study_id, number))

    def _restore(self) -> None:
        """Put back into the study what a crash of the machine took from its journal, from the files of started trials.

        The journal is written first, but waits for the disk last: of its latest trials some or all lines may be lost.
        """
        started = self.folder.started_trials()
        wanted = {
            document["optuna_number"]: (number, document)
            for number, document in started.items()
            if document.get("optuna_number") is not None
        }
        held = self._study.get_trials(deepcopy=False)
        for trial in held:
            if trial.state is OptunaState.RUNNING and trial.number in wanted:
                number, document = wanted[trial.number]
                if document["params"].keys() - trial.params.keys():
                    spec = TrialSpec.from_document(document)
                    self._fix(number, spec)
                    self._enter(optuna.Trial(self._study, trial._trial_id), number, spec)
        for lost in range(len(held), max(wanted, default=-1) + 1):
            if lost in wanted:
                number, document = wanted[lost]
                spec = TrialSpec.from_document(document)
                self._fix(number, spec)
                self._enter(self._study.ask(), number, spec)
            else:  # one that was not started: it only keeps the numbers
                self._study.sampler = random_sampler(0)
                self._study.ask()

    def _reconcile(self) -> None:
        """Tell the study the ends of trials that it believes to run, and that ended or died with an earlier driver."""
        resumable = {proposal.optuna_number for proposal in self._resumable}
        started = self.folder.started_trials()
        ended = {
            started[number]["optuna_number"]: record for number, record in self._ended.items() if number in started
        }
        for trial in self._study.get_trials(deepcopy=False, states=(OptunaState.RUNNING,)):
            if trial.number in ended:
                self._tell_study(trial.number, ended[trial.number])
            elif trial.number not in resumable:
                self._study.tell(trial.number, state=OptunaState.FAIL)
        told = {(trial.user_attrs.get("trial"), trial.user_attrs.get("state")) for trial in self._study.trials}
        for number in self.folder.reopened_trials():
            record = self._ended.get(number)
            if record is not None and number in started and (number, record.state.value) not in told:
                self._learn(Proposal.restored(number, started[number]), record)


def curve_of(curve: Iterable[Mapping[str, Any]], metric: str) -> list[tuple[int, float]]:
    """Return the finite values of a metric along a curve, as (epoch, value) pairs."""
    points = ((point.get("epoch"), point.get(metric)) for point in curve)
    return [
        (int(epoch), float(value))
        for epoch, value in points
        if epoch is not None and value is not None and math.isfinite(value)
    ]
