"""Recipes resolve from dotted and nested overrides, with every fault at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.errors import InputError
from adsw.train.recipe import (
    SCHEDULED,
    Recipe,
    dotted,
    identity,
    is_known,
    known_names,
    mixed_dataset,
    resolve,
    schedules_of,
    with_constants,
)
from adsw.train.schedules import Constant, Cosine, Linear, OnAccuracy, OnPlateau

CONTRACT = [
    "data.batch_size",
    "data.fraction",
    "text.mix.tags",
    "text.mix.caption",
    "text.mix.human",
    "text.view_dropout.rate",
    "text.view_dropout.balance",
    "text.swap.probability",
    "text.swap.max_terms",
    "text.swap.categories",
    "text.swap.scope",
    "text.swap.unit",
    "text.swap.negatives",
    "text.swap.weight",
    "loss.temperature",
    "loss.learn_temperature",
    "loss.mask",
    "head.width",
    "head.layers",
    "head.heads",
    "head.out",
    "head.dropout",
    "head.pool",
    "optim.lr",
    "optim.weight_decay",
    "optim.warmup_epochs",
    "optim.clip",
    "epochs",
    "seed",
    "precision",
]


def faults_of(overrides: dict[str, Any], base: Recipe | None = None) -> list[str]:
    with pytest.raises(InputError) as caught:
        resolve(overrides, base, where="here")
    return [str(fault) for fault in caught.value.faults]


def test_every_name_of_the_contract_is_known() -> None:
    assert set(CONTRACT) <= known_names()
    assert {f"text.swap.probability.{field}" for field in ("kind", "start", "end", "epochs", "delay")} <= known_names()
    assert is_known("data.mix.musiccaps")
    assert is_known("data.mix.musiccaps.end")
    assert not is_known("data.mix.")
    assert not is_known("text.swap")
    assert not is_known("text.swap.chance")


def test_the_default_is_the_papers_recipe() -> None:
    recipe = Recipe()
    assert recipe.text.swap.probability == Linear(start=0.0, end=0.15, epochs=20.0)
    assert (recipe.head.layers, recipe.head.heads) == (2, 2)
    assert recipe.text.mix.caption == recipe.text.mix.tags
    assert resolve({}) == recipe


def test_dotted_nested_and_mixed_keys_mean_the_same() -> None:
    ways: list[dict[str, Any]] = [
        {"text.swap.probability.end": 0.3, "optim.lr": 1e-3, "head.width": 64},
        {"text": {"swap": {"probability": {"end": 0.3}}}, "optim": {"lr": 0.001}, "head": {"width": 64}},
        {"text.swap": {"probability.end": 0.3}, "optim": {"lr": {"kind": "constant", "value": 1e-3}}, "head.width": 64},
    ]
    assert len({identity(resolve(way)) for way in ways}) == 1


def test_changing_the_kind_drops_what_the_new_kind_lacks() -> None:
    base = resolve({"text.swap.probability": {"kind": "step", "steps": 4, "end": 0.4}})
    changed = resolve({"text.swap.probability.kind": "cosine"}, base)
    assert changed.text.swap.probability == Cosine(start=0.0, end=0.4, epochs=20.0)


def test_changing_the_signal_drops_what_the_new_one_lacks() -> None:
    base = resolve({"text.swap.probability": {"kind": "adaptive", "threshold": 0.7, "patience": 4}})
    assert base.text.swap.probability == OnAccuracy(start=0.0, end=0.15, threshold=0.7, patience=4)
    changed = resolve({"text.swap.probability.signal": "plateau"}, base)
    assert changed.text.swap.probability == OnPlateau(signal="plateau", start=0.0, end=0.15, patience=4)
    back = resolve({"text.swap.probability.kind": "linear", "text.swap.probability.epochs": 3}, changed)
    assert back.text.swap.probability == Linear(start=0.0, end=0.15, epochs=3.0)


def test_schedules_by_name() -> None:
    found = schedules_of(resolve({"data.mix": {"a.b": 2, "c": LINEAR | {"end": 0.5}}}))
    assert list(found) == [*SCHEDULED[:-1], "data.mix.a.b", "data.mix.c", "optim.lr"]
    assert (found["data.mix.a.b"], found["optim.lr"]) == (Constant(value=2.0), Constant(value=3e-4))


def test_schedules_can_be_held() -> None:
    recipe = resolve({"data.mix": {"a.b": 2, "c": 1}})
    held = with_constants(recipe, {"data.mix.a.b": 0.0, "optim.lr": 0.0, "text.view_dropout.rate": 0.25})
    expected = schedules_of(recipe) | {
        "data.mix.a.b": Constant(value=0.0),
        "optim.lr": Constant(value=0.0),
        "text.view_dropout.rate": Constant(value=0.25),
    }
    assert schedules_of(held) == expected
    assert recipe.data.mix["a.b"] == Constant(value=2.0), "the recipe itself stays"


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("data.mix.a", "a"),
        ("data.mix.a.b", "a.b"),
        ("data.mix.a.end", "a"),
        ("data.mix.a.b.kind", "a.b"),
        ("data.mix.end", "end"),
        ("data.mix.", None),
        ("data.batch_size", None),
    ],
)
def test_names_of_data_sets(name: str, dataset: str | None) -> None:
    assert mixed_dataset(name) == dataset


def test_a_number_makes_a_schedule_constant() -> None:
    assert resolve({"text.swap.probability": 0.1}).text.swap.probability == Constant(value=0.1)
    agreeing = {"text.swap.probability": 0.1, "text.swap.probability.kind": "constant"}
    assert resolve(agreeing) == resolve({"text.swap.probability": 0.1})


def test_data_sets_may_have_any_name() -> None:
    recipe = resolve({"data": {"mix": {"a.b": 2}}, "data.mix.c": 1, "data.mix.song.end": 0, "data.mix.song": LINEAR})
    assert set(recipe.data.mix) == {"a.b", "c", "song"}
    assert recipe.data.mix["song"] == Linear(start=1, end=0, epochs=3)


LINEAR = {"kind": "linear", "start": 1, "epochs": 3}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"swap.probability": 1}, "unknown name 'swap.probability'. Did you mean 'text.swap.probability'?"),
        ({"optim": {"learning": 1}}, "unknown name 'optim.learning'"),
        (
            {"text.swap.probability.finish": 1},
            "text.swap.probability: unknown field of a schedule 'finish'. Known: delay, end",
        ),
        ({"text": 3}, "text: is a group of settings. Set text.mix.caption"),
        ({"head": {"width": "wide"}}, "head.width: should be a valid integer (given: 'wide')"),
        ({"epochs": True}, "epochs: should be a valid integer (given: True)"),
        ({"epochs": 0}, "epochs: should be greater than or equal to 1 (given: 0)"),
        ({"head.width": 33}, "head: width 33 must be a multiple of heads 2"),
        ({"optim.lr": 0}, "optim.lr: must be above 0"),
        ({"optim.lr": None}, "optim.lr.value: should be a valid number"),
        ({"optim.clip": -1}, "optim.clip: should be greater than 0 (given: -1)"),
        ({"head.dropout": 1.0}, "head.dropout: should be less than 1"),
        ({"data.fraction": 0}, "data.fraction: should be greater than 0"),
        ({"data.batch_size": 1}, "data.batch_size: should be greater than or equal to 2"),
        ({"data.mix": {"a": 0}}, "data: mix must have a weight above 0 at every epoch"),
        ({"data.mix.a": -1}, "data.mix.a: must be at least 0 at every epoch"),
        ({"data.mix.a.end": 1}, "data.mix.a.kind: is required"),
        ({"loss.temperature": 2.0}, "loss.temperature: should be less than or equal to 1"),
        ({"text.mix.tags": 0, "text.mix.caption": 0}, "text.mix: must have a weight above 0 at every epoch"),
        (
            {"text.swap.probability.end": 1.5},
            "text.swap.probability.end: must lie in [0, 1] at every epoch (given: 1.5)",
        ),
        (
            {"text.swap.probability": {"kind": "adaptive", "signal": "acuracy"}},
            "text.swap.probability.signal: unknown signal of an adaptive schedule 'acuracy'. Did you mean 'accuracy'?",
        ),
        (
            {"text.swap.probability": {"kind": "adaptive", "gain": 0.1}},
            "adaptive on accuracy has no gain: it belongs to adaptive on plateau (given: 0.1). "
            "Set text.swap.probability.signal, or leave it out.",
        ),
        (
            {"text.swap.probability.threshold": 0.1},
            "linear has no threshold: it belongs to adaptive on accuracy (given: 0.1). Set text.swap.probability.kind",
        ),
        ({"data.mix.linear.start": 1, "data.mix.linear.kind": "step"}, "data.mix.linear.end: is required"),
        ({"text.swap.probability": {"kind": "linar"}}, "unknown kind of schedule 'linar'. Did you mean 'linear'?"),
        ({"text.swap.probability.kind": 3}, "unknown kind of schedule '3'"),
        ({"text.swap.probability.kind": "constant"}, "text.swap.probability.value: is required. Add it."),
        ({"text.swap.probability.steps": 2}, "text.swap.probability.steps: linear has no steps: it belongs to step"),
        ({"text.swap.probability": 0.1, "text.swap.probability.end": 1}, "constant has no end"),
        (
            {"text.swap.probability": 0.1, "text.swap": {"probability.kind": "linear"}},
            "text.swap.probability.kind: is given twice, as 'constant' too (given: 'linear'). Keep one.",
        ),
        ({"epochs": 3, "text": {}, "": {"epochs": 3}}, "unknown name '.epochs'"),
        ({"text.swap.categories": []}, "text.swap.categories: "),
        ({"text.view_dropout.balance": "tags"}, "text.view_dropout.balance: should be 'none' or 'category'"),
        ({"precision": "fp16"}, "precision: should be"),
        ({"seed": float("nan")}, "seed: should be a valid integer"),
    ],
)
def test_faults(overrides: dict[str, Any], expected: str) -> None:
    found = faults_of(overrides)
    assert any(expected in fault for fault in found), found
    assert all(fault.startswith("here: ") for fault in found)


def test_all_faults_come_at_once() -> None:
    found = faults_of({"epoch": 3, "head.width": 33, "optim.lr": -1, "text.swap.probability.steps": 2, "seed": "a"})
    assert len(found) == 5


def test_the_default_mix_can_be_replaced_source_by_source() -> None:
    mix = resolve({"text.mix.tags": 0, "text.mix.caption": 0, "text.mix.human": 1}).text.mix
    assert (mix.tags.at(0), mix.caption.at(0), mix.human.at(0)) == (0.0, 0.0, 1.0)


def test_identity_holds_everything() -> None:
    assert identity(resolve({"seed": 1})) != identity(Recipe())
    assert identity(resolve({"optim.lr": 3e-4})) == identity(Recipe())


NUMBERS = st.floats(0.01, 1.0)
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "seed": st.integers(-(2**70), 2**70),
        "head.width": st.sampled_from([8, 64]),
        "text.swap.categories": st.none() | st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=3),
        "text.swap.probability": st.one_of(
            NUMBERS,
            st.fixed_dictionaries({"kind": st.sampled_from(["cosine", "step", "exponential"]), "end": NUMBERS}),
            st.fixed_dictionaries({"kind": st.just("piecewise"), "points": st.just([[0, 0.1], [4.5, 1]])}),
            st.fixed_dictionaries({"kind": st.just("adaptive"), "end": NUMBERS, "threshold": NUMBERS}),
            st.fixed_dictionaries({"kind": st.just("adaptive"), "signal": st.just("plateau"), "gain": NUMBERS}),
        ),
        "data.mix.first": NUMBERS,
        "data.mix.the.second": NUMBERS,
        "optim.clip": st.none() | NUMBERS,
    },
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(OVERRIDES)
def test_dotted_and_resolve_are_inverse(overrides: dict[str, Any]) -> None:
    recipe = resolve(overrides)
    flat = dotted(recipe)
    assert resolve(flat) == recipe
    assert all(is_known(name) for name in flat)
    assert Recipe.model_validate(recipe.model_dump(mode="json")) == recipe
