"""A sound space: what it suggests, lists and trains."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.errors import InputError
from adsw.train.recipe import Recipe, dotted, resolve
from adsw.train.schedules import OnAccuracy
from sweep.space.check import check, most_epochs
from sweep.space.configurations import (
    base_recipe,
    decision_order,
    grid,
    included,
    listed,
    recipe_of,
    representable,
    suggest,
    with_fixed,
)
from sweep.space.load import load_space, parse_space
from sweep.space.model import Space
from sweep.space.parameter import Parameter
from sweep.space.sections import Objective
from tests.sweep.space.cursor import Cursor

QUICKSTART = Path(__file__).parents[3] / "search_spaces" / "quickstart.yaml"
KIND = "text.swap.probability.kind"


def space_of(**keys: Any) -> Space:
    return parse_space({"objective": {"metric": "valid/t2m/R@10"}, "trials": 4, **keys})


def test_the_quickstart_space_is_sound() -> None:
    space = load_space(QUICKSTART)
    assert space.trials == 16
    assert space.objective == Objective(metric="valid/t2m/mAP@10", mode="max")
    (default,) = included(space)
    assert default.params[KIND] == "linear"
    assert default.params["text.swap.probability.end"] == 0.15
    assert default.recipe == base_recipe(space)


def test_a_space_reads_back_from_its_document() -> None:
    space = load_space(QUICKSTART)
    assert parse_space(space.document()) == space
    grid_space = parse_space(
        {
            "objective": {"metric": "valid/t2m/MedR"},
            "method": "grid",
            "arms": {"a": None},
            "replicates": [1, 2],
        }
    )
    assert grid_space.objective.mode == "min"
    assert parse_space(grid_space.document()) == grid_space


def test_the_files_name_is_the_spaces_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("objective: {metric: valid/t2m/R@1}\ntrials: 2\nspace: {optim.lr: {loguniform: [1e-4, 1]}}\n")
    assert load_space(path).name == "mine"


def test_objective_compares_by_its_mode() -> None:
    assert Objective.model_validate({"metric": "valid/t2m/R@1"}).sign == 1
    assert Objective.model_validate({"metric": "valid/m2t/MedR"}).sign == -1


def test_only_active_parameters_are_suggested() -> None:
    space = load_space(QUICKSTART)
    constant = suggest(space, Cursor(0.0))
    linear = suggest(space, Cursor(0.3))
    assert constant[KIND] == "constant"
    assert "text.swap.probability.end" not in constant
    assert "text.swap.probability.value" in constant
    assert linear[KIND] == "linear"
    assert "text.swap.probability.value" not in linear


def test_complement_makes_a_simplex() -> None:
    space = space_of(space={"text.mix.caption": {"uniform": [0, 1], "complement": "text.mix.tags"}})
    recipe = recipe_of(space, {"text.mix.caption": 0.25})
    assert (recipe.text.mix.caption.at(0), recipe.text.mix.tags.at(0)) == (0.25, 0.75)


def test_fixed_values_follow_their_conditions_and_are_not_params() -> None:
    space = space_of(
        space={
            KIND: {"choice": ["constant", "step"]},
            "text.swap.probability.value": {"uniform": [0, 0.5], "when": {KIND: "constant"}},
            "text.swap.probability.steps": {"fixed": 4, "when": {KIND: "step"}},
            "text.swap.probability.end": {"fixed": 0.3, "when": {KIND: "step"}, "role": "fixed"},
        }
    )
    params = suggest(space, Cursor(0.9))
    assert params == {KIND: "step"}
    assert with_fixed(space, params)["text.swap.probability.steps"] == 4
    recipe = recipe_of(space, params)
    assert dotted(recipe)["text.swap.probability.end"] == 0.3
    assert representable(space, recipe) == params


def test_conditions_reach_through_inactive_parents() -> None:
    space = space_of(
        space={
            "optim.lr": {"loguniform": [1e-4, 1e-2], "when": {"head.heads": 2}},
            "head.heads": {"choice": [1, 2], "when": {"head.layers": [2, 3]}},
            "head.layers": {"int": [1, 3]},
        }
    )
    assert decision_order(space.space) == ["head.layers", "head.heads", "optim.lr"]
    assert suggest(space, Cursor(0.0)) == {"head.layers": 1}
    assert suggest(space, Cursor(0.5, 0.1)) == {"head.layers": 2, "head.heads": 1}
    assert set(suggest(space, Cursor(0.5, 0.9))) == {"head.layers", "head.heads", "optim.lr"}


def test_decision_order_refuses_a_cycle() -> None:
    parameters = {
        "a": Parameter.model_validate({"int": [1, 2], "when": {"b": 1}}),
        "b": Parameter.model_validate({"int": [1, 2], "when": {"a": 1}}),
    }
    with pytest.raises(ValueError, match="cycle"):
        decision_order(parameters)


def test_choices_of_lists_and_schedules_survive_a_sampler() -> None:
    ramp = {"kind": "linear", "start": 0, "end": 0.2, "epochs": 3}
    space = space_of(
        space={
            "text.swap.categories": {"choice": [["genre"], ["genre", "mood"]]},
            "text.swap.probability": {"choice": [0.1, ramp]},
        }
    )
    params = suggest(space, Cursor(0.9, 0.9))
    assert params == {"text.swap.categories": ["genre", "mood"], "text.swap.probability": ramp}
    recipe = recipe_of(space, params)
    assert recipe.text.swap.categories == ("genre", "mood")
    assert recipe.text.swap.probability.at(3) == 0.2


def test_adaptive_schedules_are_searched_field_by_field() -> None:
    at = "text.swap.probability"
    space = space_of(
        space={
            KIND: {"choice": ["linear", "adaptive"]},
            f"{at}.signal": {"choice": ["accuracy", "plateau"], "when": {KIND: "adaptive"}},
            f"{at}.threshold": {"uniform": [0.1, 0.5], "when": {f"{at}.signal": "accuracy"}},
            f"{at}.patience": {"int": [1, 4], "when": {KIND: "adaptive"}},
        },
        include=["default", {"raised": {at: {"kind": "adaptive", "start": 0, "end": 0.15, "threshold": 0.2}}}],
    )
    params = suggest(space, Cursor(0.9, 0.1, 0.25, 0.0))
    assert params == {KIND: "adaptive", f"{at}.signal": "accuracy", f"{at}.threshold": 0.2, f"{at}.patience": 1}
    assert recipe_of(space, params).text.swap.probability == OnAccuracy(start=0.0, end=0.15, threshold=0.2)
    plateau = suggest(space, Cursor(0.9, 0.9, 0.9))
    assert recipe_of(space, plateau).text.swap.probability.extremes == (0.0, 0.15)
    assert f"{at}.threshold" not in plateau
    _, raised = included(space)
    assert raised.params[f"{at}.threshold"] == 0.2
    assert representable(space, recipe_of(space, plateau)) == plateau


def test_what_no_point_of_the_space_gives_is_not_representable() -> None:
    space = space_of(space={"optim.lr": {"loguniform": [1e-4, 1e-2]}, "head.layers": {"int": [1, 3, 2]}})
    assert representable(space, resolve({"head.layers": 3, "optim.lr": 1e-3})) is not None
    assert representable(space, resolve({"head.layers": 2})) is None
    assert representable(space, resolve({"head.layers": 3, "optim.lr": 0.5})) is None
    assert representable(space, resolve({"head.layers": 3, "head.pool": "cls"})) is None
    assert (
        representable(
            space,
            resolve({"head.layers": 3, "optim.lr": {"kind": "linear", "start": 0, "end": 1, "epochs": 2}}),
        )
        is None
    )


def test_included_configurations_stand_on_the_fixed_recipe() -> None:
    space = space_of(
        recipe={"epochs": 5},
        space={"optim.lr": {"loguniform": [1e-4, 1e-2]}},
        include=["default", {"wide": {"head.width": 512}}],
    )
    default, wide = included(space)
    assert default.recipe == resolve({"epochs": 5})
    assert (wide.arm, wide.params, wide.recipe.head.width, wide.recipe.epochs) == ("wide", {}, 512, 5)


def test_grid_lists_every_point_once() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "method": "grid",
            "space": {
                KIND: {"choice": ["constant", "linear"]},
                "text.swap.probability.value": {"quniform": [0, 0.2, 0.1], "when": {KIND: "constant"}},
                "optim.lr": {"loguniform": [1e-4, 1e-2], "points": 3},
                "head.layers": {"int": [1, 5], "points": 3},
            },
        }
    )
    points = list(grid(space))
    assert len(points) == (3 + 1) * 3 * 3
    assert len({str(point) for point in points}) == len(points)
    assert sorted({point["head.layers"] for point in points}) == [1, 3, 5]
    assert sorted({round(point["optim.lr"], 6) for point in points}) == [1e-4, 1e-3, 1e-2]


def test_a_grid_of_a_continuous_range_raises() -> None:
    with pytest.raises(ValueError, match="points"):
        list(grid(space_of(space={"optim.lr": {"uniform": [0.1, 1]}})))


def test_arms_by_replicates_share_their_seeds() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "method": "grid",
            "arms": {"base": None, "swap": {"text.swap.probability": 0.3}},
            "replicates": [11, 12],
        }
    )
    found = [(item.arm, item.recipe.seed) for item in listed(space)]
    assert found == [("base", 11), ("swap", 11), ("base", 12), ("swap", 12)]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(shares=st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_any_point_of_a_checked_space_is_a_recipe_and_is_found_again(shares: list[float]) -> None:
    space = load_space(QUICKSTART)
    params = suggest(space, Cursor(*shares))
    recipe = recipe_of(space, params)
    assert representable(space, recipe) == params


def test_longest_trial() -> None:
    lr = {"optim.lr": {"loguniform": [1e-4, 1e-2]}}
    assert most_epochs(space_of(space=lr), Recipe()) == Recipe().epochs
    assert most_epochs(space_of(space={"epochs": {"int": [3, 77]}}), Recipe()) == 77
    assert most_epochs(space_of(space=lr, include=[{"long": {"epochs": 90}}]), Recipe()) == 90


def test_check_says_nothing_of_a_sound_space() -> None:
    assert check(load_space(QUICKSTART)) == []


def test_random_search_reads_back_as_random() -> None:
    space = space_of(method="random", space={"optim.lr": {"loguniform": [1e-4, 1e-2]}})
    again = parse_space(space.document())
    assert (again.method, again.searcher.sampler) == ("random", "random")


KEYS = [*Space.model_fields, "trails"]
LEAVES = st.sampled_from([None, True, 0, 1, 8, -1, 0.5, "asha", "default", "optim.lr", "head.layers", "a/b", "linear"])
NAMES = st.sampled_from(["uniform", "int", "choice", "when", "kind", "metric", "optim.lr", "head.layers", KIND, "x", 3])
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
SPACES = st.fixed_dictionaries({}, optional={key: TREES for key in KEYS if key != "space"})
SPECS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("uniform", "int", "choice", "fixed", "when", "points"), TREES)
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(document=SPACES, parameters=st.dictionaries(NAMES, SPECS | TREES, max_size=4) | TREES)
def test_any_document_is_a_space_or_wrong_input(document: dict[str, Any], parameters: Any) -> None:
    sound = {"objective": {"metric": "valid/t2m/R@10"}, "trials": 4, "space": parameters}
    for given_document in (document | {"space": parameters}, sound, sound | document):
        with contextlib.suppress(InputError):
            assert isinstance(parse_space(given_document), Space)
