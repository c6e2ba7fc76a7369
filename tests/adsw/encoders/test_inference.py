"""Results in order, some of them early."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adsw.encoders.inference import in_order


@given(items=st.lists(st.integers(0, 5), max_size=20), threads=st.integers(0, 4), ahead=st.integers(0, 5))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_order_is_kept_whatever_takes_longer(items: list[int], threads: int, ahead: int) -> None:
    def work(item: int) -> int:
        time.sleep(item / 5000)
        return item * item

    assert list(in_order(work, items, threads, ahead)) == [item * item for item in items]


def test_no_more_is_ahead_than_allowed_and_all_of_that() -> None:
    begun: list[int] = []
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = in_order(begun.append, items(), threads=2, ahead=3)
    next(results)
    assert taken == [0, 1, 2, 3]
    next(results)
    assert taken == [0, 1, 2, 3, 4]


def test_without_threads_nothing_is_early() -> None:
    seen: list[int] = []
    results = in_order(seen.append, range(5), threads=0, ahead=3)
    next(results)
    assert seen == [0]


def test_what_fails_is_raised_in_its_turn_and_the_threads_end() -> None:
    def work(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    results = in_order(work, range(100), threads=2, ahead=4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
