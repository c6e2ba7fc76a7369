"""The plan: arithmetic, refusals, warnings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adsw.errors import InputError
from adsw.store.duplicates import Duplicates
from adsw.store.store import Store, StoreInfo
from sweep.plan.describe import trials_of
from sweep.plan.plan import PROCESS_BYTES, STARTUP_S, Plan, make_plan
from sweep.plan.resources import Resources, memory_limit
from sweep.plan.timing import measure_epoch
from sweep.plan.warnings import MOST_TRACKS, StoreFacts, read_facts
from sweep.space.configurations import base_recipe
from sweep.space.load import load_space, parse_space
from sweep.space.model import Space

QUICKSTART = Path(__file__).parents[3] / "search_spaces" / "quickstart.yaml"
MACHINE = Resources(cpus=2, gpus=0, memory_bytes=8 << 30, disk_free=10 << 30)


def space_of(**keys: Any) -> Space:
    base = {
        "objective": {"metric": "valid/t2m/R@10"},
        "trials": 9,
        "recipe": {"epochs": 24},
        "space": {"optim.lr": {"loguniform": [1e-4, 1e-2]}},
        "searcher": {"startup": 3},
    }
    found = {**base, **keys}
    return parse_space({key: value for key, value in found.items() if value is not None})


def grid_of(**keys: Any) -> Space:
    return space_of(method="grid", trials=None, searcher=None, space=None, **keys)


def resized(store: Store, tracks: int) -> StoreInfo:
    """The description of a store as large as wished."""
    split = store.info.splits["train"].model_copy(update={"tracks": tracks, "texts": 20 * tracks})
    return store.info.model_copy(update={"splits": {**store.info.splits, "train": split}})


def plan_of(space: Space, store: Store, **keys: Any) -> Plan:
    return make_plan(space, store.info, keys.pop("resources", MACHINE), **keys)


def test_a_plain_plan(tiny_store: Store) -> None:
    plan = plan_of(space_of(recipe={"epochs": 24, "data.batch_size": 16}), tiny_store, seconds_per_epoch=2.0)
    assert (plan.trials, plan.cells, plan.slots, plan.device) == (9, 2, 1, "cpu")
    assert (plan.epochs_per_trial, plan.steps_per_epoch) == (24, 2)
    assert (plan.epochs_most, plan.epochs_expected) == (9 * 24, 9 * 24)
    assert plan.minutes_most == pytest.approx((STARTUP_S + 9 * 24 / 2 * 2.0) / 60)
    assert (plan.train_tracks, plan.valid_tracks) == (40, 10)
    assert plan.warnings == ()


def test_recordings_in_several_splits_are_warned_of(tiny_store: Store) -> None:
    alike = Duplicates(recordings=1, tracks={"train": 1, "test": 1}, examples=({"a": "train", "b": "test"},))
    copied = Store(tiny_store.path, tiny_store.info.model_copy(update={"duplicates": alike}))
    told = [warning for warning in plan_of(space_of(), copied).warnings if "recording" in warning]
    assert told == alike.sentences()


def test_no_times_without_a_measurement(tiny_store: Store) -> None:
    plan = plan_of(space_of(), tiny_store)
    assert (plan.seconds_per_epoch, plan.minutes_expected, plan.minutes_most) == (None, None, None)


def test_asha_is_expected_to_stop_all_but_the_included(tiny_store: Store) -> None:
    asha = {"kind": "asha", "grace_epochs": 6, "reduction_factor": 3}
    plan = plan_of(space_of(trials=10, scheduler=asha, include=["default"]), tiny_store)
    assert plan.epochs_expected == round(24 + 9 * (6 + 12 / 3 + 6 / 9))
    assert plan.epochs_most == 240


def test_budgets_of_epochs_bound_it(tiny_store: Store) -> None:
    plan = plan_of(space_of(budget={"trial_epochs": 100}), tiny_store)
    assert (plan.epochs_most, plan.epochs_expected) == (100, 100)
    open_ended = plan_of(space_of(trials=None, budget={"trial_epochs": 100}), tiny_store, seconds_per_epoch=1.0)
    assert (open_ended.trials, open_ended.epochs_most) == (None, 100)
    assert open_ended.minutes_most == pytest.approx((STARTUP_S + 50) / 60)


def test_no_sweep_is_shorter_than_its_longest_trial(tiny_store: Store) -> None:
    plan = plan_of(space_of(trials=1), tiny_store, seconds_per_epoch=1.0)
    assert plan.minutes_most == pytest.approx((STARTUP_S + 24) / 60)


def test_a_grid_counts_its_points(tiny_store: Store) -> None:
    grid = grid_of(arms={"a": {}, "b": {"epochs": 30}}, replicates=[1, 2, 3], include=["default"])
    assert trials_of(grid) == 3 + 6
    plan = plan_of(grid, tiny_store)
    assert (plan.method, plan.epochs_per_trial) == ("grid of 2 arms, 3 replicates; no early stopping", 30)


def test_epochs_of_every_stage(tiny_store: Store) -> None:
    asha = {"kind": "asha", "grace_epochs": 6, "reduction_factor": 3}
    confirmed = plan_of(
        space_of(trials=10, scheduler=asha, include=["default"], confirm=3, budget={"trial_epochs": 100}), tiny_store
    )
    assert (confirmed.trials, confirmed.epochs_most) == (16, 100 + 6 * 24)
    assert confirmed.epochs_expected == 100 + 6 * 24
    undecided = plan_of(grid_of(arms={"a": {}, "b": {}}, replicates="until_decided"), tiny_store, seconds_per_epoch=1.0)
    assert (undecided.trials_least, undecided.trials) == (10, 40)
    assert (undecided.epochs_expected, undecided.epochs_most) == (240, 960)
    assert undecided.minutes_expected == pytest.approx((STARTUP_S + 120) / 60)


def test_several_stores_add_up_in_every_cell(tiny_store: Store) -> None:
    grid = grid_of(arms={"a": {}, "b": {"store": "large"}}, evaluate=[{"name": "words", "source": "tags"}])
    stores = {"small": tiny_store.info, "large": resized(tiny_store, 1000), "idle": tiny_store.info}
    plan = plan_of(grid, tiny_store, stores=stores)
    alone = [plan_of(grid, tiny_store, stores={"": info}).memory_bytes for info in stores.values()]
    assert plan.memory_bytes == sum(alone) - 2 * 2 * PROCESS_BYTES
    assert [(one.name, one.arms, one.train_tracks) for one in plan.stores] == [
        ("small", ("a",), 40),
        ("large", ("b",), 1000),
        ("idle", (), 40),
    ]
    assert "No arm is on store idle." in plan.warnings
    assert plan_of(grid, tiny_store).stores == ()


def test_evaluation_sets_take_memory_and_disk(tiny_store: Store) -> None:
    plain = plan_of(space_of(), tiny_store)
    judged = plan_of(space_of(evaluate=["train", "stores/other"]), tiny_store)
    assert judged.evaluate == ("train: train split", "other: test split of stores/other")
    assert judged.memory_bytes > plain.memory_bytes
    assert judged.disk_bytes > plain.disk_bytes


def test_an_empty_split_of_one_store_is_named(make_store: Callable[..., Store]) -> None:
    infos = {"good": make_store().info, "bad": make_store(valid=0).info}
    with pytest.raises(InputError, match="store bad: valid: must hold tracks"):
        make_plan(space_of(), infos["good"], MACHINE, stores=infos)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "TPE after 3 random trials, seed 0; no early stopping"),
        ({"method": "random", "searcher": {"seed": 4}}, "random search, seed 4; no early stopping"),
        ({"searcher": {"sampler": "random"}}, "random search, seed 0; no early stopping"),
        ({"searcher": {"sampler": "nsga2"}}, "NSGA-II, seed 0; no early stopping"),
        ({"searcher": {"sampler": "gp", "startup": 3}}, "GP after 3 random trials, seed 0; no early stopping"),
        (
            {"scheduler": {"kind": "asha", "grace_epochs": 6}},
            "TPE after 3 random trials, seed 0; ASHA from epoch 6, keeping 1 of 3",
        ),
    ],
)
def test_method_in_words(tiny_store: Store, keys: dict[str, Any], words: str) -> None:
    assert plan_of(space_of(**keys), tiny_store).method == words


def test_parameters_in_words(tiny_store: Store) -> None:
    plan = plan_of(load_space(QUICKSTART), tiny_store)
    lines = {line.name: line for line in plan.parameters}
    end = lines["text.swap.probability.end"]
    assert (end.values, end.default) == ("0 to 0.5", 0.15)
    assert end.when == "text.swap.probability.kind is linear or cosine or step"
    assert lines["text.swap.probability.value"].default is None
    assert lines["text.mix.caption"].values == "0 to 1 (text.mix.tags gets the rest)"
    assert lines["optim.lr"].role == "nuisance"
    assert plan.included == ("default",)
    whole = {
        "text.mix": {"simplex": ["human", "caption", "tags"], "role": "nuisance"},
        "optim.lr": {
            "schedule": {
                "constant": {"value": {"loguniform": [1e-4, 1e-2]}},
                "linear": {"start": 0.01, "end": 0, "epochs": {"int": [1, 24]}},
            },
            "when": {"head.layers": 2},
        },
        "head.layers": {"choice": [1, 2]},
    }
    mix, rate, _ = plan_of(space_of(space=whole), tiny_store).parameters
    assert (mix.name, mix.role, mix.default, mix.when) == ("text.mix", "nuisance", "0 : 0.5 : 0.5", "")
    assert mix.values == "weights of human, caption and tags, even over all that sum to 1"
    assert (rate.name, rate.default, rate.when) == ("optim.lr", "constant 0.0003", "head.layers is 2")
    assert rate.values == ("constant (value 0.0001 to 0.01, log) | linear (start 0.01, end 0, epochs 1 to 24, whole)")
    assert plan_of(
        space_of(space={"optim.lr": {"uniform": [0.1, 1]}, "optim.clip": {"fixed": 2.0}}), tiny_store
    ).parameters[1].role == ("fixed")


def test_cells_by_what_there_is(tiny_store: Store) -> None:
    gpus = Resources(cpus=16, gpus=4, memory_bytes=64 << 30, disk_free=10 << 30)
    assert plan_of(space_of(), tiny_store, resources=gpus).cells == 4
    assert plan_of(space_of(), tiny_store, resources=gpus).device == "gpu"
    assert plan_of(space_of(cells=1), tiny_store).cells == 1
    assert plan_of(space_of(cells=1), tiny_store, cells=2).cells == 2


@pytest.mark.parametrize(
    ("resources", "cells", "said"),
    [
        (MACHINE, 3, "must lie between 1 and the 2 cores"),
        (MACHINE, -1, "must lie between 1 and the 2 cores"),
        (Resources(0, 0, 8 << 30, 10 << 30), None, "Run on a machine with a core to spare"),
        (Resources(8, 1, 8 << 30, 10 << 30), 2, "must lie between 1 and the 1 accelerators"),
        (
            Resources(8, 0, 2 << 30, 10 << 30),
            4,
            "4 x 0.73 GB = 2.94 GB of memory, and there are 2.15 GB. Use --cells 2.",
        ),
        (Resources(8, 0, 1 << 20, 10 << 30), 4, "Run on a machine with more memory"),
        (Resources(2, 0, 8 << 30, 1000), None, "0.00 GB are free"),
    ],
)
def test_what_cannot_fit_is_refused(tiny_store: Store, resources: Resources, cells: int | None, said: str) -> None:
    with pytest.raises(InputError) as caught:
        plan_of(space_of(), tiny_store, resources=resources, cells=cells)
    assert said in str(caught.value)


def test_a_sweep_without_a_test_split_is_planned_and_says_so(make_store: Callable[..., Store]) -> None:
    (said,) = plan_of(space_of(recipe={"epochs": 24, "data.batch_size": 16}), make_store(test=0)).warnings
    assert said.startswith("The store has no test split")


def test_an_empty_split_is_refused(make_store: Callable[..., Store]) -> None:
    with pytest.raises(InputError, match=r"store: valid.*must hold tracks"):
        plan_of(space_of(), make_store(valid=0))


def test_a_bank_too_large_to_keep_is_streamed(tiny_store: Store) -> None:
    small, large = (
        make_plan(space_of(), resized(tiny_store, tracks), Resources(2, 0, 1 << 40, 1 << 50)).memory_bytes
        for tracks in (1_000_000, 100_000_000)
    )
    per_track = tiny_store.info.dimensions.audio_bytes + 20 * tiny_store.info.dimensions.text_bytes
    assert small - large == pytest.approx(2 * per_track * (1_000_000 - 2 * 16_384), rel=1e-3)


SLOW = {"kind": "adaptive", "start": 0, "end": 0.3, "steps": 10, "patience": 3}
WARNINGS: dict[str, tuple[dict[str, Any], str]] = {
    "batch": ({"recipe": {"epochs": 24, "data.batch_size": 64}}, "data.batch_size 64 exceeds the 40 training tracks"),
    "idle cells": ({"trials": 1, "searcher": None}, "2 cells for 1 trials: 1 will stand idle."),
    "only startup": ({"searcher": {"startup": 9}}, "TPE begins after 9 ended trials, and there are 9"),
    "shapes": ({"space": {"head.width": {"choice": [64, 128]}}}, "head.width decide a training's shape"),
    "nothing to stop": ({"scheduler": {"kind": "asha", "grace_epochs": 24}}, "leaves nothing to stop of 24 epochs"),
    "long ramp": (
        {"space": {"text.swap.probability.epochs": {"int": [1, 60]}}},
        "goes up to 60, beyond the trials' 24",
    ),
    "no humans": ({"space": {"text.mix.human": {"uniform": [0, 1]}}}, "the store holds no human captions"),
    "balance": (
        {"space": {"text.view_dropout.balance": {"choice": ["none", "category"]}}},
        "both laws weigh every view of this store alike",
    ),
    "gp and conditions": (
        {
            "searcher": {"sampler": "gp"},
            "trials": 30,
            "space": {
                "optim.lr": {
                    "schedule": {
                        "constant": {"value": {"uniform": [0.1, 1]}},
                        "linear": {"start": 0.1, "end": {"uniform": [0.1, 1]}, "epochs": 4},
                    }
                }
            },
        },
        "GP leaves parameters with conditions to random draws: optim.lr. Sampler tpe models them.",
    ),
    "cmaes and choices": (
        {
            "searcher": {"sampler": "cmaes"},
            "space": {"optim.lr": {"uniform": [0.1, 1]}, "text.swap.scope": {"choice": ["own", "batch"]}},
        },
        "CMA-ES leaves choices to random draws: text.swap.scope.",
    ),
    "gp and asha": (
        {"searcher": {"sampler": "gp"}, "scheduler": {"kind": "asha"}},
        "GP learns from completed trials only: those that ASHA stops tell it nothing.",
    ),
    "one generation": (
        {"searcher": {"sampler": "nsga2"}},
        "NSGA-II selects after 20 completed trials, and there are 9",
    ),
    "judged on what is trained": (
        {"evaluate": ["train"], "objective": {"metric": "train/t2m/R@10"}},
        "train/t2m/R@10 is measured on what is trained",
    ),
    "judged on a test split": (
        {"evaluate": ["stores/other"], "objective": {"metric": "other/t2m/R@10"}},
        "other/t2m/R@10 chooses trials by the test split of stores/other",
    ),
    "no humans to share with": (
        {"space": {"text.mix": {"simplex": ["human", "tags"]}}},
        "text.mix has a share for human captions, and the store holds none",
    ),
    "slow raises": (
        {"recipe": {"epochs": 24, "data.batch_size": 8, "text.swap.probability": SLOW}},
        "text.swap.probability takes 30 epochs or more to reach its end, and the trials have 24",
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_warnings(tiny_store: Store, name: str) -> None:
    keys, said = WARNINGS[name]
    recipe = {"epochs": 24, "data.batch_size": 8}
    plan = plan_of(space_of(**{"recipe": recipe, **keys}), tiny_store, facts=read_facts(tiny_store))
    assert any(said in warning for warning in plan.warnings), plan.warnings


def test_a_searched_number_of_epochs_needs_no_warning(tiny_store: Store) -> None:
    space = space_of(
        space={"epochs": {"int": [8, 40]}},
        scheduler={"kind": "asha", "grace_epochs": 30},
        recipe={"data.batch_size": 8},
    )
    assert plan_of(space, tiny_store).warnings == ()


def test_swaps_without_effect(make_store: Callable[..., Store]) -> None:
    def without_swaps(row: dict[str, Any]) -> None:
        row["texts"] = row["texts"][:4]
        row["text_embeddings"] = row["text_embeddings"][: 4 * 10]

    store = make_store(without_swaps)
    facts = read_facts(store)
    assert facts.swaps == 0
    space = space_of(space={"text.swap.max_terms": {"int": [1, 3]}}, recipe={"data.batch_size": 8})
    (warning,) = plan_of(space, store, facts=facts).warnings
    assert warning == "text.swap.max_terms has no effect: the store holds no swapped texts."


def test_facts_of_a_store(make_store: Callable[..., Store]) -> None:
    def uneven(row: dict[str, Any]) -> None:
        row["texts"][0]["weight_category"] = 0.5
        row["texts"][1]["source"] = "human"

    assert read_facts(make_store(uneven)) == StoreFacts(
        human_captions=40,
        swaps=40,
        even_views=False,
        terms={("genre",): 40, (): 120},
    )


def test_facts_stop_after_enough_tracks(tiny_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_TRACKS >= 1000
    monkeypatch.setattr("sweep.plan.warnings.MOST_TRACKS", 10)
    doubled = tiny_store.info.shards["train"] * 2
    info = tiny_store.info.model_copy(update={"shards": {**tiny_store.info.shards, "train": doubled}})
    assert read_facts(Store(tiny_store.path, info)).swaps == 40


def test_an_epoch_is_measured(tiny_store: Store) -> None:
    space = space_of(recipe={"epochs": 24, "data.batch_size": 8, "head": {"width": 8, "out": 8}})
    assert 0 < measure_epoch(tiny_store, base_recipe(space)) < 5


def test_resources_of_this_machine(tmp_path: Path) -> None:
    found = Resources.here(tmp_path / "not" / "there", gpus=0)
    assert found.cpus >= 1
    assert found.memory_bytes > 1 << 28
    assert found.disk_free > 0
    assert Resources.here(tmp_path).gpus >= 0


@pytest.mark.parametrize(("limit", "expected"), [("1048576", 1 << 20), ("max", 4 << 20), (None, 4 << 20)])
def test_memory_of_the_container(tmp_path: Path, limit: str | None, expected: int) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:       4096 kB\nMemFree: 1 kB\n")
    if limit is not None:
        (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
        (tmp_path / "sys/fs/cgroup/memory.max").write_text(limit + "\n")
    assert memory_limit(tmp_path) == expected
