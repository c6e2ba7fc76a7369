"""Windows and batches: every track once, the same cut however the rows arrive, the same order whatever else runs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from adsw.train.batches import (
    DataConfig,
    Visits,
    batch_sizes,
    epoch_order,
    largest_remainder,
    steps_per_epoch,
    window_sizes,
    windows,
)
from adsw.train.block import Block
from adsw.train.mixing import Census, quotas
from adsw.train.schedules import Constant, Linear

from .synthetic import DIMENSIONS, synthetic_table

PATIENT = settings(max_examples=100, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return synthetic_table(60)


@pytest.fixture(scope="module")
def block(table: pa.Table) -> Block:
    return Block.from_table(table, DIMENSIONS)


@PATIENT
@given(st.integers(0, 5000), st.integers(1, 700))
def test_window_sizes_are_few_and_even(tracks: int, limit: int) -> None:
    sizes = window_sizes(tracks, limit)
    assert sum(sizes) == tracks
    assert len(sizes) == -(-tracks // limit)
    assert not sizes or (max(sizes) <= limit and max(sizes) - min(sizes) <= 1)


def test_a_window_holds_something() -> None:
    with pytest.raises(ValueError, match="at least one"):
        window_sizes(3, 0)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(0, 60), max_size=8), limit=st.integers(1, 70))
def test_windows_do_not_depend_on_how_rows_arrive(cuts: list[int], limit: int) -> None:
    table = TABLE
    bounds = [0, *sorted(cuts), len(table)]
    pieces = [table.slice(low, high - low) for low, high in pairwise(bounds)]
    found = list(windows(pieces, len(table), DIMENSIONS, limit))
    assert [len(block) for block in found] == window_sizes(len(table), limit)
    assert [name for block in found for name in block.track_ids] == table["track_id"].to_pylist()


TABLE = synthetic_table(60)


def test_windows_take_record_batches(table: pa.Table) -> None:
    found = list(windows(table.to_batches(max_chunksize=7), len(table), DIMENSIONS, 25))
    assert [len(block) for block in found] == [20, 20, 20]


def test_windows_refuse_another_number_of_rows(table: pa.Table) -> None:
    with pytest.raises(ValueError, match="ends after 60 of 61"):
        list(windows([table], 61, DIMENSIONS, 50))
    with pytest.raises(ValueError, match="goes on beyond its 59"):
        list(windows([table], 59, DIMENSIONS, 50))


@PATIENT
@given(st.integers(0, 2000), st.integers(2, 300), st.floats(0.01, 1))
def test_batches_are_full_or_one(tracks: int, size: int, fraction: float) -> None:
    sizes = batch_sizes(tracks, DataConfig(batch_size=size, fraction=fraction))
    used = -(-tracks * fraction // 1)
    assert sizes == [size] * int(used // size) if used >= size else sizes == [used] * (used > 0)


def test_steps_count_every_window() -> None:
    data = DataConfig(batch_size=10)
    assert steps_per_epoch(60, data, limit=25) == 6
    assert steps_per_epoch(60, data, limit=60) == 6
    assert steps_per_epoch(29, data, limit=15) == 2


def test_an_epoch_shows_every_track_once(block: Block) -> None:
    order = epoch_order(block, DataConfig(batch_size=10), seed=1, epoch=0)
    assert sorted(order.rows) == list(range(60))
    assert not order.visits.any()
    other = epoch_order(block, DataConfig(batch_size=10), seed=1, epoch=1)
    assert not np.array_equal(order.rows, other.rows)
    assert not np.array_equal(order.rows, epoch_order(block, DataConfig(batch_size=10), 2, 0).rows)


def test_the_order_belongs_to_the_tracks(table: pa.Table) -> None:
    shuffled = table.take(np.random.default_rng(0).permutation(len(table)))
    blocks = [Block.from_table(each, DIMENSIONS) for each in (table, shuffled)]
    names = [
        [block.track_ids[row] for row in epoch_order(block, DataConfig(batch_size=7), 3, 4).rows] for block in blocks
    ]
    assert names[0] == names[1]


def test_a_smaller_fraction_is_a_subset(block: Block) -> None:
    shown = {
        share: set(epoch_order(block, DataConfig(batch_size=2, fraction=share), seed, 0).rows.tolist())
        for share, seed in ((0.2, 1), (0.6, 2))
    }
    assert (len(shown[0.2]), len(shown[0.6])) == (12, 36)
    assert shown[0.2] < shown[0.6]


def mixed(block: Block, data: DataConfig, seed: int, epoch: int) -> Visits:
    """The visits of a window that is the only one."""
    return epoch_order(block, data, seed, epoch, quotas(Census.of_blocks([block]), data, epoch)[0])


def test_mixes_are_met_by_quota_and_small_sets_go_round(block: Block) -> None:
    names, codes = block.datasets
    two = names.index("two")
    data = DataConfig(batch_size=10, mix={"one": Constant(value=1), "two": Constant(value=3)})
    order = mixed(block, data, seed=0, epoch=2)
    assert len(order.rows) == 60
    assert (codes[order.rows] == two).sum() == 45
    pairs = set(zip(order.rows.tolist(), order.visits.tolist(), strict=True))
    assert len(pairs) == 60
    times = np.bincount(order.rows[codes[order.rows] == two], minlength=60)[codes == two]
    assert times.max() - times.min() <= 1
    first = codes[order.rows[:30]] == two
    assert 15 <= first.sum() <= 29, "repeats are spread over the epoch"


def test_a_mix_follows_its_schedules(block: Block) -> None:
    names, codes = block.datasets
    ramp = Linear(start=0, end=3, epochs=6)
    data = DataConfig(batch_size=10, mix={"one": Constant(value=1), "two": ramp})
    for epoch in range(8):
        order = mixed(block, data, 0, epoch)
        shown = np.bincount(codes[order.rows], minlength=2)
        weight = ramp.at(epoch)
        assert shown[names.index("two")] == round(60 * weight / (1 + weight))
        assert shown.sum() == 60


def test_who_is_shown_once_more_is_drawn_evenly(block: Block) -> None:
    """A data set that is gone round again: over many epochs its tracks come equally often."""
    names, codes = block.datasets
    data = DataConfig(batch_size=10, mix={"one": Constant(value=1), "two": Constant(value=1)})
    two = np.flatnonzero(codes == names.index("two"))
    epochs = 400
    extra = np.zeros(60)
    for epoch in range(epochs):
        times = np.bincount(mixed(block, data, 0, epoch).rows, minlength=60)
        extra += times - times[two].min()
    rest = 30 % len(two)
    # Drawn without repetition, so less spread than chi-square allows for: the law is scaled to its variance.
    expected = epochs * rest / len(two)
    statistic = ((extra[two] - expected) ** 2).sum() / (expected * (1 - rest / len(two)))
    assert chi2.sf(statistic * (len(two) - 1) / len(two), len(two) - 1) > 1e-4


def test_a_data_set_left_out_of_the_mix_is_not_shown(block: Block) -> None:
    names, codes = block.datasets
    order = mixed(block, DataConfig(batch_size=10, mix={"one": Constant(value=1)}), 0, 0)
    assert {names[code] for code in codes[order.rows]} == {"one"}
    with pytest.raises(ValueError, match="weighs none of the data sets"):
        mixed(block, DataConfig(batch_size=10, mix={"three": Constant(value=1)}), 0, 0)


@PATIENT
@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=6), st.integers(0, 1000))
def test_quotas_are_near_their_shares(weights: list[float], total: int) -> None:
    quotas = largest_remainder(weights, total)
    assert sum(quotas) == total
    for weight, quota in zip(weights, quotas, strict=True):
        assert abs(quota - weight / sum(weights) * total) < 1 + 1e-6


def test_streamed_windows_are_resident_windows(table: pa.Table) -> None:
    """The same tracks in the same order with the same embeddings, however the bank comes."""
    resident = list(windows([table], len(table), DIMENSIONS, 25))
    streamed = windows(iter(table.to_batches(max_chunksize=4)), len(table), DIMENSIONS, 25)
    for kept, passing in zip(resident, streamed, strict=True):
        data = DataConfig(batch_size=8)
        one, other = (epoch_order(block, data, 5, 6).rows for block in (kept, passing))
        assert np.array_equal(one, other)
        assert np.array_equal(kept.audio, passing.audio)
        assert np.array_equal(kept.text_embeddings, passing.text_embeddings)
