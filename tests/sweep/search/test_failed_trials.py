"""`sweep resume --failed`: failed trials are trained again, each counts once, nothing else moves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search import open_searcher
from sweep.search.failed_trials import reopen_failed
from sweep.search.optuna_search import OptunaSearch
from sweep.search.protocol import Proposal, Searcher
from sweep.space.load import parse_space
from sweep.space.model import Space
from tests.sweep.search.test_conformance import HEAD, METRIC, SPACES, ended, run_all


def opened(name: str, folder: RunFolder) -> tuple[Space, Searcher]:
    space = parse_space({**HEAD, **SPACES[name]})
    return space, open_searcher(space, folder)


def complete(searcher: Searcher, folder: RunFolder) -> list[int]:
    """Train all that is left, without a failure."""
    numbers = []
    while isinstance(proposal := searcher.ask(), Proposal):
        record = ended(proposal)
        folder.append_trial(record)
        searcher.tell(record)
        numbers.append(proposal.number)
    return numbers


def lines(folder: RunFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in folder.trials_file.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, "again", {})


@pytest.mark.parametrize("name", SPACES)
def test_every_failed_trial_is_trained_again_and_every_trial_counts_once(name: str, folder: RunFolder) -> None:
    space, searcher = opened(name, folder)
    run_all(searcher, folder)
    before = {record.number: record for record in folder.trials()}
    failed = {number for number, record in before.items() if record.state is TrialState.FAILED}
    reopened = reopen_failed(folder, space)
    assert {*reopened.again, *reopened.kept} == failed
    assert set(folder.unfinished()) == set(reopened.again)
    _, again = opened(name, folder)
    trained = complete(again, folder)
    assert trained[: len(reopened.again)] == list(reopened.again)
    records = folder.trials()
    numbers = [record.number for record in records]
    assert sorted(numbers) == list(range(len(numbers)))
    assert {record.number for record in records if record.state is TrialState.FAILED} == set(reopened.kept)
    after = {record.number: record for record in records}
    for number, record in before.items():
        same = after[number]
        assert (same.recipe, same.params, same.arm) == (record.recipe, record.params, record.arm)
        if record.state is not TrialState.DUPLICATE and number not in reopened.again:
            assert same == record
    _, last = opened(name, folder)
    assert complete(last, folder) == [], "and a resume finds nothing left"


def test_the_earlier_line_stays_in_the_file_and_the_later_one_wins(folder: RunFolder) -> None:
    _, searcher = opened("random", folder)
    first = searcher.ask()
    assert isinstance(first, Proposal)
    failed = ended(first, TrialState.FAILED)
    folder.append_trial(failed)
    with pytest.raises(ValueError, match="has ended before"):
        folder.append_trial(ended(first))
    folder.reopen_trials([0])
    assert folder.trials() == []
    assert folder.superseded_trials() == [failed]
    folder.append_trial(ended(first))
    with pytest.raises(ValueError, match="has ended before"):
        folder.append_trial(ended(first))
    assert [line["state"] for line in lines(folder)] == ["failed", "completed"]
    assert RunFolder(folder.path).trials() == [ended(first)]
    assert folder.superseded_trials() == []


def failing(name: str, folder: RunFolder, numbers: set[int]) -> Space:
    """Run a sweep in which these trials fail."""
    space, searcher = opened(name, folder)
    while isinstance(proposal := searcher.ask(), Proposal):
        record = ended(proposal, TrialState.FAILED if proposal.number in numbers else TrialState.COMPLETED)
        folder.append_trial(record)
        searcher.tell(record)
    return space


def test_a_duplicate_of_a_failed_trial_takes_over_its_new_result(folder: RunFolder) -> None:
    space = failing("arms", folder, {0})
    repeats = [
        r.number for r in folder.trials() if r.state is TrialState.DUPLICATE and "trial 0, which failed" in r.why
    ]
    assert repeats
    assert reopen_failed(folder, space).again == (0,)
    assert not {record.number for record in folder.trials()} & {0, *repeats}
    complete(opened("arms", folder)[1], folder)
    after = {record.number: record for record in folder.trials()}
    for number in repeats:
        assert after[number].why == "the same recipe as trial 0, which completed"
        assert after[number].metrics == after[0].metrics


def test_a_kill_between_the_new_result_and_its_duplicates_loses_none(folder: RunFolder) -> None:
    space = failing("arms", folder, {0})
    before = len(folder.trials())
    reopen_failed(folder, space)
    proposal = opened("arms", folder)[1].ask()
    assert isinstance(proposal, Proposal)
    folder.append_trial(ended(proposal))
    complete(opened("arms", folder)[1], folder)
    assert len(folder.trials()) == before


@pytest.mark.parametrize("name", ["tuned arms", "until decided"])
def test_what_later_stages_were_chosen_by_stays(name: str, folder: RunFolder) -> None:
    space = failing(name, folder, {1})
    reopened = reopen_failed(folder, space)
    assert (reopened.again, reopened.kept) == ((), (1,))
    assert folder.unfinished() == []


def test_the_last_stage_of_an_ablation_is_trained_again(folder: RunFolder) -> None:
    last = len(SPACES["tuned arms"]["arms"]) * 3 * 2 + 1
    space = failing("tuned arms", folder, {last})
    assert reopen_failed(folder, space).again == (last,)


def results(searcher: Searcher) -> list[tuple[int, float]]:
    assert isinstance(searcher, OptunaSearch)
    finished = [trial for trial in searcher._study.trials if trial.state.name == "COMPLETE"]
    return sorted((trial.user_attrs["trial"], trial.value) for trial in finished)


@pytest.mark.parametrize("killed", [False, True])
def test_the_study_learns_the_new_result_once(folder: RunFolder, killed: bool) -> None:
    space = failing("tpe", folder, {3, 4})
    reopen_failed(folder, space)
    _, searcher = opened("tpe", folder)
    if killed:  # the result of trial 3 is in the run folder, and the study has not heard of it
        proposal = searcher.ask()
        assert isinstance(proposal, Proposal)
        folder.append_trial(ended(proposal))
        _, searcher = opened("tpe", folder)
    complete(searcher, folder)
    records: dict[int, TrialRecord] = {record.number: record for record in folder.trials()}
    assert sorted(records) == list(range(12))
    in_study = results(opened("tpe", folder)[1])
    assert [number for number, _ in in_study] == sorted({number for number, _ in in_study})
    assert {3, 4} <= {number for number, _ in in_study}
    assert all(records[number].value(METRIC) == value for number, value in in_study)
