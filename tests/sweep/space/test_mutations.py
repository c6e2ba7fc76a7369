"""Sound spaces, broken at random: each gives a plan, or faults that name their places, and never another error."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adsw.errors import Fault, InputError
from adsw.store.store import Store, StoreInfo
from adsw.yaml_file import read_yaml
from sweep.plan.plan import make_plan
from sweep.plan.resources import Resources
from sweep.space.configurations import included
from sweep.space.load import parse_space
from sweep.space.stages import replicate_list, tuning

READY = {
    path.stem: read_yaml(path).content for path in sorted((Path(__file__).parents[3] / "search_spaces").glob("*.yaml"))
}
READY["whole"] = {
    "objective": [{"metric": "valid/t2m/R@10"}, {"metric": "words/t2m/MedR"}],
    "trials": 12,
    "evaluate": ["train", "stores/other:valid", {"name": "words", "split": "valid", "source": "tags"}],
    "searcher": {"sampler": "nsga2", "population": 6},
    "space": {
        "text.mix": {"simplex": ["human", "caption", "tags"], "when": {"head.layers": [1, 2]}},
        "head.layers": {"int": [1, 3]},
        "optim.lr": {"schedule": {"constant": {"value": {"loguniform": [1e-4, 1e-2]}}, "linear": {"start": 0.01}}},
    },
    "include": ["default", {"warm": {"loss.temperature": 0.1}}],
}
MACHINE = Resources(cpus=2, gpus=0, memory_bytes=64 << 30, disk_free=1 << 40)
WORDS = [
    "valid", "test", "train", "stores", "default", "grid", "optuna", "linear", "adaptive", "until_decided", "a/b", "",
    "optim.lr", "text.mix", "head.layers", "text.swap.probability", "uniform", "int", "choice", "schedule", "simplex",
    "when", "kind", "store", "name", "metric", "most", "valid/t2m/R@1", "é", "seed", "data.mix.songs", "fixed",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 3, 10**12, 0.5, -0.5, 1e300, float("inf"), float("nan"), [], {}, [[]], [1, 2], [2, 1],
    [0.1, 0.2, 0.05], {"kind": "linear"}, {"uniform": [0, 1]}, ["default"], ["a", "a"], {"a": {}}, *WORDS,
]  # fmt: skip


def spots(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything within a document."""
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inside:
        yield (*path, key)
        yield from spots(value, (*path, key))


def broken(document: dict[str, Any], path: tuple[Any, ...], how: str, value: Any, word: str) -> dict[str, Any]:
    """The document with one thing in it dropped, replaced, retyped, renamed, wrapped, or with one more beside it."""
    whole = copy.deepcopy(document)
    owner = whole
    for part in path[:-1]:
        owner = owner[part]
    key = path[-1]
    if how == "drop":
        del owner[key]
    elif how == "retype":
        owner[key] = str(owner[key]) if not isinstance(owner[key], str) else [owner[key]]
    elif how == "rename" and isinstance(owner, dict):
        owner[word] = owner.pop(key)
    elif how == "wrap":
        owner[key] = {word: owner[key]}
    elif how == "add" and isinstance(owner, dict):
        owner[word] = value
    else:
        owner[key] = value
    return whole


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> StoreInfo:
    from tests.adsw.train.synthetic import synthetic_store

    store: Store = synthetic_store(tmp_path_factory.mktemp("store") / "store")
    return store.info


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_broken_space_gives_a_plan_or_faults(info: StoreInfo, data: st.DataObject) -> None:
    document = READY[data.draw(st.sampled_from(sorted(READY)), label="space")]
    for _ in range(data.draw(st.integers(1, 3), label="times")):
        places = [*spots(document)]
        if not places:
            break
        how = data.draw(st.sampled_from(["drop", "replace", "retype", "rename", "wrap", "add"]), label="how")
        path = data.draw(st.sampled_from(places), label="where")
        value, word = data.draw(st.sampled_from(VALUES), label="value"), data.draw(st.sampled_from(WORDS), label="word")
        document = broken(document, path, how, value, word)
    faults = faults_of_use(document, info)
    assert all(fault.where and fault.rule for fault in faults)


def faults_of_use(document: dict[str, Any], info: StoreInfo) -> list[Fault]:
    """What is told of a space when it is read, planned and listed; nothing else may be raised."""
    try:
        space = parse_space(document)
        assert parse_space(space.document()).document() == space.document()
        filled = space.with_stores(["small", "large"] if space.named_arms.one_per_store or space.arm_stores else [""])
        plan = make_plan(filled, info, MACHINE, stores=None)
        assert plan.parameters or filled.method == "grid"
        included(filled)
        if filled.method == "grid" and (plan.trials or 0) < 200:
            assert len(tuning(filled)) + len(replicate_list(filled, {}, [1])) > 0
    except InputError as error:
        return error.faults or [Fault("", "")]
    return []
