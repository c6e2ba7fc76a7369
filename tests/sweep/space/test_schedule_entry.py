"""A whole schedule as one searched thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.train.schedules import Constant, Cosine, Linear, OnAccuracy, OnPlateau
from sweep.space.configurations import grid, included, recipe_of, representable, suggest
from sweep.space.load import load_space, parse_space
from sweep.space.model import Space
from tests.sweep.space.cursor import Cursor

AT = "text.swap.probability"
KIND = f"{AT}.kind"
RAMP = {"start": 0, "end": {"uniform": [0, 0.5]}, "epochs": {"int": [1, 24]}}
PLAIN = {"constant": {"value": {"uniform": [0, 0.5]}}, "linear": RAMP, "cosine": RAMP}


def space_of(schedule: Any, **keys: Any) -> Space:
    head = {"objective": {"metric": "valid/t2m/R@10"}, "trials": 4}
    return parse_space({**head, "space": {AT: {"schedule": schedule, **keys}}, "include": ["default"]})


def test_it_becomes_a_kind_and_its_fields() -> None:
    space = space_of(PLAIN, role="nuisance")
    assert [*space.space] == [KIND, f"{AT}.value", f"{AT}.start", f"{AT}.end", f"{AT}.epochs"]
    assert space.space[KIND].words() == "constant | linear | cosine"
    assert space.space[f"{AT}.value"].when == {KIND: ["constant"]}
    assert space.space[f"{AT}.end"].when == {KIND: ["linear", "cosine"]}
    assert not space.space[f"{AT}.start"].searched
    assert {parameter.role for parameter in space.space.values() if parameter.searched} == {"nuisance"}


def test_it_is_the_same_as_its_fields_written_out() -> None:
    end = {"uniform": [0, 0.5], "when": {KIND: ["linear", "cosine"]}}
    plain = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "trials": 4,
            "space": {
                KIND: {"choice": ["constant", "linear", "cosine"]},
                f"{AT}.value": {"uniform": [0, 0.5], "when": {KIND: ["constant"]}},
                f"{AT}.start": {"fixed": 0, "when": {KIND: ["linear", "cosine"]}},
                f"{AT}.end": end,
                f"{AT}.epochs": {"int": [1, 24], "when": {KIND: ["linear", "cosine"]}},
            },
        }
    )
    whole = space_of(PLAIN)
    for shares in ((0.0, 0.2), (0.5, 0.2, 0.3), (0.9, 0.9, 0.1)):
        params = suggest(whole, Cursor(*shares))
        assert params == suggest(plain, Cursor(*shares))
        assert recipe_of(whole, params) == recipe_of(plain, params)


def test_the_default_is_a_point_of_it() -> None:
    (default,) = included(space_of(PLAIN))
    assert default.params == {KIND: "linear", f"{AT}.end": 0.15, f"{AT}.epochs": 20}


def test_a_field_that_differs_between_kinds_is_one_for_each() -> None:
    space = space_of({"linear": RAMP, "exponential": {**RAMP, "start": 0.01, "end": {"uniform": [0.02, 0.3]}}})
    assert [name for name, one in space.space.items() if one.searched] == [
        KIND,
        f"{AT}.linear.end",
        f"{AT}.exponential.end",
        f"{AT}.epochs",
    ]
    assert space.space[f"{AT}.linear.end"].targets(f"{AT}.linear.end") == (f"{AT}.end",)
    linear, exponential = (suggest(space, Cursor(share, 1.0, 0.0)) for share in (0.0, 0.9))
    assert recipe_of(space, linear).text.swap.probability == Linear(start=0, end=0.5, epochs=1)
    made = recipe_of(space, exponential)
    assert made.text.swap.probability.extremes == (0.01, 0.3)
    assert representable(space, made) == exponential
    assert included(space)[0].params[f"{AT}.linear.end"] == 0.15


def test_adaptive_kinds_choose_their_signal_too() -> None:
    space = space_of(
        {
            "cosine": {"start": 0, "end": 0.2, "epochs": 4},
            "adaptive": {"start": 0, "end": 0.2, "threshold": {"uniform": [0.25, 0.75]}},
            "adaptive on plateau": {"start": 0, "end": 0.3, "patience": {"int": [1, 3]}},
        }
    )
    assert space.space[f"{AT}.signal"].when == {KIND: ["adaptive"]}
    assert space.space[f"{AT}.start"].when == {KIND: ["cosine", "adaptive"]}
    assert space.space[f"{AT}.threshold"].when == {f"{AT}.signal": ["accuracy"]}
    found = [recipe_of(space, suggest(space, Cursor(*shares))) for shares in ((0.0,), (0.9, 0.0, 0.5), (0.9, 0.9, 0.0))]
    assert [recipe.text.swap.probability for recipe in found] == [
        Cosine(start=0, end=0.2, epochs=4),
        OnAccuracy(start=0, end=0.2, threshold=0.5),
        OnPlateau(signal="plateau", start=0, end=0.3, patience=1),
    ]


def test_one_kind_alone_needs_no_choice() -> None:
    space = space_of({"adaptive": {"signal": "plateau", "start": 0, "end": {"choice": [0.1, 0.2]}}})
    assert suggest(space, Cursor(0.9)) == {f"{AT}.end": 0.2}
    assert recipe_of(space, {f"{AT}.end": 0.2}).text.swap.probability == OnPlateau(signal="plateau", start=0, end=0.2)
    assert parse_space(space.document()) == space


def test_its_condition_and_roles() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "trials": 4,
            "space": {
                "head.layers": {"choice": [1, 2]},
                AT: {
                    "schedule": {"constant": {"value": {"uniform": [0, 1], "role": "nuisance"}}, "linear": {}},
                    "when": {"head.layers": 2},
                },
            },
        }
    )
    assert suggest(space, Cursor(0.0)) == {"head.layers": 1}
    assert suggest(space, Cursor(0.9, 0.0, 0.25)) == {"head.layers": 2, KIND: "constant", f"{AT}.value": 0.25}
    assert (space.space[KIND].role, space.space[f"{AT}.value"].role) == ("scientific", "nuisance")
    inherited = recipe_of(space, {"head.layers": 2, KIND: "linear"})
    assert inherited.text.swap.probability == Linear(start=0, end=0.15, epochs=20)


def test_a_grid_lists_each_kind_with_its_own_points() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "method": "grid",
            "space": {
                AT: {
                    "schedule": {
                        "constant": {"value": {"choice": [0.0, 0.1]}},
                        "linear": {"start": 0, "end": {"uniform": [0, 0.4], "points": 3}, "epochs": 4},
                    }
                }
            },
        }
    )
    assert [*grid(space)] == [
        {KIND: "constant", f"{AT}.value": 0.0},
        {KIND: "constant", f"{AT}.value": 0.1},
        {KIND: "linear", f"{AT}.end": 0.0},
        {KIND: "linear", f"{AT}.end": 0.2},
        {KIND: "linear", f"{AT}.end": 0.4},
    ]
    assert recipe_of(space, {KIND: "constant", f"{AT}.value": 0.1}).text.swap.probability == Constant(value=0.1)


def test_it_reads_back_from_its_document() -> None:
    space = space_of({**PLAIN, "adaptive on plateau": {"start": 0, "end": 0.2}}, role="nuisance")
    assert parse_space(space.document()) == space
    assert "schedule" in space.document()["space"][AT]


def test_data_sets_weights_take_schedules() -> None:
    space = parse_space(
        {
            "objective": {"metric": "valid/t2m/R@10"},
            "trials": 4,
            "recipe": {"data.mix.songs": 1},
            "space": {"data.mix.tunes": {"schedule": {"constant": {"value": 0.5}, "linear": RAMP}}},
        }
    )
    assert suggest(space, Cursor(0.0)) == {"data.mix.tunes.kind": "constant"}


def test_faults_point_at_the_line_of_the_kind_they_are_of(tmp_path: Path) -> None:
    path = tmp_path / "space.yaml"
    path.write_text(
        "objective: {metric: valid/t2m/R@1}\n"
        "trials: 3\n"
        "space:\n"
        f"  {AT}:\n"
        "    schedule:\n"
        "      constant:\n"
        "        value: {uniform: [0, 0.5]}\n"
        "      linear:\n"
        "        start: 0\n"
        "        end: {uniform: [0, 1.5]}\n"
        "        epochs: 4\n"
    )
    with pytest.raises(InputError) as caught:
        load_space(path)
    (fault,) = caught.value.faults
    assert fault.where == f"space.{AT}.schedule.linear.end (line 10)"
    assert "must lie in [0, 1]" in fault.rule
