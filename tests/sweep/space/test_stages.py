"""Lists of what a sweep runs in stages."""

from __future__ import annotations

from typing import Any

from adsw.train.recipe import dotted, resolve
from sweep.space.configurations import included, listed, replicate_seeds
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.stages import (
    confirmation_seeds,
    confirmations,
    replicate_list,
    tuning,
    tuning_seeds,
)
from sweep.space.trial_spec import TrialSpec

HEAD = {"objective": {"metric": "valid/t2m/R@10"}, "recipe": {"epochs": 3, "seed": 7}}
TUNED = {
    "method": "grid",
    "arms": {"none": {"text.swap.probability": 0.0}, "small": {"store": "small"}},
    "space": {"optim.lr": {"choice": [1e-3, 1e-2], "role": "nuisance"}},
    "tune": {"replicates": 2},
    "replicates": [1, 2],
    "include": ["default"],
}


def space_of(**keys: Any) -> Space:
    return parse_space({**HEAD, **keys})


def test_every_arm_tries_every_point_on_the_tuning_seeds() -> None:
    found = tuning(space_of(**TUNED))
    assert tuning_seeds(space_of(**TUNED)) == (10_007, 10_008)
    assert [(item.recipe.seed, item.arm, item.params["optim.lr"], item.store) for item in found] == [
        (seed, arm, lr, store)
        for seed in (10_007, 10_008)
        for arm, store in (("none", ""), ("small", "small"))
        for lr in (1e-3, 1e-2)
    ]
    assert {(item.purpose, item.origin) for item in found} == {("tune", "grid")}
    assert dotted(found[1].recipe)["optim.lr"] == 1e-2
    assert dotted(found[1].recipe)["text.swap.probability"] == 0.0


def test_nothing_is_tuned_that_is_not_asked_for() -> None:
    space = space_of(method="grid", arms={"a": {}})
    assert (tuning(space), tuning_seeds(space)) == ([], ())


def test_replicates_train_with_what_was_chosen_for_their_arm() -> None:
    found = replicate_list(space_of(**TUNED), {"none": {"optim.lr": 1e-2}, "small": {"optim.lr": 1e-3}}, [1, 2])
    assert [(item.recipe.seed, item.arm, item.params.get("optim.lr"), item.store) for item in found] == [
        (1, "default", None, ""),
        (1, "none", 1e-2, ""),
        (1, "small", 1e-3, "small"),
        (2, "default", None, ""),
        (2, "none", 1e-2, ""),
        (2, "small", 1e-3, "small"),
    ]
    assert {item.purpose for item in found} == {""}
    assert found[0].recipe == resolve({**HEAD["recipe"], "seed": 1})


def test_replicates_of_some_arms_only() -> None:
    chosen = {"none": {"optim.lr": 1e-2}, "small": {"optim.lr": 1e-3}}
    assert [item.arm for item in replicate_list(space_of(**TUNED), chosen, [5], {"small"})] == ["small"]
    assert [item.arm for item in replicate_list(space_of(**TUNED), chosen, [5], {"default"})] == ["default"]


def test_what_was_not_tuned_is_listed_at_every_point() -> None:
    space = space_of(method="grid", space={"head.layers": {"choice": [1, 2]}}, replicates="until_decided")
    found = replicate_list(space, {}, [7, 8])
    assert [(item.recipe.seed, item.params["head.layers"]) for item in found] == [(7, 1), (7, 2), (8, 1), (8, 2)]


def test_a_plain_list_is_the_grids() -> None:
    space = space_of(method="grid", arms={"a": {}, "b": {"epochs": 4, "store": "small"}}, replicates=[1, 2])
    assert replicate_list(space, {}, [1, 2]) == [*listed(space)]
    assert [item.store for item in listed(space)] == ["", "small"] * 2


def test_seeds_of_replicates() -> None:
    arms = {"a": {}, "b": {}}
    assert replicate_seeds(space_of(method="grid", arms=arms)) == (7,)
    assert replicate_seeds(space_of(method="grid", arms=arms, replicates=[3, 1])) == (3, 1)
    undecided = space_of(
        method="grid", arms=arms, replicates={"until_decided": {"first": 2, "most": 3}}, include=["default"]
    )
    assert replicate_seeds(undecided) == (7, 8, 9)
    assert [item.recipe.seed for item in included(undecided)] == [7, 8, 9]


def test_the_winner_and_the_default_are_confirmed() -> None:
    searched = {"optim.lr": {"loguniform": [1e-4, 1e-2]}}
    space = space_of(trials=5, space=searched, confirm=2, include=["default"])
    winner = resolve({"optim.lr": 5e-3}, resolve(HEAD["recipe"]))
    found = confirmations(space, TrialSpec(winner, {"optim.lr": 5e-3}, "fast", "tpe"))
    assert confirmation_seeds(space) == (20_007, 20_008)
    assert [(item.recipe.seed, item.arm, item.params["optim.lr"]) for item in found] == [
        (20_007, None, 5e-3),
        (20_007, "default", 3e-4),
        (20_008, None, 5e-3),
        (20_008, "default", 3e-4),
    ]
    assert {(item.purpose, item.origin) for item in found} == {("confirm", "confirm")}
    assert found[0].recipe == resolve({"seed": 20_007}, winner)


def test_a_default_that_is_not_included_is_not_confirmed() -> None:
    space = space_of(trials=5, space={"optim.lr": {"loguniform": [1e-4, 1e-2]}}, confirm=1)
    (only,) = confirmations(space, TrialSpec(resolve({"optim.lr": 5e-3}), {"optim.lr": 5e-3}, store="small"))
    assert (only.arm, only.store) == (None, "small")
    plain = space_of(trials=5, space={"optim.lr": {"loguniform": [1e-4, 1e-2]}})
    assert confirmations(plain, TrialSpec(resolve({}))) == []
