"""The Optuna study behind a search: what it is told, and what survives crashes."""

from __future__ import annotations

import inspect
import math
import multiprocessing
import os
import statistics
import warnings
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.samplers import CmaEsSampler, GPSampler, NSGAIISampler, QMCSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search.journal import KernelLock
from sweep.search.optuna_search import OptunaSearch, curve_of
from sweep.search.protocol import Proposal
from sweep.search.samplers import describe, is_random
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.sections import SAMPLERS, SearcherConfig

METRIC = "valid/t2m/R@10"


def space_of(**keys: Any) -> Space:
    base = {
        "objective": {"metric": METRIC},
        "trials": 20,
        "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}},
        "searcher": {"startup": 4},
    }
    return parse_space({**base, **keys})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "mine", {})


def study_of(folder: RunFolder) -> optuna.Study:
    return optuna.load_study(
        study_name=folder.path.name, storage=JournalStorage(JournalFileBackend(str(folder.journal)))
    )


def asked(search: OptunaSearch) -> Proposal:
    proposal = search.ask()
    assert proposal is not None
    return proposal


def end(
    search: OptunaSearch,
    proposal: Proposal,
    state: TrialState,
    curve: list[dict[str, Any]],
    value: float | None = None,
) -> TrialRecord:
    record = TrialRecord(
        number=proposal.number,
        params=proposal.spec.params,
        recipe=proposal.spec.recipe.model_dump(mode="json"),
        state=state,
        epochs=len(curve),
        curve=curve,
        metrics={} if value is None else {METRIC: value},
    )
    search.folder.append_trial(record)
    search.tell(record)
    return record


def test_ends_are_told_in_optunas_words(folder: RunFolder) -> None:
    search = OptunaSearch(space_of(), folder)
    curve = [{"epoch": 1.0, METRIC: 0.1}, {"epoch": 2.0, METRIC: 0.3}]
    end(search, asked(search), TrialState.COMPLETED, curve, value=0.3)
    end(search, asked(search), TrialState.STOPPED, curve[:1], value=0.1)
    end(search, asked(search), TrialState.FAILED, curve[:1])
    end(search, asked(search), TrialState.COMPLETED, [{"epoch": 1.0, METRIC: math.nan}], value=math.nan)
    trials = study_of(folder).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "FAIL", "FAIL"]
    assert trials[0].value == 0.3
    assert trials[0].intermediate_values == {1: 0.1, 2: 0.3}
    assert (trials[1].last_step, trials[1].value) == (1, 0.1)
    assert trials[3].intermediate_values == {}


def test_the_study_is_the_sweeps_own(folder: RunFolder, tmp_path: Path) -> None:
    OptunaSearch(space_of(), folder)
    other = RunFolder.create(tmp_path, "other", {})
    OptunaSearch(space_of(objective={"metric": "valid/t2m/MedR"}), other)
    assert study_of(folder).direction is optuna.study.StudyDirection.MAXIMIZE
    assert study_of(other).direction is optuna.study.StudyDirection.MINIMIZE


def test_the_sampler_learns_from_included_configurations(folder: RunFolder) -> None:
    search = OptunaSearch(space_of(include=["default", {"wide": {"head.width": 512}}]), folder)
    default, wide, searched = asked(search), asked(search), asked(search)
    assert (default.spec.arm, default.spec.params, default.optuna_number) == ("default", {"optim.lr": 3e-4}, 0)
    assert (wide.spec.arm, wide.spec.params, wide.optuna_number) == ("wide", {}, None)
    assert (searched.number, searched.optuna_number) == (2, 1)
    end(search, default, TrialState.COMPLETED, [], value=0.5)
    end(search, wide, TrialState.COMPLETED, [], value=0.9)
    trials = study_of(folder).trials
    assert (trials[0].params, trials[0].value) == ({"optim.lr": 3e-4}, 0.5)
    assert len(trials) == 2


