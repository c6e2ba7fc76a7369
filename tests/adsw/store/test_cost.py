"""What a bank costs, told before it is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adsw.augment.bank import BankConfig
from adsw.corpus.track import Track
from adsw.store import cost
from adsw.store.cost import cost_of
from adsw.store.planning import Planned, planned
from adsw.store.prepare import run
from adsw.store.store import Store

from ..tiny_encoders import arguments


@pytest.fixture
def plan_of(monkeypatch: pytest.MonkeyPatch, tones: list[Track], tmp_path: Path) -> Any:
    """A function that plans a preparation in shards of 16 rows; its arguments are fields of the request."""
    monkeypatch.setattr("adsw.store.planning.ROWS_PER_SHARD", 16)

    def plan(**changes: Any) -> Planned:
        given = arguments(tmp_path / "store", **changes)
        return planned(tones, given["store"], given["request"], True)

    return plan


def test_a_bank_sampled_as_a_whole_costs_what_it_holds(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "SAMPLED", 1_000)
    preparation = plan_of(bank=BankConfig(views_per_count=2))
    told = cost_of(preparation, 1)
    built = run(preparation, arguments(preparation.store)["running"])
    rows = [text for split in built.info.splits for text in _texts(built.store, split)]
    assert told is not None
    # Of a split's shards the first is sampled: the tracks of this corpus have nearly the same number of texts.
    assert told.texts == pytest.approx(len(rows), rel=0.05)
    assert told.swaps == pytest.approx(sum(text["swap_of"] >= 0 for text in rows), rel=0.05)
    assert told.bytes == told.texts * built.info.dimensions.text_bytes
    assert told.seconds > 0


def test_a_few_tracks_tell_of_all(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "SAMPLED", 1_000)
    whole = cost_of(plan_of(), 1)
    monkeypatch.setattr(cost, "SAMPLED", 6)
    few = cost_of(plan_of(), 1)
    assert whole is not None
    assert few is not None
    assert few.texts == pytest.approx(whole.texts, rel=0.2)


def test_a_dearer_bank_costs_more(plan_of: Any, tmp_path: Path) -> None:
    small = cost_of(plan_of(bank=BankConfig(views_per_count=1, swaps_per_text=0, swaps_per_category=0)), 1)
    assert small is not None
    assert small.swaps == 0
    (tmp_path / "store").rename(tmp_path / "other")
    large = cost_of(plan_of(bank=BankConfig(views_per_count=1, swaps_per_text=2)), 1)
    assert large is not None
    assert large.swaps > small.texts
    assert large.texts > large.swaps


def test_seconds_are_shared_by_the_workers(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(cost.time, "perf_counter", lambda: float(next(ticks)))
    one = cost_of(plan_of(), 1)
    ticks = iter(range(100))
    four = cost_of(plan_of(), 4)
    assert one is not None
    assert four is not None
    assert one.seconds == pytest.approx(4 * four.seconds)


def test_a_complete_store_costs_nothing(plan_of: Any) -> None:
    preparation = plan_of()
    run(preparation, arguments(preparation.store)["running"])
    assert cost_of(plan_of(), 1) is None


def _texts(store: Path, split: str) -> list[dict[str, Any]]:
    """All texts of a split."""
    return [text for own in Store.open(store).table(split, ["texts"])["texts"].to_pylist() for text in own]
