"""Trials of every stage, counted before a sweep starts, in words."""

from __future__ import annotations

from typing import Any

import pytest

from sweep.plan.describe import TrialStage, stages_of, trials_of
from sweep.space.configurations import included, listed
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.stages import confirmations, replicate_list, tuning

SEARCH = {"trials": 9, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}
ARMS = {"method": "grid", "arms": {"a": {}, "b": {"epochs": 9}}}
NUISANCE = {"optim.lr": {"choice": [1e-4, 1e-3, 1e-2], "role": "nuisance"}}
TUNED = {**ARMS, "tune": {"replicates": 2}, "space": NUISANCE, "replicates": [0, 1, 2], "include": ["default"]}


def space_of(**keys: Any) -> Space:
    return parse_space({"objective": {"metric": "valid/t2m/R@10"}, **keys})


@pytest.mark.parametrize(
    ("keys", "words", "trials"),
    [
        (SEARCH, ["9 trials of the search"], 9),
        ({**SEARCH, "trials": None, "budget": {"trial_epochs": 9}}, ["as many trials as the budget allows"], None),
        (
            {**SEARCH, "confirm": 3, "include": ["default"]},
            ["9 trials of the search", "6 trials that confirm: the winner and the default on 3 fresh seeds"],
            15,
        ),
        (
            {**SEARCH, "confirm": 1},
            ["9 trials of the search", "1 trial that confirms: the winner on 1 fresh seed"],
            10,
        ),
        ({**ARMS, "replicates": [1, 2, 3]}, ["6 trials: 2 arms x 3 replicates"], 6),
        ({**ARMS, "include": ["default"]}, ["3 trials: (2 arms and default) x 1 replicate"], 3),
        ({"method": "grid", "space": {"head.layers": {"int": [1, 3]}}}, ["3 trials: 3 points x 1 replicate"], 3),
        (
            {**ARMS, "space": {"head.layers": {"int": [1, 3]}}, "replicates": [1, 2]},
            ["12 trials: 2 arms x 3 points x 2 replicates"],
            12,
        ),
        (
            {**ARMS, "replicates": "until_decided"},
            ["10 to 40 trials: 2 arms x 5 to 20 replicates"],
            40,
        ),
        (
            TUNED,
            ["12 tuning trials: 2 arms x 3 points x 2 seeds", "9 trials: (2 arms and default) x 3 replicates"],
            21,
        ),
    ],
)
def test_stages_in_words(keys: dict[str, Any], words: list[str], trials: int | None) -> None:
    space = space_of(**keys)
    assert [stage.words for stage in stages_of(space)] == words
    assert trials_of(space) == trials


def test_counts_are_those_of_the_lists() -> None:
    tuned = space_of(**TUNED)
    tune, replicates = stages_of(tuned)
    chosen = {"a": {"optim.lr": 1e-3}, "b": {"optim.lr": 1e-2}}
    assert tune.least == tune.most == len(tuning(tuned))
    assert replicates.most == len(replicate_list(tuned, chosen, tuned.replicates))
    grid = space_of(**ARMS, replicates=[1, 2], include=["default"], space={"head.layers": {"int": [1, 2]}})
    assert stages_of(grid)[0].most == len(included(grid)) + len([*listed(grid)])
    search = space_of(**SEARCH, confirm=2, include=["default"])
    winner = included(search)[0]
    assert stages_of(search)[1] == TrialStage(
        "4 trials that confirm: the winner and the default on 2 fresh seeds",
        len(confirmations(search, winner)),
        4,
        "confirm",
    )