def test_what_died_before_it_started_is_told_failed_and_drawn_again(folder: RunFolder) -> None:
    space = space_of(include=["default"])
    dead = OptunaSearch(space, folder)
    first, second = asked(dead), asked(dead)
    for proposal in (first, second):  # as if it had died between the study's ask and the started file
        (folder.started / f"{proposal.number:04d}.json").unlink()
    search = OptunaSearch(space, folder)
    again = asked(search)
    assert (again.number, again.spec.arm) == (0, "default")
    assert [trial.state.name for trial in study_of(folder).trials] == ["FAIL", "FAIL", "RUNNING"]


def test_started_trials_stay_running_in_the_study(folder: RunFolder) -> None:
    dead = OptunaSearch(space_of(), folder)
    begun = asked(dead)
    search = OptunaSearch(space_of(), folder)
    assert [trial.state.name for trial in study_of(folder).trials] == ["RUNNING"]
    end(search, asked(search), TrialState.COMPLETED, [], value=0.2)
    assert study_of(folder).trials[begun.optuna_number or 0].value == 0.2


def test_duplicates_take_the_known_result(folder: RunFolder) -> None:
    space = space_of(space={"head.layers": {"choice": [1, 2]}}, trials=8)
    search = OptunaSearch(space, folder)
    one, two = asked(search), asked(search)
    assert search.ask() is None  # the other six repeat the two under way
    end(search, one, TrialState.COMPLETED, [{"epoch": 1.0, METRIC: 0.4}], value=0.4)
    end(search, two, TrialState.FAILED, [])
    records = {record.number: record for record in folder.trials()}
    assert sorted(records) == list(range(8))
    repeated = [record for record in records.values() if record.state is TrialState.DUPLICATE]
    assert len(repeated) == 6
    for record in repeated:
        same = record.params == one.spec.params
        assert record.metrics == ({METRIC: 0.4} if same else {})
        assert record.why == (
            f"the same recipe as trial {one.number}, which completed"
            if same
            else f"the same recipe as trial {two.number}, which failed"
        )
    states = [trial.state.name for trial in study_of(folder).trials]
    assert states.count("COMPLETE") == 1 + sum(record.params == one.spec.params for record in repeated)
    assert "RUNNING" not in states


def test_a_later_duplicate_is_told_at_once(folder: RunFolder) -> None:
    space = space_of(space={"head.layers": {"choice": [1, 2]}}, trials=6)
    search = OptunaSearch(space, folder)
    while (proposal := search.ask()) is not None:
        end(search, proposal, TrialState.STOPPED, [{"epoch": 1.0, METRIC: 0.4}], value=0.4)
    assert len(folder.trials()) == 6
    assert {trial.state.name for trial in study_of(folder).trials} == {"PRUNED"}
    assert len(folder.started_trials()) == 2


def test_the_random_fraction_is_drawn_at_random(folder: RunFolder) -> None:
    space = space_of(searcher={"startup": 2, "random_fraction": 0.5, "seed": 1})
    search = OptunaSearch(space, folder)
    origins = []
    while (proposal := search.ask()) is not None:
        origins.append(proposal.spec.origin)
        end(search, proposal, TrialState.COMPLETED, [], value=0.1)
    assert origins == ["random" if is_random(space.searcher, number) else "tpe" for number in range(20)]
    assert 4 < origins.count("random") < 16


@pytest.mark.parametrize(
    ("name", "sampler", "ours"),
    [
        ("tpe", TPESampler, {"seed", "n_startup_trials"}),
        ("gp", GPSampler, {"seed", "n_startup_trials"}),
        ("cmaes", CmaEsSampler, {"seed", "n_startup_trials", "popsize"}),
        ("qmc", QMCSampler, {"seed"}),
        ("nsga2", NSGAIISampler, {"seed", "population_size"}),
        ("random", RandomSampler, {"seed"}),
    ],
)
def test_every_argument_of_the_sampler_is_recorded(name: Any, sampler: Any, ours: set[str]) -> None:
    arguments = {*inspect.signature(inspect.unwrap(sampler.__init__)).parameters} - {"self"}
    recorded = describe(SearcherConfig(sampler=name), random=False)
    assert ours <= arguments <= set(recorded)
    assert (recorded["sampler"], describe(SearcherConfig(seed=4), random=True)["seed"]) == (name, 4)


