"""A mix is shared out over the whole epoch: windows that lack a data set shift nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.draws import keys_of
from adsw.train.batches import DataConfig, steps_per_epoch, windows
from adsw.train.mixing import Census, quotas
from adsw.train.recipe import Recipe, resolve
from adsw.train.schedules import Constant
from adsw.train.slots import SlotGroup

from .synthetic import DIMENSIONS, synthetic_table
from .test_slots import alone, figures, same

NAMES = ("a", "b", "c")


def census_of(*rows: tuple[int, ...]) -> Census:
    """Windows with so many tracks of each data set."""
    codes = tuple(np.repeat(np.arange(len(row)), row) for row in rows)
    keys = tuple(keys_of(f"{window}/{place}" for place in range(len(each))) for window, each in enumerate(codes))
    return Census(NAMES[: len(rows[0])], codes, keys)


def mix_of(*weights: float, **more: Any) -> DataConfig:
    mix = {name: Constant(value=weight) for name, weight in zip(NAMES, weights, strict=False)}
    return DataConfig(mix=mix, **more)


def table_of(given: list[dict[str, int]]) -> list[list[int]]:
    return [[row.get(name, 0) for name in NAMES] for row in given]


def test_a_set_that_a_window_lacks_neither_raises_nor_shifts_the_shares() -> None:
    found = np.array(table_of(quotas(census_of((90, 10), (100, 0), (100, 0)), mix_of(0.5, 0.5), 0)))
    assert found.sum(axis=0).tolist() == [200, 100, 0], "the first window has no room for more of the rare set"
    found = np.array(table_of(quotas(census_of((90, 10), (100, 0), (100, 0)), mix_of(0.8, 0.2), 0)))
    assert found.sum(axis=0).tolist() == [240, 60, 0]
    assert found.sum(axis=1).tolist() == [100, 100, 100], "every window has its steps"
    assert (found[1:, 1] == 0).all()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(30, 60), st.integers(0, 20), st.integers(5, 40)), min_size=1, max_size=5),
    st.tuples(*[st.floats(0.2, 1.0)] * 3),
)
def test_windows_and_shares_are_kept(rows: list[tuple[int, ...]], weights: tuple[float, ...]) -> None:
    census, data = census_of(*rows), mix_of(*weights)
    found, counts = np.array(table_of(quotas(census, data, 0))), np.array(rows)
    assert (found >= 0).all()
    assert (found[counts == 0] == 0).all()
    assert found.sum(axis=1).tolist() == counts.sum(axis=1).tolist()
    present = counts.any(axis=0)
    asked = np.array(weights) * present / (np.array(weights) * present).sum() * counts.sum()
    # What the windows with the second set cannot show of it, nobody can.
    room = counts[counts[:, 1] > 0].sum()
    if asked[1] < room - 1:
        assert np.abs(found.sum(axis=0) - asked).max() < 1 + 1e-9


def test_alike_windows_share_alike() -> None:
    found = np.array(table_of(quotas(census_of(*[(70, 20, 10)] * 4), mix_of(1, 1, 2), 0)))
    assert (np.abs(found - [25, 25, 50]) <= 1).all()


def test_a_window_without_any_weighed_track_stands_by() -> None:
    assert quotas(census_of((90, 10), (100, 0)), mix_of(0, 1), 0) == [{"b": 100}, {}]
    with pytest.raises(ValueError, match="weighs none of the data sets a, b at epoch 3"):
        quotas(census_of((5, 5)), mix_of(0, 0, 1), 3)


def test_what_cannot_be_met_is_come_near() -> None:
    """A window of one set alone shows it, though less was asked for."""
    found = np.array(table_of(quotas(census_of((100, 0), (50, 50)), mix_of(0.1, 0.9), 0)))
    assert found.tolist() == [[100, 0, 0], [0, 100, 0]]


def test_the_fraction_is_counted() -> None:
    data = mix_of(1, 1, fraction=0.5)
    census = census_of((60, 40), (100, 0))
    assert census.counts(data).sum(axis=1).tolist() == [50, 50]
    assert np.array(table_of(quotas(census, data, 0))).sum(axis=0).tolist() == [50, 50, 0]


MIXED: dict[str, Any] = {
    "head": {"width": 8, "out": 4},
    "data.batch_size": 10,
    "data.mix": {"one": 2, "two": 1},
}


def recipe(**settings: Any) -> Recipe:
    return resolve(MIXED | {name.replace("__", "."): value for name, value in settings.items()})


def test_an_epoch_shows_the_shares_and_tells_them() -> None:
    """The rare set is in the first of three windows only."""
    table = synthetic_table(90, datasets=["two" if index < 5 else "one" for index in range(90)])
    blocks = list(windows([table], 90, DIMENSIONS, 30))
    state, log = alone(recipe(), blocks, 1)
    assert log["dataset_shares"] == pytest.approx({"one": 2 / 3, "two": 1 / 3})
    assert log["asked_datasets"] == pytest.approx({"one": 2 / 3, "two": 1 / 3})
    group = SlotGroup(DIMENSIONS, recipe(), 1)
    slot = group.join(recipe())
    steps = steps_per_epoch(90, recipe().data, 30)
    with pytest.raises(ValueError, match="needs a census"):
        group.train_epoch(windows([table], 90, DIMENSIONS, 30), steps)
    streamed = group.train_epoch(windows([table], 90, DIMENSIONS, 30), steps, lambda: Census.of_table(table, 30))[slot]
    assert figures(streamed) == log
    assert same(group.state(slot), state)


def test_a_trial_that_stands_by_is_left_as_it_is_and_disturbs_nobody() -> None:
    table = synthetic_table(60, datasets=["two" if index < 5 else "one" for index in range(60)])
    blocks = list(windows([table], 60, DIMENSIONS, 30))
    rare, all_of_them = recipe(data__mix={"two": 1}), recipe(seed=1)
    expected = [alone(each, blocks, 2) for each in (rare, all_of_them)]
    assert expected[0][1]["tracks"] == 30
    group = SlotGroup(DIMENSIONS, rare, 2)
    slots = [group.join(each) for each in (rare, all_of_them)]
    for _ in range(2):
        logs = group.train_epoch(blocks)
    for slot, (state, log) in zip(slots, expected, strict=True):
        assert same(group.state(slot), state)
        assert figures(logs[slot]) == log
