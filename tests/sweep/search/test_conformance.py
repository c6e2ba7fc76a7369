"""What every searcher must do, whatever proposes its trials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.train.recipe import identity, resolve
from sweep.plan.describe import trials_of
from sweep.run.folder import RunFolder
from sweep.run.records import TrialRecord, TrialState
from sweep.search import open_searcher, settings_of
from sweep.search.protocol import Proposal, Searcher
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.sections import SAMPLERS

METRIC = "valid/t2m/R@10"
OTHER = "valid/m2t/R@10"
HEAD = {"objective": {"metric": METRIC}, "recipe": {"epochs": 4, "seed": 5}, "include": ["default"]}
SEARCHED = {
    "optim.lr": {"loguniform": [1e-4, 1e-2]},
    "text.swap.probability.kind": {"choice": ["constant", "linear"]},
    "text.swap.probability.value": {"uniform": [0, 0.5], "when": {"text.swap.probability.kind": "constant"}},
    "text.swap.probability.end": {"uniform": [0, 0.5], "when": {"text.swap.probability.kind": "linear"}},
    "head.layers": {"int": [1, 4]},
    "text.swap.categories": {"choice": [["genre"], ["mood"], None]},
}
NUMBERS = {
    "optim.lr": {"loguniform": [1e-4, 1e-2]},
    "text.mix": {"simplex": ["human", "caption", "tags"]},
    "text.swap.max_terms": {"int": [1, 4]},
}
TWO = {"objective": [{"metric": METRIC}, {"metric": OTHER}]}
SPACES: dict[str, dict[str, Any]] = {
    "tpe": {"trials": 12, "space": SEARCHED, "searcher": {"startup": 3, "seed": 1}},
    "tpe, a third at random": {
        "trials": 12,
        "space": SEARCHED,
        "searcher": {"startup": 3, "random_fraction": 0.34},
    },
    "gp": {"trials": 5, "space": SEARCHED, "searcher": {"sampler": "gp", "startup": 2}},
    "cmaes": {"trials": 14, "space": NUMBERS, "searcher": {"sampler": "cmaes", "startup": 2, "population": 4}},
    "cmaes with choices": {
        "trials": 10,
        "space": NUMBERS | {"head.pool": {"choice": ["mean", "cls"]}},
        "searcher": {"sampler": "cmaes", "startup": 1},
    },
    "qmc": {"trials": 12, "space": SEARCHED, "searcher": {"sampler": "qmc"}},
    "nsga2": {"trials": 16, "space": SEARCHED, "searcher": {"sampler": "nsga2", "population": 4}},
    "two objectives": {**TWO, "trials": 12, "space": SEARCHED, "searcher": {"startup": 3}},
    "two objectives, gp": {**TWO, "trials": 4, "space": NUMBERS, "searcher": {"sampler": "gp", "startup": 2}},
    "two objectives, nsga2": {
        **TWO,
        "trials": 16,
        "space": SEARCHED,
        "searcher": {"sampler": "nsga2", "population": 4, "random_fraction": 0.2},
    },
    "two objectives, random": {**TWO, "trials": 6, "method": "random", "space": SEARCHED},
    "random": {"trials": 12, "method": "random", "space": SEARCHED},
    "random sampler": {"trials": 12, "space": SEARCHED, "searcher": {"sampler": "random"}},
    "grid": {
        "method": "grid",
        "space": {"head.layers": {"int": [2, 4]}, "optim.lr": {"loguniform": [1e-3, 1e-2], "points": 3}},
    },
    "arms": {
        "method": "grid",
        "arms": {"none": {"text.swap.probability": 0.0}, "half": {"text.swap.probability": 0.5}, "same": {}},
        "replicates": [1, 2, 3],
    },
    "tuned arms": {
        "method": "grid",
        "arms": {"none": {"text.swap.probability": 0.0}, "half": {"text.swap.probability": 0.5}},
        "space": {"optim.lr": {"choice": [1e-4, 1e-3, 1e-2], "role": "nuisance"}},
        "tune": {"replicates": 2},
        "replicates": [1, 2, 3],
    },
    "until decided": {
        "method": "grid",
        "arms": {"none": {"text.swap.probability": 0.0}, "half": {"text.swap.probability": 0.5}},
        "replicates": {"until_decided": {"first": 3, "step": 2, "most": 8}},
    },
    "confirmed": {"trials": 6, "space": SEARCHED, "searcher": {"startup": 3}, "confirm": 2},
}


@pytest.fixture(params=SPACES)
def space(request: pytest.FixtureRequest) -> Space:
    return parse_space({**HEAD, **SPACES[request.param]})


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[str], RunFolder]:
    return lambda name: RunFolder.create(tmp_path, name, {})


def value_of(proposal: Proposal) -> float:
    """A made-up objective: the same for the same recipe, different for others."""
    return int(identity(proposal.spec.recipe)[:6], 16) / 16**6


def ended(proposal: Proposal, state: TrialState = TrialState.COMPLETED) -> TrialRecord:
    epochs = {TrialState.COMPLETED: 4, TrialState.STOPPED: 2}.get(state, 1)
    failed = state is TrialState.FAILED
    metrics = {} if failed else {METRIC: value_of(proposal), OTHER: value_of(proposal) ** 2 % 0.3}
    curve = [
        {"epoch": float(epoch), **{name: value * epoch / epochs for name, value in metrics.items()}}
        for epoch in range(1, epochs + 1)
    ]
    return TrialRecord.of(proposal.spec, proposal.number, state, epochs=epochs, metrics=metrics, curve=curve)


def state_for(proposal: Proposal) -> TrialState:
    """Some of each end, by the recipe."""
    return [TrialState.COMPLETED, TrialState.STOPPED, TrialState.COMPLETED, TrialState.FAILED][
        int(identity(proposal.spec.recipe)[8:10], 16) % 4
    ]


def finish(searcher: Searcher, folder: RunFolder, proposal: Proposal) -> None:
    record = ended(proposal, state_for(proposal))
    folder.append_trial(record)
    searcher.tell(record)


def run_all(searcher: Searcher, folder: RunFolder, at_once: int = 1) -> list[Proposal]:
    proposals: list[Proposal] = []
    open_trials: list[Proposal] = []
    while True:
        while len(open_trials) < at_once and isinstance(proposal := searcher.ask(), Proposal):
            proposals.append(proposal)
            open_trials.append(proposal)
        if not open_trials:
            assert searcher.ask() is None, "with nothing under way there is nothing to wait for"
            return proposals
        finish(searcher, folder, open_trials.pop(0))


def told(folder: RunFolder) -> dict[int, dict[str, Any]]:
    return {record.number: record.model_dump(mode="json") for record in folder.trials()}


def test_a_proposal_is_whole(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    for proposal in run_all(open_searcher(space, folder), folder):
        assert proposal.spec.recipe.epochs == 4
        assert proposal.spec.seed == proposal.spec.recipe.seed
        assert folder.started_trials()[proposal.number]["recipe"] == proposal.spec.recipe.model_dump(mode="json")
        assert proposal.spec.origin in ("included", "grid", "confirm", *SAMPLERS)


def test_numbers_run_from_nought_to_the_total(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    searcher, total = open_searcher(space, folder), trials_of(space)
    run_all(searcher, folder, at_once=3)
    assert total is not None
    assert sorted(told(folder)) == list(range(len(told(folder))))
    known_beforehand = space.until_decided is None and not space.confirm and space.tune is None
    assert len(told(folder)) == total if known_beforehand else 0 < len(told(folder)) <= total
    assert searcher.ask() is None


def test_the_included_configuration_comes_first(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    first = open_searcher(space, new_folder("one")).ask()
    assert isinstance(first, Proposal)
    if space.tune:
        assert (first.spec.purpose, first.spec.arm) == ("tune", "none")
        return
    assert (first.number, first.spec.arm, first.spec.origin) == (0, "default", "included")
    seed = space.replicates[0] if space.replicates else 5
    assert first.spec.recipe == resolve({"epochs": 4, "seed": seed})


def test_the_sampler_that_is_asked_for_proposes(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    if space.method != "optuna":
        return
    folder = new_folder("one")
    origins = {proposal.spec.origin for proposal in run_all(open_searcher(space, folder), folder)}
    assert space.searcher.sampler in origins


def test_no_recipe_is_trained_twice(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    proposals = run_all(open_searcher(space, folder), folder, at_once=2)
    identities = [identity(proposal.spec.recipe) for proposal in proposals]
    assert len(set(identities)) == len(identities)
    records = folder.trials()
    assert len(proposals) == sum(record.state is not TrialState.DUPLICATE for record in records)


def test_the_same_asks_and_tells_give_the_same_trials(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    one, two = new_folder("one"), new_folder("two")
    run_all(open_searcher(space, one), one, at_once=3)
    run_all(open_searcher(space, two), two, at_once=3)
    assert told(one) == told(two)


def test_reopened_after_every_step_it_goes_on_as_if_nothing_had_happened(
    space: Space, new_folder: Callable[[str], RunFolder]
) -> None:
    straight, broken = new_folder("straight"), new_folder("broken")
    run_all(open_searcher(space, straight), straight)
    while isinstance(proposal := open_searcher(space, broken).ask(), Proposal):
        resumed = open_searcher(space, broken)
        again = resumed.ask()
        assert isinstance(again, Proposal)
        assert again == proposal
        finish(resumed, broken, again)
    assert told(broken) == told(straight)


def test_trials_begun_together_are_resumed_in_order(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    dead = open_searcher(space, folder)
    begun = [proposal for proposal in (dead.ask() for _ in range(3)) if isinstance(proposal, Proposal)]
    finish(dead, folder, begun[1])
    searcher = open_searcher(space, folder)
    resumed = [searcher.ask(), searcher.ask()]
    assert [proposal.number for proposal in resumed if isinstance(proposal, Proposal)] == [
        begun[0].number,
        begun[2].number,
    ]
    new = searcher.ask()
    assert not isinstance(new, Proposal) or new.number > max(proposal.number for proposal in begun)


def test_a_record_written_but_not_told_counts(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    straight, broken = new_folder("straight"), new_folder("broken")
    run_all(open_searcher(space, straight), straight)
    while isinstance(proposal := open_searcher(space, broken).ask(), Proposal):
        broken.append_trial(ended(proposal, state_for(proposal)))  # and dies before it tells
    assert told(broken) == told(straight)


def test_what_was_not_asked_for_cannot_be_told(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    searcher = open_searcher(space, folder)
    proposal = searcher.ask()
    assert isinstance(proposal, Proposal)
    record = ended(proposal)
    searcher.tell(record)
    with pytest.raises(ValueError, match="not under way"):
        searcher.tell(record)
    with pytest.raises(ValueError, match="not under way"):
        searcher.tell(record.model_copy(update={"number": 99}))


def test_a_budget_of_epochs_ends_it(space: Space, new_folder: Callable[[str], RunFolder]) -> None:
    folder = new_folder("one")
    short = parse_space({**space.document(), "budget": {"trial_epochs": 9}})
    proposals = [proposal for proposal in run_all(open_searcher(short, folder), folder) if not proposal.spec.purpose]
    trained = [r for r in folder.trials() if r.state is not TrialState.DUPLICATE and not r.purpose]
    used = sum(record.epochs for record in trained)
    last = ended(proposals[-1], state_for(proposals[-1])).epochs
    assert used - last < 9 <= used


def test_settings_are_explicit(space: Space) -> None:
    found = settings_of(space)
    assert found["sampler"] in ("grid", *SAMPLERS)
    if found["sampler"] == "tpe":
        assert found["constant_liar"] is True
        assert found["n_startup_trials"] == 3