def test_several_objectives_are_told_together(folder: RunFolder) -> None:
    other = "valid/m2t/MedR"
    search = OptunaSearch(space_of(objective=[{"metric": METRIC}, {"metric": other}]), folder)
    for metrics in ({METRIC: 0.4, other: 3.0}, {METRIC: 0.4}, {METRIC: 0.5, other: math.nan}):
        proposal = asked(search)
        record = TrialRecord(
            number=proposal.number,
            recipe=proposal.spec.recipe.model_dump(mode="json"),
            state=TrialState.COMPLETED,
            epochs=1,
            curve=[{"epoch": 1.0, **metrics}],
            metrics=metrics,
        )
        folder.append_trial(record)
        search.tell(record)
    study = study_of(folder)
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert [(trial.state.name, trial.values) for trial in study.trials] == [
        ("COMPLETE", [0.4, 3.0]),
        ("FAIL", None),
        ("FAIL", None),
    ]
    assert [trial.number for trial in study.best_trials] == [0]


@pytest.mark.parametrize(("sampler", "trials"), [("tpe", 40), ("gp", 16), ("cmaes", 90)])
def test_a_sampler_that_models_finds_what_is_good(folder: RunFolder, sampler: str, trials: int) -> None:
    searched = {"optim.lr": {"loguniform": [1e-4, 1e-2]}, "text.view_dropout.rate": {"uniform": [0, 0.9]}}
    space = space_of(trials=trials, searcher={"sampler": sampler, "startup": 8, "seed": 3}, space=searched)
    search = OptunaSearch(space, folder)
    found = []
    while isinstance(proposal := search.ask(), Proposal):
        distance = abs(math.log10(proposal.spec.params["optim.lr"] / 2e-3))
        distance += abs(proposal.spec.params["text.view_dropout.rate"] - 0.3)
        found.append(distance)
        end(search, proposal, TrialState.COMPLETED, [], value=1 - distance)
    assert statistics.median(found[-8:]) < 0.5 * statistics.median(found[:8])


def test_generations_better_each_other(folder: RunFolder) -> None:
    searched = {"optim.lr": {"loguniform": [1e-4, 1e-2]}, "text.view_dropout.rate": {"uniform": [0, 0.9]}}
    searcher = {"sampler": "nsga2", "population": 8, "seed": 3}
    space = space_of(trials=64, searcher=searcher, space=searched, include=["default"])
    search = OptunaSearch(space, folder)
    found = []
    while isinstance(proposal := search.ask(), Proposal):
        found.append(abs(math.log10(proposal.spec.params["optim.lr"] / 2e-3)))
        end(search, proposal, TrialState.COMPLETED, [], value=1 - found[-1])
    assert sum(found[-16:]) / 16 < 0.7 * sum(found[:8]) / 8
    generations = [trial.system_attrs["NSGAIISampler:generation"] for trial in study_of(folder).trials]
    assert generations[:9] == [0] * 8 + [1], "the included default is of the first generation"


