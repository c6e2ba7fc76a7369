"""Weights that share a whole: their law, their names, and their way to recipes and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, kstest

from adsw.train.recipe import dotted, resolve
from sweep.space.configurations import grid, included, recipe_of, representable, suggest, with_fixed
from sweep.space.distributions import Reals
from sweep.space.load import parse_space
from sweep.space.model import Space
from sweep.space.parameter import Share, Simplex
from tests.sweep.space.cursor import Cursor

MIX = {"text.mix": {"simplex": ["human", "caption", "tags"]}}
HUMAN, CAPTION = "text.mix.human.share", "text.mix.caption.share"
THREE = Simplex("text.mix", ("human", "caption", "tags"))


def space_of(**keys: Any) -> Space:
    return parse_space({"objective": {"metric": "valid/t2m/R@10"}, "trials": 4, **keys})


def weights_of(flat: dict[str, Any], simplex: Simplex = THREE) -> list[float]:
    return [flat[name] for name in simplex.targets]


def test_even_draws_of_the_sampler_are_even_on_the_simplex() -> None:
    space = space_of(space=MIX)
    rng = np.random.default_rng(0)
    drawn = [suggest(space, Cursor(*rng.random(2))) for _ in range(2000)]
    weights = np.array([weights_of(THREE.weights(params)) for params in drawn])
    assert weights.sum(axis=1) == pytest.approx(1.0)
    # Of a vector that is uniform on the simplex of k parts, every weight is Beta(1, k - 1), and so is every pair's sum
    # Beta(2, k - 2). Source: Devroye, as in the module.
    for weight in weights.T:
        assert kstest(weight, beta(1, 2).cdf).pvalue > 1e-3
    assert kstest(weights[:, 0] + weights[:, 1], beta(2, 1).cdf).pvalue > 1e-3


@settings(max_examples=60, deadline=None, derandomize=True)
@given(place=st.floats(0, 1), after=st.integers(1, 6))
def test_a_share_and_its_place_go_both_ways(place: float, after: int) -> None:
    law = Share(after=after)
    value = law.suggest(Cursor(place), "x")
    assert law.holds(value)
    assert law.encode(value) == pytest.approx(place, abs=1e-9)


def test_a_share_is_a_range_like_others() -> None:
    law = THREE.distributions()[CAPTION]
    assert isinstance(law, Reals)
    assert law.words() == "0 to 1 of what human leaves"
    assert THREE.distributions()[HUMAN].words() == "0 to 1 of the whole"
    assert (law.points(None), law.points(3)) == (None, [0.0, 0.5, 1.0])
    typical = {name: share.typical() for name, share in THREE.distributions().items()}
    assert weights_of(THREE.weights(typical)) == pytest.approx([1 / 3] * 3)


def test_shares_are_searched_and_weights_are_trained() -> None:
    space = space_of(space={"text.mix": {**MIX["text.mix"], "role": "nuisance"}})
    assert [*space.space] == [HUMAN, CAPTION]
    assert {parameter.role for parameter in space.space.values()} == {"nuisance"}
    assert space.entries == {HUMAN: "text.mix", CAPTION: "text.mix"}
    recipe = recipe_of(space, {HUMAN: 0.2, CAPTION: 0.75})
    assert weights_of(dotted(recipe)) == pytest.approx([0.2, 0.6, 0.2])


def test_two_parts_are_the_papers_share_of_captions() -> None:
    space = space_of(space={"text.mix": {"simplex": ["caption", "tags"]}})
    recipe = recipe_of(space, suggest(space, Cursor(0.25)))
    assert (dotted(recipe)["text.mix.caption"], dotted(recipe)["text.mix.tags"]) == (0.25, 0.75)


def test_conditions_hold_for_all_shares() -> None:
    space = space_of(
        space={
            "text.mix": {**MIX["text.mix"], "when": {"head.layers": 2}},
            "head.layers": {"choice": [1, 2]},
        }
    )
    assert suggest(space, Cursor(0.0)) == {"head.layers": 1}
    assert set(suggest(space, Cursor(0.9))) == {"head.layers", HUMAN, CAPTION}
    assert weights_of(dotted(recipe_of(space, {"head.layers": 1}))) == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("overrides", "shares"),
    [
        ({}, {HUMAN: 0.0, CAPTION: 0.5}),
        ({"text.mix.tags": 1, "text.mix.caption": 1}, {HUMAN: 0.0, CAPTION: 0.5}),
        ({"text.mix": {"tags": 2, "caption": 4, "human": 2}}, {HUMAN: 0.25, CAPTION: 2 / 3}),
        ({"text.mix": {"tags": 0.1, "caption": 0.3, "human": 0.7}}, {HUMAN: 0.7 / 1.1, CAPTION: 0.75}),
        ({"text.mix": {"tags": 0, "caption": 0, "human": 3}}, {HUMAN: 1.0, CAPTION: 0.5}),
        ({"text.mix.tags": {"kind": "linear", "start": 0, "end": 1, "epochs": 3}}, None),
        ({"text.mix.tags": 1, "head.layers": 3}, None),
    ],
)
def test_configurations_count_by_their_proportions(overrides: dict[str, Any], shares: dict[str, float] | None) -> None:
    space = space_of(space=MIX, include=["default"])
    recipe = resolve(overrides)
    found = representable(space, recipe)
    assert found == (shares if shares is None else pytest.approx(shares))
    assert included(space)[0].recipe == resolve({})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(places=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_any_point_is_found_again(places: tuple[float, float]) -> None:
    space = space_of(space=MIX)
    params = suggest(space, Cursor(*places))
    found = representable(space, recipe_of(space, params))
    assert found is not None
    again = with_fixed(space, found)
    assert weights_of(THREE.weights(again)) == pytest.approx(weights_of(THREE.weights(params)), abs=1e-9)


def test_a_grid_meets_every_point_of_the_simplex_once() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "method": "grid",
            "space": {"text.mix": {**MIX["text.mix"], "points": 3}, "head.layers": {"choice": [1, 2]}},
        }
    )
    weights = [tuple(weights_of(dotted(recipe_of(space, params)))) for params in grid(space)]
    assert len(weights) == 12
    assert set(weights) == {(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)}


def test_data_sets_share_a_whole_too() -> None:
    space = space_of(space={"data.mix": {"simplex": ["songs", "tunes", "works"]}})
    recipe = recipe_of(space, suggest(space, Cursor(0.0, 0.25)))
    assert {name: schedule.at(0) for name, schedule in recipe.data.mix.items()} == {
        "songs": 0.0,
        "tunes": 0.25,
        "works": 0.75,
    }
    assert space.space["data.mix.songs.share"].targets("data.mix.songs.share") == (
        "data.mix.songs",
        "data.mix.tunes",
        "data.mix.works",
    )


def test_it_reads_back_from_its_document() -> None:
    space = space_of(space={"text.mix": {**MIX["text.mix"], "points": 4}})
    assert space.document()["space"] == {"text.mix": {"simplex": ["human", "caption", "tags"], "points": 4}}
    assert parse_space(space.document()) == space
