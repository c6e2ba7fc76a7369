"""Names that the store has not are refused before a sweep starts, each at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from adsw.errors import InputError
from adsw.fit import read_contents
from adsw.store.store import Store
from sweep.plan.inputs import open_inputs, require_fit
from sweep.space.load import parse_space
from sweep.space.model import Space

RAMP = {"kind": "linear", "start": 0.5, "end": 1, "epochs": 4}


def space_of(**keys: Any) -> Space:
    base = {"objective": {"metric": "valid/t2m/R@10"}, "trials": 4, "space": {"optim.lr": {"uniform": [1e-4, 1e-2]}}}
    return parse_space({key: value for key, value in {**base, **keys}.items() if value is not None})


def test_what_a_store_has(tiny_store: Store, make_store: Callable[..., Store]) -> None:
    assert set(read_contents(tiny_store).census.names) == {"even", "odd"}
    assert read_contents(tiny_store).categories == {"genre"}

    def without_swaps(row: dict[str, Any]) -> None:
        row["texts"] = row["texts"][:4]
        row["text_embeddings"] = row["text_embeddings"][: 4 * 10]

    assert read_contents(make_store(without_swaps)).categories == frozenset()


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"recipe": {"data.mix": {"even": 1, "odd": RAMP}, "text.swap.categories": ["genre"]}},
        {"recipe": {"data.mix.odd": 1}, "space": {"data.mix.even": {"uniform": [0.1, 1]}}},
        {"space": {"text.swap.categories": {"choice": [None, ["genre"]]}}},
    ],
)
def test_names_of_the_store_fit(tiny_store: Store, keys: dict[str, Any]) -> None:
    require_fit(space_of(**keys), tiny_store)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            {"recipe": {"data.mix.evn": 1}},
            ["recipe.data.mix: unknown data set of the store 'evn'. Did you mean 'even'?"],
        ),
        (
            {"space": {"data.mix.xyz": {"uniform": [0.1, 1], "complement": "data.mix.od"}}},
            [
                "space.data.mix: unknown data set of the store 'xyz'. Known: even, odd.",
                "space.data.mix: unknown data set of the store 'od'. Did you mean 'odd'?",
            ],
        ),
        (
            {"include": [{"other": {"data.mix": {"odds": 1}, "text.swap.categories": ["mood"]}}]},
            [
                "include.other.data.mix: unknown data set of the store 'odds'. Did you mean 'odd'?",
                "include.other.text.swap.categories: unknown category of the store's swaps 'mood'. Known: genre.",
            ],
        ),
        (
            {
                "method": "grid",
                "trials": None,
                "space": None,
                "arms": {"a": {"data.mix.eve": RAMP}, "b": {"data.mix.eve": 1}},
            },
            ["arms.a.data.mix: unknown data set of the store 'eve'. Did you mean 'even'?"],
        ),
        (
            {"space": {"text.swap.categories": {"choice": [["genre"], ["gene", "genre"]]}}},
            ["space.text.swap.categories: unknown category of the store's swaps 'gene'. Did you mean 'genre'?"],
        ),
    ],
)
def test_names_the_store_has_not_are_refused(tiny_store: Store, keys: dict[str, Any], told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        require_fit(space_of(**keys), tiny_store)
    assert sorted(str(fault) for fault in caught.value.faults) == sorted(told)


def test_run_and_plan_refuse_them_on_opening(tiny_store: Store, tmp_path: Path) -> None:
    space = tmp_path / "space.yaml"
    space.write_text(yaml.safe_dump(space_of(recipe={"data.mix.evn": 1}).document()))
    with pytest.raises(InputError, match="The space does not fit the store"):
        open_inputs(space, {"": tiny_store.path})


WITH_ARMS: dict[str, Any] = {"method": "grid", "trials": None, "space": None}


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"recipe": {"data.fraction": 0.01}}, ["recipe.data.fraction"]),
        ({"recipe": {"text.mix": {"human": 1}}}, ["recipe.text.mix.human"]),
        ({"space": {"text.mix.human": {"uniform": [0.0, 1.0]}}}, []),
        ({"space": {"data.fraction": {"uniform": [0.01, 1.0]}}}, ["space.data.fraction"]),
        ({"space": {"text.swap.negatives": {"int": [1, 3]}}}, ["space.text.swap.negatives"]),
        ({"include": [{"more": {"text.swap": {"negatives": 4}}}]}, ["include.more.text.swap.negatives"]),
        (
            {**WITH_ARMS, "recipe": {"data.fraction": 0.01}, "arms": {"a": {"data.fraction": 1.0}, "b": {}}},
            ["recipe.data.fraction"],
        ),
        (
            {**WITH_ARMS, "arms": {"a": {"text.view_dropout": {"balance": "category"}}, "b": {}}},
            ["arms.a.text.view_dropout.balance"],
        ),
        (
            {**WITH_ARMS, "recipe": {"text.mix.human": 1}, "arms": {"a": {"text.mix.human": 0}}},
            [],
        ),
    ],
)
def test_values_the_store_cannot_serve_are_refused_at_their_places(
    tiny_store: Store, keys: dict[str, Any], where: list[str]
) -> None:
    if not where:
        require_fit(space_of(**keys), tiny_store)
        return
    with pytest.raises(InputError) as caught:
        require_fit(space_of(**keys), tiny_store)
    assert [fault.where for fault in caught.value.faults] == where
