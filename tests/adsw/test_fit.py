"""A recipe's values that could do nothing on a store, or not what they say, are refused before any work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.fit import Contents, misfits, read_contents, remarks
from adsw.store.store import Store
from adsw.train.recipe import Recipe, resolve
from adsw.trainer import require_fit
from tests.adsw.train.synthetic import synthetic_store

RAMP = {"kind": "linear", "start": 0, "end": 0.5, "epochs": 3}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store(tmp_path_factory.mktemp("fit") / "store", 150)


@pytest.fixture(scope="module")
def contents(store: Store) -> Contents:
    return read_contents(store)


def recipe(**more: Any) -> Recipe:
    return resolve({"data.batch_size": 32, **{name.replace("__", "."): value for name, value in more.items()}})


def test_what_a_store_offers(contents: Contents) -> None:
    assert contents.sources == {"tags", "caption", "human"}
    assert contents.categories == {"genre", "instrument", "mood", "tempo"}
    assert set(contents.census.names) == {"one", "two"}
    assert contents.census.counts(recipe().data).sum() == 90
    assert contents.swaps > 1000
    assert (contents.most_swaps, contents.bank_terms) == (1, 3)
    assert contents.even_views
    assert contents.counts_terms


def test_the_default_recipe_fits_a_usual_store(contents: Contents) -> None:
    assert list(misfits(recipe(), contents)) == list(remarks(recipe(), contents)) == []


LESS: dict[str, Any] = {"sources": frozenset({"tags", "caption"})}
BARE: dict[str, Any] = {"swaps": 0, "most_swaps": 0, "categories": frozenset()}


@pytest.mark.parametrize(
    ("settings", "changes", "told"),
    [
        (
            {"text__mix__human": 1},
            LESS,
            "text.mix.human: must be 0 on this store, of which no training track has human",
        ),
        ({"text__mix__human": RAMP}, LESS, "(given: 0.5). Set text.mix.human=0."),
        ({}, {"sources": frozenset({"human"})}, "text.mix.caption: must be 0 on this store"),
        ({"data__fraction": 0.001}, {}, "data.fraction: must leave at least 2 training tracks of 90, and leaves 1"),
        ({"text__swap__max_terms": 99}, {}, "text.swap.max_terms: must be at most 3, the most terms that the store's"),
        (
            {"text__swap__negatives": 2},
            {},
            "text.swap.negatives: must be at most 1, the most swaps that the store holds",
        ),
        ({}, BARE, "text.swap.probability: must be 0 on this store, which holds no swapped texts (given: 0.15)"),
        ({}, {"counts_terms": False}, "text.swap.probability: cannot be met on this store"),
        ({"text__view_dropout__balance": "category"}, {}, "text.view_dropout.balance: must be none on this store"),
    ],
)
def test_what_a_store_cannot_serve_is_told(
    contents: Contents, settings: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    found = [str(misfit.fault("")) for misfit in misfits(recipe(**settings), replace(contents, **changes))]
    assert any(told in text for text in found), found


def test_a_bank_is_not_asked_for_what_is_not_drawn(contents: Contents) -> None:
    assert not list(misfits(recipe(text__swap__max_terms=99, text__swap__probability=0), replace(contents, **BARE)))


def test_a_fraction_that_leaves_none_of_a_set_to_mix_is_told(tmp_path: Path) -> None:
    rare = synthetic_store(tmp_path / "store", 150, datasets=["two", *["one"] * 89])
    mixed = recipe(data__mix={"one": 1, "two": 1}, data__fraction=0.05)
    (found,) = misfits(mixed, read_contents(rare))
    assert str(found.fault("recipe")).startswith("recipe.data.mix.two: weighs a data set of which data.fraction 0.05")
    assert not list(misfits(recipe(data__mix={"one": 1, "two": 1}), read_contents(rare)))


def test_online_drawing_needs_no_swaps_of_the_bank(contents: Contents) -> None:
    bare = replace(contents, **BARE)
    assert not list(misfits(recipe(text__swap__max_terms=9), bare, online=True))


def test_what_needs_no_mending_is_remarked(contents: Contents) -> None:
    assert "exceeds the 90 training tracks: a batch holds them all" in next(remarks(Recipe(), contents))
    (told,) = remarks(recipe(), replace(contents, counts_terms=False))
    assert told.startswith("The store does not say what its texts claim: loss.mask is string here.")


def test_all_faults_are_told_at_once(store: Store) -> None:
    wrong = recipe(
        data__fraction=0.001, text__swap__max_terms=99, text__swap__categories=["mod"], data__mix={"one": 1, "tow": 1}
    )
    with pytest.raises(InputError) as caught:
        require_fit(store, wrong)
    told = [fault.where for fault in caught.value.faults]
    assert {"data.mix", "text.swap.categories", "data.fraction", "text.swap.max_terms"} <= set(told)