def test_quasi_random_points_are_even_whatever_the_conditions(folder: RunFolder) -> None:
    kind = "text.swap.probability.kind"
    searched = {
        kind: {"choice": ["constant", "linear"]},
        "text.swap.probability.value": {"uniform": [0, 0.5], "when": {kind: "constant"}},
        "text.view_dropout.rate": {"uniform": [0, 0.8]},
    }
    space = space_of(trials=33, searcher={"sampler": "qmc"}, space=searched, include=["default"])
    search = OptunaSearch(space, folder)
    drawn = []
    while isinstance(proposal := search.ask(), Proposal):
        drawn.append(proposal.spec.params)
        end(search, proposal, TrialState.COMPLETED, [], value=0.5)
    rates = [params["text.view_dropout.rate"] for params in drawn[1:]]
    assert sorted(int(rate / 0.8 * 32) for rate in rates) == [*range(32)]
    assert sum(params[kind] == "constant" for params in drawn[1:]) == 16


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_it_is_quiet(folder: RunFolder, sampler: str, capfd: pytest.CaptureFixture[str]) -> None:
    startup = {"startup": 1} if sampler in ("tpe", "gp", "cmaes") else {}
    population = {"population": 4} if sampler in ("cmaes", "nsga2") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        searcher = {"sampler": sampler, **startup, **population}
        search = OptunaSearch(space_of(include=["default"], searcher=searcher), folder)
        for index in range(7):
            end(search, asked(search), TrialState.COMPLETED, [], value=0.5 + index % 3 / 10)
    assert capfd.readouterr() == ("", "")


def test_a_journal_torn_by_a_crash_goes_on(folder: RunFolder) -> None:
    search = OptunaSearch(space_of(), folder)
    end(search, asked(search), TrialState.COMPLETED, [], value=0.5)
    with folder.journal.open("ab") as journal:
        journal.write(b'{"op_code": 4, "wor')
    search = OptunaSearch(space_of(), folder)
    end(search, asked(search), TrialState.COMPLETED, [], value=0.6)
    assert [trial.value for trial in study_of(folder).trials] == [0.5, 0.6]


def _die_holding(path: Path) -> None:
    KernelLock(path).acquire()
    os._exit(9)


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = multiprocessing.get_context("fork").Process(target=_die_holding, args=(path,))
    process.start()
    process.join(20)
    lock = KernelLock(path)
    assert lock.acquire()
    lock.release()
    with pytest.raises(RuntimeError, match="not held"):
        lock.release()


def test_curves_keep_what_is_measured() -> None:
    curve = [{"epoch": 1.0, METRIC: 0.1}, {"epoch": 2.0}, {METRIC: 0.3}, {"epoch": 4.0, METRIC: math.inf}]
    assert curve_of(curve, METRIC) == [(1, 0.1)]


def test_optunas_tools_are_told_what_the_trials_are(tmp_path: Path) -> None:
    document = {
        "store": {"path": "/data/store", "fingerprint": "ff"},
        "code": {"revision": "abc"},
        "command": ["sweep", "run"],
    }
    folder = RunFolder.create(tmp_path, "told", document)
    space = space_of(include=["default"], description="How fast?")
    search = OptunaSearch(space, folder)
    default, searched = asked(search), asked(search)
    end(search, default, TrialState.COMPLETED, [{"epoch": 1.0, METRIC: 0.1}], value=0.1)
    before = len(folder.journal.read_text().splitlines())
    again = OptunaSearch(space, folder)
    assert len(folder.journal.read_text().splitlines()) <= before + 1, "said once"
    end(again, asked(again), TrialState.FAILED, [])
    study = study_of(folder)
    assert study.metric_names == [METRIC]
    assert study.user_attrs == {
        "question": "How fast?",
        "store": "/data/store",
        "store fingerprint": "ff",
        "code": "abc",
        "command": "sweep run",
    }
    first, second = study.trials
    assert first.user_attrs == {"trial": 0, "arm": "default", "state": "completed", "epochs": 1, "seconds": 0.0}
    assert second.user_attrs == {"trial": searched.number, "state": "failed", "epochs": 0, "seconds": 0.0}


def test_another_tool_writes_to_the_journal_while_a_sweep_runs(folder: RunFolder) -> None:
    search = OptunaSearch(space_of(), folder)
    begun = asked(search)
    study_of(folder).set_user_attr("note", "of somebody who looks on, by Optuna's own lock")
    end(search, begun, TrialState.COMPLETED, [], value=0.5)
    study = study_of(folder)
    assert study.user_attrs["note"]
    assert [trial.value for trial in study.trials] == [0.5]
