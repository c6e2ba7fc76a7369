"""What a space file says beside its parameters: objectives, evaluation sets, stores of arms, replicates."""

from __future__ import annotations

from typing import Any

import pytest

from adsw.errors import InputError
from sweep.space.evaluation_set import EvaluationSet
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.replication import Replication, Tune, UntilDecided
from sweep.space.sections import Objective

HEAD = {"objective": {"metric": "valid/t2m/R@10"}, "method": "grid"}
NUISANCE = {"optim.lr": {"choice": [1e-3, 1e-2], "role": "nuisance"}}
SEARCH = {"method": "optuna", "trials": 4, "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}}}
SETS = [
    "train",
    "stores/other",
    {"name": "other-valid", "store": "stores/other", "split": "valid"},
    {"name": "works", "dataset": "works"},
    {"name": "words", "split": "train", "source": "tags"},
]
SPACES: dict[str, dict[str, Any]] = {
    "one objective": SEARCH,
    "two objectives": {
        **SEARCH,
        "objective": [{"metric": "valid/t2m/R@10"}, {"metric": "works/t2m/MedR"}],
        "evaluate": SETS,
    },
    "confirmed": {**SEARCH, "confirm": 3, "include": ["default"]},
    "arms on stores": {"arms": {"a": {"store": "small", "optim": {"lr": 1e-3}}, "b": {}}, "replicates": [1, 2]},
    "an arm per store": {"arms": "stores"},
    "until decided": {"arms": {"a": {}, "b": None}, "replicates": "until_decided"},
    "until decided by numbers": {"arms": {"a": {}, "b": {}}, "replicates": {"until_decided": {"first": 3, "most": 6}}},
    "tuned": {"arms": {"a": {}, "b": {}}, "tune": {"replicates": 2}, "space": NUISANCE, "replicates": [0, 1]},
}


def space_of(**keys: Any) -> Space:
    return parse_space({**HEAD, **keys})


@pytest.mark.parametrize("name", SPACES)
def test_it_reads_back_from_its_document(name: str) -> None:
    space = space_of(**SPACES[name])
    document = space.document()
    assert parse_space(document) == space
    assert Space.model_validate(document) == space
    assert parse_space(document).document() == document


def test_objectives() -> None:
    one = space_of(**SEARCH)
    two = space_of(**SPACES["two objectives"])
    assert one.objectives == (one.objective,) == (Objective(metric="valid/t2m/R@10", mode="max"),)
    assert one.document()["objective"] == {"metric": "valid/t2m/R@10", "mode": "max"}
    assert [(objective.metric, objective.mode) for objective in two.objectives] == [
        ("valid/t2m/R@10", "max"),
        ("works/t2m/MedR", "min"),
    ]
    assert two.objective == two.objectives[0]
    assert two.objectives[1].evaluation_set == "works"


def test_evaluation_sets() -> None:
    space = space_of(**{**SEARCH, "evaluate": [*SETS, "../away/third:train"]})
    assert space.evaluate == (
        EvaluationSet(name="train", split="train"),
        EvaluationSet(name="other", store="stores/other", split="test"),
        EvaluationSet(name="other-valid", store="stores/other", split="valid"),
        EvaluationSet(name="works", split="valid", dataset="works"),
        EvaluationSet(name="words", split="train", source="tags"),
        EvaluationSet(name="third", store="../away/third", split="train"),
    )
    assert [found.words() for found in space.evaluate][1:5] == [
        "other: test split of stores/other",
        "other-valid: valid split of stores/other",
        "works: valid split, data set works",
        "words: train split, queries from tags",
    ]


def test_replicates() -> None:
    assert space_of(arms={"a": {}}, replicates=[4, 2]).replicates == (4, 2)
    undecided = space_of(arms={"a": {}, "b": {}}, replicates="until_decided")
    assert (undecided.replicates, undecided.until_decided) == ((), UntilDecided(first=5, step=3, most=20))
    assert UntilDecided().seeds(3) == tuple(range(3, 23))
    assert UntilDecided().words() == "5 to 20 replicates"
    assert Replication.model_validate({"until_decided": None}).until_decided == UntilDecided()
    assert space_of(arms={"a": {}}).until_decided is None


def test_tune_and_confirm() -> None:
    assert space_of(**SPACES["tuned"]).tune == Tune(replicates=2)
    assert (space_of(**SEARCH).tune, space_of(**SEARCH).confirm) == (None, 0)
    assert space_of(**SPACES["confirmed"]).confirm == 3


def test_the_store_of_an_arm_is_no_override() -> None:
    space = space_of(**SPACES["arms on stores"])
    assert space.arms == {"a": {"optim": {"lr": 1e-3}}, "b": {}}
    assert space.arm_stores == {"a": "small"}
    assert space.document()["arms"] == {"a": {"store": "small", "optim": {"lr": 1e-3}}, "b": {}}


def test_an_arm_for_each_store() -> None:
    space = space_of(arms="stores", replicates=[1])
    assert (space.arms, space.arm_stores) == ({}, {})
    filled = space.with_stores(["small", "large"])
    assert filled.arms == {"small": {}, "large": {}}
    assert filled.arm_stores == {"small": "small", "large": "large"}
    assert parse_space(filled.document()) == filled


def test_stores_that_the_arms_name() -> None:
    space = space_of(**SPACES["arms on stores"])
    assert space.with_stores(["large", "small"]) == space
    assert space.with_stores(["small"]) == space
    plain = space_of(arms={"a": {}})
    assert plain.with_stores([""]) == plain == plain.with_stores(["named"])


@pytest.mark.parametrize(
    ("keys", "names", "said"),
    [
        (SPACES["arms on stores"], ["", "smal"], r"arms\.a\.store: unknown store of the run 'small'.*mean 'smal'"),
        (SPACES["arms on stores"], [""], r"arms\.a\.store: is not among the run's stores.*Give --store small=PATH"),
        ({"arms": {"a": {}}}, ["one", "two"], "no arm names a store"),
        (SEARCH, ["", "two"], "no arm names a store"),
        ({"arms": "stores"}, ["one"], "arms: stores are compared, and the run is given one"),
        ({"arms": "stores"}, ["", "two"], "--store: needs a name to be an arm"),
        ({"arms": "stores", "include": ["default"]}, ["default", "two"], "default would be an arm"),
    ],
)
def test_stores_that_do_not_fit(keys: dict[str, Any], names: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        space_of(**keys).with_stores(names)
