"""A budget of hours counts what cells were ready for, over all runs of a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from sweep.run.folder import RunFolder
from sweep.run.ready_time import KEPT_EVERY_S, ReadyTime, ready_seconds


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_begins_when_the_cells_are_ready_and_counts_over_runs(tmp_path: Path) -> None:
    folder, clock = RunFolder.create(tmp_path, "one", {}), Clock()
    first = ReadyTime(folder, 1.0, clock)
    clock.now += 5000.0  # starting takes long
    assert not first.is_spent()
    first.begin()
    clock.now += 3000.0
    first.begin()
    assert not first.is_spent()
    assert first.seconds == 3000.0
    first.keep()
    second = ReadyTime(folder, 1.0, clock)
    second.begin()
    clock.now += 599.0
    assert not second.is_spent()
    clock.now += 1.0
    assert second.is_spent()


def test_a_killed_driver_loses_a_minute_of_the_count(tmp_path: Path) -> None:
    folder, clock = RunFolder.create(tmp_path, "one", {}), Clock()
    killed = ReadyTime(folder, 1.0, clock)
    killed.begin()
    for _ in range(10):
        clock.now += KEPT_EVERY_S / 2
        killed.is_spent()
    assert ready_seconds(folder.read_sweep()) == 10 * KEPT_EVERY_S / 2


def test_no_budget_is_never_spent_and_older_runs_count_whole(tmp_path: Path) -> None:
    folder, clock = RunFolder.create(tmp_path, "one", {"seconds": 7200.0}), Clock()
    unlimited = ReadyTime(folder, None, clock)
    unlimited.begin()
    clock.now += 1e6
    assert not unlimited.is_spent()
    assert ready_seconds(folder.read_sweep()) == 7200.0
    limited = ReadyTime(folder, 1.0, clock)
    limited.begin()
    assert limited.is_spent()


def test_a_full_disk_costs_the_count_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder.create(tmp_path, "one", {})

    def fail(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "update_sweep", fail)
    ReadyTime(folder, 1.0).keep()
